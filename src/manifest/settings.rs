//! Merges settings: built-in defaults, `[defaults]`, `[profile.X]`, `[[project]]`, then the environment and the
//! flags.

use super::document::Document;
use super::schema::{self, DEFAULTS, LIMITS};
use super::value::{Layer, Node, Table, sub};
use crate::model::{
    Budget, Limits, OnConflict, OnInterrupt, ProjectPolicy, Rate, Retries, duration,
};
use config::{Config, ConfigError, FileFormat};
use serde::Deserialize;
use std::time::Duration;

/// The built-in defaults.
const BUILT_IN: &str = include_str!("../../config/default.toml");

/// Flags and environment variables, which override the manifest.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--on-conflict`.
    pub on_conflict: Option<OnConflict>,
    /// `--conflict-deadline`.
    pub conflict_deadline: Option<Duration>,
    /// `--retries`: only the count.
    pub retries: Option<u32>,
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
    /// `--api-url`.
    pub api_url: Option<String>,
    /// The command is `destroy`: a project with a `logical_id` in the manifest needs no origin.
    pub to_destroy: bool,
    /// The command sends nothing: placeholders stand for credentials that are not set, and [`Account::unset`] names them.
    ///
    /// [`Account::unset`]: super::Account::unset
    pub optional_credentials: bool,
}

/// The merged settings of a project.
#[derive(Debug, Deserialize)]
pub(super) struct Settings {
    pub(super) account: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) priority: i64,
    on_conflict: OnConflict,
    #[serde(with = "duration")]
    conflict_deadline: Duration,
    retries: Retries,
    #[serde(with = "duration")]
    timeout: Duration,
    schedule_on_deploy: bool,
    preserve_resources: bool,
    pub(super) allow_empty_project: bool,
    pub(super) config: Option<String>,
    pub(super) bundle_command: Option<Vec<String>>,
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

/// The settings of one file's projects, up to the profile.
pub(super) struct Base(Config);

impl Base {
    /// Merges the profile over the file's `[defaults]`, over the root manifest's, over the built-in ones.
    pub(super) fn new(
        root: &Document<'_>,
        file: &Document<'_>,
        profile: Option<&Table>,
    ) -> Result<Self, ConfigError> {
        let mut builder = Config::builder()
            .add_source(config::File::from_str(BUILT_IN, FileFormat::Toml))
            .add_source(layer(&root.table, &["api", "defaults", "hooks", "limits"]))
            .add_source(layer(&file.table, &["defaults"]));
        if let Some(profile) = profile {
            let of =
                |groups| move |(key, _): &(&String, &Node)| schema::find(groups, key).is_some();
            builder = builder.add_source(
                Layer::default()
                    .with("defaults", profile.iter().filter(of(DEFAULTS)))
                    .with("limits", profile.iter().filter(of(&[LIMITS]))),
            );
        }
        Ok(Self(builder.build()?))
    }

    /// Merges a project over that.
    pub(super) fn project(&self, project: &Table) -> Result<Settings, ConfigError> {
        Config::builder()
            .add_source(self.0.clone())
            .add_source(Layer::default().with("defaults", project))
            .build()?
            .get("defaults")
    }

    /// The settings of the run.
    pub(super) fn limits(&self, overrides: &Overrides) -> Result<Limits, ConfigError> {
        let concurrency = match overrides.concurrency {
            Some(concurrency) => concurrency,
            None => self.0.get("limits.concurrency")?,
        };
        let bundle_concurrency = match overrides.bundle_concurrency {
            Some(bundle_concurrency) => bundle_concurrency,
            None => match self.0.get("limits.bundle_concurrency") {
                Err(ConfigError::NotFound(_)) => cores(),
                told => told?,
            },
        };
        Ok(Limits {
            concurrency,
            bundle_concurrency,
            max_fail: overrides.max_fail,
            fail_fast: overrides.fail_fast,
            timeout: overrides.timeout,
            on_interrupt: overrides.on_interrupt.unwrap_or_default(),
        })
    }

    /// The limits of the run.
    pub(super) fn budget(&self, overrides: &Overrides) -> Result<Budget, ConfigError> {
        let number = |key| match self.0.get(key) {
            Err(ConfigError::NotFound(_)) => Ok(None),
            told => told.map(Some),
        };
        Ok(Budget {
            max_deletes: match overrides.max_deletes {
                Some(max_deletes) => Some(max_deletes),
                None => number("limits.max_deletes")?,
            },
            max_projects: number("limits.max_projects")?,
        })
    }

    /// The timeout of each of the run's hooks.
    pub(super) fn hook_timeout(&self) -> Result<Duration, ConfigError> {
        let settings: HookSettings = self.0.get("hooks")?;
        Ok(settings.timeout)
    }

    /// The API URL.
    pub(super) fn api_url(&self, overrides: &Overrides) -> Result<String, ConfigError> {
        match &overrides.api_url {
            Some(url) => Ok(url.clone()),
            None => self.0.get_string("api.url"),
        }
    }
}

impl Settings {
    /// The settings of the project's deployment.
    pub(super) fn policy(&self, overrides: &Overrides) -> ProjectPolicy {
        let mut retries = self.retries;
        retries.count = overrides.retries.unwrap_or(retries.count);
        ProjectPolicy {
            on_conflict: overrides.on_conflict.unwrap_or(self.on_conflict),
            conflict_deadline: overrides
                .conflict_deadline
                .unwrap_or(self.conflict_deadline),
            retries,
            timeout: overrides.project_timeout.unwrap_or(self.timeout),
            schedule_on_deploy: overrides
                .schedule_on_deploy
                .unwrap_or(self.schedule_on_deploy),
            preserve_resources: overrides
                .preserve_resources
                .unwrap_or(self.preserve_resources),
        }
    }
}

/// The default concurrency of bundling, which keeps a core busy.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Some tables of a manifest, as one layer.
fn layer(table: &Table, names: &[&str]) -> Layer {
    names
        .iter()
        .fold(Layer::default(), |layer, name| match sub(table, name) {
            Some(keys) => layer.with(name, keys),
            None => layer,
        })
}
