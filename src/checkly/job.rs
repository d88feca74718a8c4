//! One bundling, from the directory to the bundle.

use super::diagnostic::{self, Diagnostic};
use super::environment;
use super::error::{BundlingError, Cause, Tool};
use super::find::{self, Cli};
use super::notes;
use super::offline::{self, NoPayload};
use super::output::BundleOutput;
use super::verdict;
use super::workers::{Lease, Workers};
use super::{Account, Mode};
use crate::model::{BundlerKind, Directory, Secret};
use crate::process::{
    self, BUNDLING, CancellationToken, End, ResultFile, Secrets, Timing, Variables,
};
use serde::de::IgnoredAny;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A bundling. Takes seconds and has no time limit: [`CancellationToken::cancel`] ends it.
#[derive(Clone, Copy)]
pub struct Bundling<'a> {
    /// The project.
    pub directory: &'a Directory,
    /// The variables of this process.
    pub inherited: &'a Variables,
    /// Redacted from the output.
    pub keys: &'a [Secret],
    /// Ends the bundling.
    pub token: &'a CancellationToken,
    /// Bundles it if its [`bundler`](Directory::bundler) is shared.
    pub workers: &'a Workers,
    /// It is bundled again after its dependencies if it needs what they deploy.
    pub is_repeated: bool,
}

impl<'b> Bundling<'b> {
    /// Bundles the project.
    ///
    /// # Errors
    /// Why there is no bundle, with advice and the program's output.
    pub fn run(self, mode: Mode<'_>) -> Result<BundleOutput, BundlingError> {
        self.run_within(BUNDLING, mode)
    }

    /// Bundles the project for [display only](Mode::ParseOnly), with every private location that it names: the CLI reports
    /// unknown locations one at a time.
    ///
    /// # Errors
    /// As for [`Self::run`].
    pub fn parse_only(self, account: Option<Account<'_>>) -> Result<BundleOutput, BundlingError> {
        let mut locations: Vec<String> = vec![];
        loop {
            let output = self.run(Mode::ParseOnly(&locations, account));
            match output.as_ref().map_err(BundlingError::cause) {
                Err(Cause::PrivateLocation(slug)) if !locations.contains(slug) => {
                    locations.push(slug.clone());
                }
                _ => return output,
            }
        }
    }

    /// [`Self::run`] with other waiting times.
    pub(super) fn run_within(
        self,
        timing: Timing,
        mode: Mode<'_>,
    ) -> Result<BundleOutput, BundlingError> {
        let output = self.attempt(timing, mode, &[]);
        match output.as_ref().map_err(BundlingError::cause) {
            Err(Cause::UnknownRuntimes(runtimes)) => self.attempt(timing, mode, runtimes),
            _ => output,
        }
    }

    /// Runs the program once. `runtimes` are treated as known.
    fn attempt(
        self,
        timing: Timing,
        mode: Mode<'_>,
        runtimes: &[String],
    ) -> Result<BundleOutput, BundlingError> {
        let mut suspect = None;
        if runtimes.is_empty()
            && let Some((made, worker)) = self.in_worker(timing, mode)
        {
            if self.is_final(&made, &worker) {
                self.workers.count();
                return made;
            }
            suspect = Some(worker);
        }
        let (job, call) = self.prepare(mode, runtimes)?;
        let mut command = Command::new(&call.program);
        command
            .args(&call.arguments)
            .current_dir(&call.cwd)
            .env_clear()
            .envs(&call.variables)
            .stdin(Stdio::null())
            .stdout(File::create(job.output.stdout())?)
            .stderr(File::create(job.output.stderr())?);
        let end = job.run(&mut command, self.token, timing);
        let made = job.judge(end.map_err(|error| {
            let program = call.program.to_string_lossy().into_owned();
            Cause::NotStarted { program, error }
        })?);
        if let (Some(worker), Ok(_)) = (suspect, &made) {
            worker.discard();
        }
        made
    }

    /// Runs the CLI in a worker. `None` if only a process of its own can bundle the project.
    fn in_worker(
        self,
        timing: Timing,
        mode: Mode<'_>,
    ) -> Option<(Result<BundleOutput, BundlingError>, Lease<'b>)> {
        (self.directory.bundler == BundlerKind::Shared).then_some(())?;
        let (job, call) = self.prepare(mode, &[]).ok()?;
        job.tool.cli()?;
        // The other half is left for a process of its own.
        let half = self.directory.timeout.as_millis() / 2;
        let polls = half / timing.poll_interval.as_millis().max(1);
        let patience = u32::try_from(polls).unwrap_or(u32::MAX);
        let (end, worker) = self
            .workers
            .run(&call, &job.output, self.token, timing, patience)?;
        Some((job.judge(end), worker))
    }

