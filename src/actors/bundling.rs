//! Bundles directories on blocking threads, since external programs run there.

use super::{Bundle, Bundler, Job};
use crate::bundle::{BundleError, Inspection, inspect, inspect_with, write_by_content};
use crate::cache::{Cache, CacheKeyInputs, Key, KeyError, Target};
use crate::checkly::{
    self, BundleOutput, Bundling, BundlingError, CancellationToken, Cause, Mode, Termination,
};
use crate::history::is_unchanged;
use crate::model::{
    Bundled, Contents, Directory, ErrorInfo, Inputs, NoteSource, Operation, Reason, Remedy,
    Unbundled,
};
use crate::process::within;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::NamedTempFile;

/// A running bundling. Dropping it stops it, including every process that it has started.
pub(crate) struct RunningBundling(CancellationToken);

impl Drop for RunningBundling {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// The Checkly CLI always requests the account and the runtimes.
const QUESTIONS: usize = 2;

/// Why a bundle is not cached if the project printed something.
const NOT_KEPT: &str =
    "the bundle is not cached: the project printed to standard error during bundling";

type Result<T> = std::result::Result<T, Unbundled>;

impl Bundler {
    /// Bundles a directory and checks the bundle. Dropping the guard or reaching the time limit stops the bundling. If it
    /// fails `ahead` of the project's dependencies, and this operation bundles again, the project's logical id is read.
    pub(crate) fn bundle(
        &self,
        job: Arc<Job>,
        origin: Arc<(Directory, Inputs)>,
        ahead: Option<Operation>,
    ) -> (
        RunningBundling,
        impl Future<Output = Result<(Arc<Bundle>, Bundled)>> + 'static,
    ) {
        let token = CancellationToken::default();
        let running = RunningBundling(token.clone());
        let bundler = self.clone();
        let limit = origin.0.timeout;
        let work = move |token: &CancellationToken| {
            let made = bundler.make(&job, &origin.0, &origin.1, token, ahead.is_some());
            made.map_err(|failed| match ahead {
                Some(operation) if failed.remedy.cures(operation) => {
                    bundler.name(failed, &job, &origin.0, token)
                }
                _ => failed,
            })
        };
        let made = async move {
            match within(limit, token, work).await {
                (Err(failed), false) => Err(late(limit, failed.error.output)),
                (made, _) => made,
            }
        };
        (running, made)
    }

    /// How many requests the Checkly CLI has sent, as far as is known: a command may have sent any number, and the uploads
    /// of a failed bundling are unknown.
    pub(super) fn requests(
        &self,
        directory: &Directory,
        made: &Result<(Arc<Bundle>, Bundled)>,
    ) -> usize {
        let questions = match (self.offline, &directory.command) {
            (false, None) => QUESTIONS,
            _ => 0,
        };
        match made {
            Ok((_, bundled)) if bundled.cached => 0,
            Ok((bundle, _)) => questions + bundle.checked.uploads.len(),
            Err(_) => questions,
        }
    }

