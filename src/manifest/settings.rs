//! Settings and their precedence: flag or environment variable, `[[project]]`, `[profile.NAME]`, `[defaults]` of the
//! project's file, the root manifest, `config/default.toml`. Flags are [`Overrides`]; [`Layers`] merges the rest.

use super::document::Document;
use super::schema::{DEFAULTS, LIMITS, MANIFEST};
use super::value::{Table, Value, merge, plain};
use crate::model::{
    Budget, BundlerKind, Diagnostic, Limits, OnConflict, OnInterrupt, ProjectPolicy, Rate,
    Retention, duration,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// The built-in settings.
pub(super) const BUILT_IN: &str = include_str!("../../config/default.toml");

/// Flags and environment variables, which override the manifest.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--on-conflict`.
    pub on_conflict: Option<OnConflict>,
    /// `--conflict-deadline`.
    pub conflict_deadline: Option<Duration>,
    /// `--retries`: only the count.
    pub retries: Option<u32>,
    /// `--outage-limit`.
    pub outage_limit: Option<Duration>,
    /// `--project-timeout`.
    pub project_timeout: Option<Duration>,
    /// `--preserve-resources`.
    pub preserve_resources: Option<bool>,
    /// `--no-schedule-on-deploy`.
    pub schedule_on_deploy: Option<bool>,
    /// `--concurrency`; the caller refuses 0.
    pub concurrency: Option<usize>,
    /// `--bundle-concurrency`; the caller refuses 0.
    pub bundle_concurrency: Option<usize>,
    /// `--bundler`, for every directory.
    pub bundler: Option<BundlerKind>,
    /// `--max-fail`.
    pub max_fail: Option<usize>,
    /// `--fail-fast`.
    pub fail_fast: bool,
    /// `--timeout`.
    pub timeout: Option<Duration>,
    /// `--on-interrupt`.
    pub on_interrupt: Option<OnInterrupt>,
    /// `--max-deletes`, for the whole run.
    pub max_deletes: Option<usize>,
    /// `--rate`, for every account.
    pub rate: Option<Rate>,
    /// The number of shards of `--partition`, which share the rates of the manifest.
    pub shards: Option<usize>,
    /// `--api-url`.
    pub api_url: Option<String>,
    /// The command is `destroy`: a project with a `logical_id` in the manifest needs no origin.
    pub to_destroy: bool,
    /// The command sends nothing: placeholders stand for credentials that are not set, and `Account::unset` names them.
    pub optional_credentials: bool,
}

/// The tables of settings below those of projects.
#[derive(Clone, Copy)]
pub(super) struct Layers<'a> {
    pub(super) built_in: &'a Document<'a>,
    pub(super) root: &'a Document<'a>,
    pub(super) profile: Option<&'a Table>,
}

impl Layers<'_> {
    /// A manifest with the settings of a file: its own, overridden by the profile.
    pub(super) fn of(&self, file: &Document<'_>) -> Table {
        let mut merged = Table::new();
        for document in [self.built_in, self.root, file] {
            merge(&mut merged, &document.table, MANIFEST);
        }
        for (key, groups) in [("defaults", DEFAULTS), ("limits", &[LIMITS] as _)] {
            if let (Some(profile), Some(node)) = (self.profile, merged.get_mut(key))
                && let Value::Table(table) = &mut node.value
            {
                merge(table, profile, groups);
            }
        }
        merged
    }
}

/// The merged settings of a project.
#[derive(Debug, Deserialize)]
pub(super) struct Settings {
    #[serde(flatten)]
    policy: ProjectPolicy,
    pub(super) tags: Vec<String>,
    pub(super) priority: i64,
    pub(super) allow_empty_project: bool,
    pub(super) config: Option<String>,
    pub(super) bundle_command: Option<Vec<String>>,
    pub(super) bundler: BundlerKind,
    #[serde(with = "duration")]
    pub(super) bundle_timeout: Duration,
    pub(super) cache: bool,
    pub(super) max_deletes: Option<usize>,
    pub(super) hooks: HookSettings,
    pub(super) hook_credentials: bool,
}

/// The settings of hooks, without their commands.
#[derive(Debug, Deserialize)]
pub(super) struct HookSettings {
    #[serde(with = "duration")]
    pub(super) timeout: Duration,
}

impl Settings {
    /// The settings of the project's deployment.
    pub(super) fn policy(&self, overrides: &Overrides) -> ProjectPolicy {
        let (policy, mut retries) = (self.policy, self.policy.retries);
        retries.count = overrides.retries.unwrap_or(retries.count);
        ProjectPolicy {
            on_conflict: overrides.on_conflict.unwrap_or(policy.on_conflict),
            conflict_deadline: overrides
                .conflict_deadline
                .unwrap_or(policy.conflict_deadline),
            retries,
            outage_limit: overrides.outage_limit.or(policy.outage_limit),
            timeout: overrides.project_timeout.unwrap_or(policy.timeout),
            schedule_on_deploy: overrides
                .schedule_on_deploy
                .unwrap_or(policy.schedule_on_deploy),
            preserve_resources: overrides
                .preserve_resources
                .unwrap_or(policy.preserve_resources),
        }
    }
}

/// The merged settings of the run.
#[derive(Debug, Deserialize)]
pub(super) struct RunSettings {
    pub(super) api: Api,
    pub(super) hooks: HookSettings,
    limits: LimitSettings,
    pub(super) state: Retention,
}

/// `[api]`.
#[derive(Debug, Deserialize)]
pub(super) struct Api {
    pub(super) url: String,
}

/// `[limits]`.
#[derive(Debug, Deserialize)]
struct LimitSettings {
    concurrency: usize,
    bundle_concurrency: Option<usize>,
    max_deletes: Option<usize>,
    max_projects: Option<usize>,
}

impl RunSettings {
    pub(super) fn new(merged: &Table, overrides: &Overrides) -> Result<Self, Box<Diagnostic>> {
        let mut settings: Self = read(merged)?;
        if let Some(url) = &overrides.api_url {
            settings.api.url.clone_from(url);
        }
        Ok(settings)
    }

    /// The settings of the whole run.
    pub(super) fn limits(&self, overrides: &Overrides) -> Limits {
        // Bundling keeps a core busy.
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let bundle_concurrency = overrides
            .bundle_concurrency
            .or(self.limits.bundle_concurrency);
        Limits {
            concurrency: overrides.concurrency.unwrap_or(self.limits.concurrency),
            bundle_concurrency: bundle_concurrency.unwrap_or_else(cores),
            max_fail: overrides.max_fail,
            fail_fast: overrides.fail_fast,
            timeout: overrides.timeout,
            on_interrupt: overrides.on_interrupt.unwrap_or_default(),
        }
    }

    /// The limits of the run.
    pub(super) fn budget(&self, overrides: &Overrides) -> Budget {
        Budget {
            max_deletes: overrides.max_deletes.or(self.limits.max_deletes),
            max_projects: self.limits.max_projects,
        }
    }
}

/// Deserializes a checked table. Fails only if the schema or the built-in settings are wrong; a test shows that they are not.
pub(super) fn read<T: DeserializeOwned>(checked: &Table) -> Result<T, Box<Diagnostic>> {
    plain(checked).try_into().map_err(|error| {
        let what = format!("internal error: inconsistent default settings: {error}");
        Box::new(Diagnostic::new(what))
    })
}