    /// Whether a worker's result counts: it has bundled nothing else, or there is a bundle, or one that cannot be used
    /// offline, or the project is bundled again anyway.
    fn is_final(&self, made: &Result<BundleOutput, BundlingError>, worker: &Lease<'_>) -> bool {
        let is_settled = match made.as_ref().map_err(BundlingError::cause) {
            Ok(_) | Err(Cause::NeedsUpload(_) | Cause::PrivateLocation(_)) => true,
            Err(Cause::UnknownLocation(_)) => self.is_repeated,
            Err(_) => false,
        };
        is_settled || worker.is_first
    }

    /// `runtimes` are treated as known.
    fn prepare<'a>(
        self,
        mode: Mode<'a>,
        runtimes: &'a [String],
    ) -> Result<(Job<'a>, Call), BundlingError>
    where
        'b: 'a,
    {
        let Setup {
            dir,
            cwd,
            output,
            mut variables,
        } = Setup::new(self.directory, mode, self.inherited)?;
        let tool = Invocation::of(self.directory, &dir, mode)?;
        if !runtimes.is_empty() {
            fs::write(output.preload(), include_str!("runtimes.cjs"))?;
            environment::add_runtimes(&mut variables, &output.preload(), runtimes);
        }
        let secrets = Secrets::of(&variables, self.keys);
        let (program, arguments) = tool.command(&dir, &cwd, mode, &output);
        let call = Call {
            program,
            arguments,
            cwd,
            variables,
        };
        let job = Job {
            tool,
            mode,
            output,
            secrets,
            dir,
            runtimes,
        };
        Ok((job, call))
    }
}

/// What is run.
pub(super) struct Call {
    pub(super) program: OsString,
    pub(super) arguments: Vec<OsString>,
    /// The working directory, absolute.
    pub(super) cwd: PathBuf,
    /// All variables.
    pub(super) variables: Variables,
}

/// What every program that runs for a project needs.
pub(super) struct Setup {
    /// The project's directory, absolute.
    pub(super) dir: PathBuf,
    /// The working directory, absolute.
    pub(super) cwd: PathBuf,
    pub(super) output: BundleOutput,
    /// All variables of the program.
    pub(super) variables: Variables,
}

impl Setup {
    pub(super) fn new(
        directory: &Directory,
        mode: Mode<'_>,
        inherited: &Variables,
    ) -> Result<Self, BundlingError> {
        let dir = find::resolve(&directory.dir)?;
        let cwd = find::resolve(directory.cwd.as_ref().unwrap_or(&directory.dir))?;
        let output = BundleOutput::empty()?;
        let (tmp, bundle) = (output.tmp(), output.bundle());
        let variables = environment::of_child(directory, mode, inherited, &cwd, &tmp, bundle);
        Ok(Self {
            dir,
            cwd,
            output,
            variables,
        })
    }
}

/// The installed CLI, if it supports the mode, and the path of the project's configuration.
pub(super) fn installed(
    directory: &Directory,
    dir: &Path,
    mode: Mode<'_>,
) -> Result<(Cli, PathBuf), BundlingError> {
    let cli = find::find(&directory.dir)?;
    cli.check(mode)?;
    Ok((cli, configuration(directory, dir)?))
}

/// The program that makes the bundle.
enum Invocation<'a> {
    Cli {
        cli: Cli,
        config: PathBuf,
    },
    Command {
        program: &'a str,
        rest: &'a [String],
    },
}

impl<'a> Invocation<'a> {
    fn of(directory: &'a Directory, dir: &Path, mode: Mode<'_>) -> Result<Self, BundlingError> {
        match directory.command.as_deref() {
            Some([program, rest @ ..]) => Ok(Self::Command { program, rest }),
            Some([]) => Err(Cause::NoCommand.into()),
            None => {
                let (cli, config) = installed(directory, dir, mode)?;
                Ok(Self::Cli { cli, config })
            }
        }
    }

    fn kind(&self) -> Tool {
        match self {
            Self::Cli { .. } => Tool::Cli,
            Self::Command { .. } => Tool::Command,
        }
    }

    fn cli(&self) -> Option<&Cli> {
        match self {
            Self::Cli { cli, .. } => Some(cli),
            Self::Command { .. } => None,
        }
    }