    fn make(
        &self,
        job: &Job,
        directory: &Directory,
        inputs: &Inputs,
        token: &CancellationToken,
        is_repeated: bool,
    ) -> Result<(Arc<Bundle>, Bundled)> {
        let (key, mut warning) = match self.key(job, directory, inputs) {
            None => (None, None),
            Some(Ok(key)) => (Some(key), None),
            Some(Err(error)) => (None, Some(format!("its `inputs` cannot be used: {error}"))),
        };
        let cache = self.reuse.cache.as_ref();
        if let (Some(cache), Some(key)) = (cache, &key)
            && let Some(copy) = cache.get(key)
            && let Ok(inspection) = inspect(&copy)
        {
            let (mut bundle, mut bundled) = checked(job, directory, &copy, &inspection)?;
            bundle.is_only_to_compare = !inspection.uploads.is_empty();
            if !bundle.is_only_to_compare || self.is_to_be_skipped(job, &bundle) {
                bundled.cached = true;
                return Ok((Arc::new(bundle.keeping(copy)), bundled));
            }
        }
        tracing::debug!(project = %job.planned.name, dir = %directory.dir.display(), "bundling");
        let mode = match self.offline {
            false => Mode::Online(job.account_at(&self.api_url)),
            true => Mode::Offline,
        };
        let variables = std::env::vars_os().collect();
        let bundling = Bundling {
            directory,
            inherited: &variables,
            keys: &self.keys,
            token,
            workers: &self.workers,
            is_repeated,
        };
        let made = bundling.run(mode).or_else(|error| match error.cause() {
            // The CLI refuses to deploy such a project, but prints it offline.
            Cause::NoResources if job.allow_empty_project => bundling.run(Mode::Offline),
            _ => Err(error),
        });
        let made = made.map_err(|error| unmade(directory, &error))?;
        let mut inspection = inspect(made.bundle()).map_err(|error| unsound(&error))?;
        let contents = made.contents(&inspection.uploads);
        if !contents.is_empty() {
            inspection = inspect_with(made.bundle(), &contents).map_err(|error| unsound(&error))?;
        }
        let (mut bundle, mut bundled) = checked(job, directory, made.bundle(), &inspection)?;
        bundle.notes = made.notes().to_vec();
        bundled.notes = made.notes().to_vec();
        let is_odd = made
            .notes()
            .iter()
            .any(|note| note.source == NoteSource::Project);
        if is_odd && key.is_some() {
            // The next run would deploy it without showing the note, and the missing input may exist by then.
            warning = Some(NOT_KEPT.to_owned());
        } else if let (Some(cache), Some(key)) = (cache, &key)
            && inspection.uploads.iter().all(|upload| contents.contains_key(&upload.key))
            // Otherwise a file has changed during bundling, and it is unknown which content the bundle has.
            && self.key(job, directory, inputs).is_some_and(|now| now.is_ok_and(|now| now == *key))
            && let Err(error) = put(cache, key, &made, &contents)
        {
            warning = Some(format!("the bundle could not be cached: {error}"));
        }
        bundled.warning = warning;
        bundle.contents = contents;
        Ok((Arc::new(bundle.keeping(made)), bundled))
    }

    /// Whether the bundle will not be sent, as far as is known.
    fn is_to_be_skipped(&self, job: &Job, bundle: &Bundle) -> bool {
        let last = self.last(job, &bundle.logical_id);
        let preserve_resources = job.planned.policy.preserve_resources;
        self.reuse.skip_unchanged
            && is_unchanged(
                last.as_ref(),
                &bundle.checked.facts.sha256,
                preserve_resources,
            )
    }

    /// Adds the project's logical id to a failure: that of the manifest, or the one that the CLI prints offline. A
    /// `bundle_command` is not run again.
    fn name(
        &self,
        failed: Unbundled,
        job: &Job,
        directory: &Directory,
        token: &CancellationToken,
    ) -> Unbundled {
        let mut failed = failed;
        failed.logical_id = match (&job.planned.logical_id, &directory.command) {
            (Some(logical_id), _) => Some(logical_id.as_str().into()),
            (None, None) => self.parsed_id(job, directory, token),
            (None, Some(_)) => None,
        };
        if failed.logical_id.is_none() {
            let hint = "correct the error above; if it needs resources of the projects in `depends_on`, set \
                        `logical_id` of this one to bundle it after them";
            failed.error.hint.get_or_insert_with(|| hint.to_owned());
        }
        failed
    }

    fn parsed_id(
        &self,
        job: &Job,
        directory: &Directory,
        token: &CancellationToken,
    ) -> Option<Arc<str>> {
        let variables = std::env::vars_os().collect();
        let bundling = Bundling {
            directory,
            inherited: &variables,
            keys: &self.keys,
            token,
            workers: &self.workers,
            is_repeated: false,
        };
        let account = (!self.offline).then(|| job.account_at(&self.api_url));
        let made = bundling.parse_only(account).ok()?;
        Some(inspect(made.bundle()).ok()?.logical_id.into())
    }

    /// The cache key of the bundle, if the project uses the cache.
    fn key(
        &self,
        job: &Job,
        directory: &Directory,
        inputs: &Inputs,
    ) -> Option<std::result::Result<Key, KeyError>> {
        self.reuse.cache.as_ref().filter(|_| directory.cache)?;
        let target = (!self.offline).then_some(Target {
            api_url: &self.api_url,
            account_id: &job.credentials.account_id,
        });
        Some(cache_key(directory, inputs, target))
    }
}

/// Caches a bundle without the keys of its uploads, which the server may have forgotten by the next run.
fn put(cache: &Cache, key: &Key, made: &BundleOutput, contents: &Contents) -> io::Result<()> {
    if contents.is_empty() {
        return cache.put(key, made.bundle());
    }
    let mut copy = NamedTempFile::new()?;
    write_by_content(made.bundle(), contents, &mut copy).map_err(io::Error::other)?;
    cache.put(key, copy.path())
}

/// The cache key of a directory's bundle. Without a target it is bundled offline.
///
/// # Errors
/// An input cannot be read.
pub fn cache_key(
    directory: &Directory,
    inputs: &Inputs,
    target: Option<Target<'_>>,
) -> std::result::Result<Key, KeyError> {
    let cli = checkly::find(&directory.dir).ok();
    Key::of(&CacheKeyInputs {
        directory,
        inputs,
        cli_version: cli.as_ref().and_then(|cli| cli.version.as_deref()),
        target,
    })
}

/// The bundle, if it belongs to the project and has something to deploy.
fn checked(
    job: &Job,
    directory: &Directory,
    file: &Path,
    inspection: &Inspection,
) -> Result<(Bundle, Bundled)> {
    let found = &inspection.logical_id;
    if let Some(expected) = job.planned.logical_id.as_deref()
        && expected != found
    {
        let message = format!("the bundle has logical id \"{found}\", the manifest \"{expected}\"");
        return Err(unbundled(Reason::WrongLogicalId, ErrorInfo::new(message)));
    }
    if inspection.facts.resources == 0 && !job.allow_empty_project {
        return Err(empty(directory));
    }
    let bundle = Bundle::new(file, inspection, &job.commit);
    let bundled = Bundled {
        logical_id: bundle.logical_id.to_string(),
        sha256: inspection.facts.sha256.clone(),
        resources: inspection.facts.resources,
        bytes: inspection.facts.bytes,
        repository: job.known_repository(Some(&bundle)),
        ..Bundled::default()
    };
    Ok((bundle, bundled))
}

fn unmade(directory: &Directory, error: &BundlingError) -> Unbundled {
    let reason = match error.cause() {
        Cause::NoResources => return empty(directory),
        Cause::Credentials(_) => Reason::Http(401),
        Cause::Unreachable => Reason::Connection,
        Cause::Busy(status) => Reason::Http(*status),
        Cause::AsksApi | Cause::NeedsUpload(_) | Cause::PrivateLocation(_) => {
            Reason::RequiresNetwork
        }
        _ => Reason::BundlingFailed,
    };
    let remedy = match error.cause() {
        Cause::UnknownLocation(_) => Remedy::Likely,
        Cause::Failed {
            how: Termination::Code(_),
            ..
        } => Remedy::Possible,
        _ => Remedy::None,
    };
    let error = ErrorInfo {
        message: error.to_string(),
        hint: error.hint(),
        output: error.output().map(str::to_owned),
        ..ErrorInfo::default()
    };
    Unbundled {
        remedy,
        ..unbundled(reason, error)
    }
}

/// A failure that a deployment does not fix.
fn unbundled(reason: Reason, error: ErrorInfo) -> Unbundled {
    Unbundled {
        reason,
        error,
        remedy: Remedy::None,
        logical_id: None,
    }
}

/// Refuses a project without resources, as the Checkly CLI does: deploying it deletes all of its deployed resources, and
/// the cause is usually a mistake.
fn empty(directory: &Directory) -> Unbundled {
    let mut message = format!(
        "the project in {} has no resources",
        directory.dir.display()
    );
    if let Some(check_match) = checkly::check_match(directory) {
        message += &format!("; {check_match}");
    }
    let error = ErrorInfo::new(message).with_hint(
        "correct `checkMatch` or the names of the files that it should match; to delete all resources that the project \
         has deployed, set allow_empty_project = true",
    );
    unbundled(Reason::EmptyProject, error)
}

fn unsound(error: &BundleError) -> Unbundled {
    let message = format!("the output is not a bundle: {error}");
    let error = ErrorInfo::new(message).with_hint(error.hint());
    unbundled(Reason::BundlingFailed, error)
}

fn late(time: Duration, output: Option<String>) -> Unbundled {
    let error = ErrorInfo {
        message: format!(
            "bundling exceeded its time limit of {} and was stopped",
            humantime::format_duration(time)
        ),
        output,
        ..ErrorInfo::default()
    };
    unbundled(Reason::BundlingTimeout, error)
}