    /// The program and its arguments. Credentials are never among them: every user of a machine can read arguments.
    fn command(
        &self,
        dir: &Path,
        cwd: &Path,
        mode: Mode<'_>,
        output: &BundleOutput,
    ) -> (OsString, Vec<OsString>) {
        let (cli, config) = match self {
            Self::Cli { cli, config } => (cli, config),
            Self::Command { program, rest } => {
                let bundle = output.bundle().as_os_str();
                let rest = rest.iter().map(|argument| put(argument, bundle)).collect();
                // A relative path starts at the working directory; a plain name is looked up in PATH.
                let program = if program.contains('/') {
                    // Joined by components, so `./bundle.sh` is shown as `shop/bundle.sh`.
                    cwd.join(program).components().collect::<PathBuf>().into()
                } else {
                    program.into()
                };
                return (program, rest);
            }
        };
        let config_flag = config_flag(config, dir, cwd);
        let arguments = match mode {
            Mode::Offline | Mode::ParseOnly(..) => {
                let locations = match mode {
                    Mode::ParseOnly(locations, _) => locations,
                    _ => &[],
                };
                let pretend = |(ix, slug): (usize, &String)| {
                    // Any id works, but each location needs its own.
                    let id = format!("00000000-0000-4000-8000-{ix:012}");
                    format!("--inject-private-location={id}:{slug}").into()
                };
                let mut arguments = vec!["debug".into(), "parse-project".into(), config_flag];
                arguments.extend(locations.iter().enumerate().map(pretend));
                arguments
            }
            Mode::Online(_) => {
                let mut file_flag = OsString::from("--debug-bundle-output-file=");
                file_flag.push(output.bundle());
                // `--force` skips the prompt.
                let mut arguments: Vec<OsString> = vec!["deploy".into()];
                arguments.extend(["--force", "--debug-bundle"].map(OsString::from));
                arguments.extend([file_flag, config_flag]);
                arguments
            }
        };
        (cli.program.clone().into(), arguments)
    }
}

/// An argument with the bundle's path in place of `{bundle}`.
fn put(argument: &str, bundle: &OsStr) -> OsString {
    let mut parts = argument.split("{bundle}");
    let mut whole = OsString::from(parts.next().unwrap_or_default());
    for part in parts {
        whole.push(bundle);
        whole.push(part);
    }
    whole
}

/// The path of the configuration of the project in `dir`, for a CLI that runs in `cwd`.
pub(super) fn config_flag(config: &Path, dir: &Path, cwd: &Path) -> OsString {
    let mut flag = OsString::from("--config=");
    let config = dir.join(config);
    flag.push(config.strip_prefix(cwd).unwrap_or(&config));
    flag
}

/// The configuration's path in the project's directory.
pub(super) fn configuration(directory: &Directory, dir: &Path) -> Result<PathBuf, BundlingError> {
    let usual = Directory::CONFIGURATIONS.map(PathBuf::from);
    let candidates = match &directory.config {
        Some(config) => std::slice::from_ref(config),
        None => &usual,
    };
    let mut there = candidates.iter().filter(|file| dir.join(file).is_file());
    let none = || Cause::NoConfiguration {
        dir: directory.dir.clone(),
        config: directory.config.clone(),
    };
    Ok(there.next().ok_or_else(none)?.clone())
}

fn is_json(bundle: &Path) -> bool {
    let content = match fs::metadata(bundle) {
        Ok(about) if about.is_file() => fs::read(bundle).unwrap_or_default(),
        _ => return false,
    };
    content.starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(&content).is_ok()
}

/// A running bundling.
struct Job<'a> {
    tool: Invocation<'a>,
    mode: Mode<'a>,
    output: BundleOutput,
    secrets: Secrets,
    /// The project's directory, absolute.
    dir: PathBuf,
    /// Runtimes that are treated as known.
    runtimes: &'a [String],
}

impl Job<'_> {
    fn run(
        &self,
        command: &mut Command,
        token: &CancellationToken,
        timing: Timing,
    ) -> io::Result<End> {
        // After its last upload, the CLI may wait until the server closes the connection. Only the CLI is known to be
        // done when its bundle is complete.
        let may_linger = matches!(
            (&self.tool, self.mode),
            (Invocation::Cli { .. }, Mode::Online(_))
        );
        let result = may_linger.then(|| ResultFile {
            path: self.output.bundle(),
            is_complete: is_json,
        });
        process::run(command, token, timing, result)
    }

    fn judge(self, end: End) -> Result<BundleOutput, BundlingError> {
        // The CLI's diagnostics come first, and its final error last.
        let printed = || {
            let [stdout, stderr] = [self.output.stdout(), self.output.stderr()];
            [stdout, stderr]
                .map(|file| process::end_of(&file, &self.secrets))
                .concat()
        };
        let words = || process::plain(&printed(), &self.secrets);
        let tool = self.tool.kind();
        match end {
            End::Stopped => return Err(BundlingError::from(Cause::Stopped).with_output(words())),
            End::Exited(status) if !status.success() => {
                let said = printed();
                let is_offline = !matches!(self.mode, Mode::Online(_));
                let asks_api = || said.contains(environment::NOWHERE.trim_start_matches("http://"));
                let why = match verdict::of(self.tool.cli(), self.mode, status, &said) {
                    Cause::Failed {
                        who: Tool::Command, ..
                    } if is_offline && asks_api() => Cause::AsksApi,
                    Cause::Failed { .. } if self.output.is_full() => Cause::DiskFull,
                    why => why,
                };
                let said = match why {
                    Cause::Invalid(_) => diagnostic::words(&diagnostic::all(&said)),
                    _ => said,
                };
                return Err(
                    BundlingError::from(why).with_output(process::plain(&said, &self.secrets))
                );
            }
            End::Exited(_) | End::KilledAfterOutput => {}
        }
        let mut uploaded_from = None;
        let stderr = process::end_of(&self.output.stderr(), &self.secrets);
        let diagnosed = || diagnostic::all(&process::end_of(&self.output.stdout(), &self.secrets));
        let diagnostics = match (&self.tool, self.mode) {
            (Invocation::Command { .. }, _) => diagnosed(),
            (Invocation::Cli { config, .. }, Mode::Online(_)) => {
                uploaded_from = self.dir.join(config).parent().map(Path::to_owned);
                diagnosed()
            }
            (Invocation::Cli { cli, config }, _) => self.read_stdout(cli, config)?,
        };
        let shown = |text: &str| process::plain(text, &self.secrets);
        let notes = notes::of(&diagnostics, &stderr, &shown);
        match self.output.seal()? {
            None => Err(BundlingError::from(Cause::NoBundle(tool)).with_output(words())),
            Some(0) => Err(BundlingError::from(Cause::EmptyBundle(tool)).with_output(words())),
            Some(_) => {
                let mut output = self.output;
                output.uploaded_from = uploaded_from;
                output.notes = notes;
                Ok(output)
            }
        }
    }

    /// Writes the payload from the CLI's output to the bundle, and returns the other diagnostics.
    fn read_stdout(&self, cli: &Cli, config: &Path) -> Result<Vec<Diagnostic>, BundlingError> {
        let printed = fs::read(self.output.stdout())?;
        let printed = String::from_utf8_lossy(&printed);
        let config = self.dir.join(config);
        let dir = config.parent().unwrap_or(&self.dir);
        let payload = match self.mode {
            Mode::ParseOnly(..) => offline::payload(&printed, cli.version.as_deref()),
            _ => offline::whole(&printed, dir, cli.version.as_deref()),
        };
        match payload {
            Ok(answer) => {
                fs::write(self.output.bundle(), answer.payload)?;
                let version = cli.version.as_deref().unwrap_or("of unknown version");
                let of_runtimes = self.runtimes.iter().map(|name| Diagnostic {
                    is_fatal: false,
                    title: format!("Checkly CLI {version} does not know runtime {name}"),
                    message: "offline, checks on it are validated as on the newest runtime that the CLI knows"
                        .to_owned(),
                });
                let diagnostics = of_runtimes.chain(answer.diagnostics);
                Ok(self.clean(diagnostics.collect()))
            }
            Err(NoPayload::Mistakes(mistakes)) => {
                let mistakes = self.clean(mistakes);
                let unknown = diagnostic::unknown_runtimes(&mistakes);
                if self.runtimes.is_empty() && !unknown.is_empty() {
                    return Err(Cause::UnknownRuntimes(unknown.into_iter().collect()).into());
                }
                let words = diagnostic::words(&mistakes);
                let why = match verdict::missing(&words) {
                    Some(program) => Cause::NoProgram(program),
                    None => Cause::Invalid(diagnostic::headline(&mistakes).unwrap_or_else(|| {
                        "the Checkly CLI reports mistakes in the project".to_owned()
                    })),
                };
                Err(BundlingError::from(why).with_output(process::plain(&words, &self.secrets)))
            }
            Err(NoPayload::Other(why)) => {
                let log = process::tail(&self.output.stderr(), &self.secrets);
                let why = match why {
                    // Old versions ask whether another command was meant, and succeed.
                    Cause::Unreadable(_) if verdict::is_too_old(&log) => cli.too_old(self.mode),
                    why => why,
                };
                Err(BundlingError::from(why).with_output(log))
            }
        }
    }

    fn clean(&self, diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let clean = |it: Diagnostic| it.clean(&self.secrets);
        diagnostics.into_iter().map(clean).collect()
    }
}
