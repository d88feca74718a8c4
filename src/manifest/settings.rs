//! Lays settings over one another: built-in, `[defaults]`, `[profile.X]`, `[[project]]`, and on top what the
//! environment and the flags say.

use super::document::Document;
use super::schema::{self, DEFAULTS, LIMITS};
use super::value::{Layer, Node, Table, sub};
use crate::model::{
    Budget, Limits, OnConflict, OnInterrupt, ProjectPolicy, Rate, Retries, duration,
};
use config::{Config, ConfigError, FileFormat};
use serde::Deserialize;
use std::time::Duration;

/// What holds where nobody says otherwise.
const BUILT_IN: &str = include_str!("../../config/default.toml");

/// What the command line says, or an environment variable: it wins over the manifest.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--on-conflict`.
    pub on_conflict: Option<OnConflict>,
    /// `--conflict-deadline`.
    pub conflict_deadline: Option<Duration>,
    /// `--retries`: the count alone.
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
    /// `--max-fail` or `--fail-fast`.
    pub max_fail: Option<usize>,
    /// `--timeout`.
    pub timeout: Option<Duration>,
    /// `--on-interrupt`.
    pub on_interrupt: Option<OnInterrupt>,
    /// `--max-deletes`: of the whole run.
    pub max_deletes: Option<usize>,
    /// `--rate`, for every account.
    pub rate: Option<Rate>,
    /// `--api-url`.
    pub api_url: Option<String>,
    /// The command is `destroy`: a project whose `logical_id` the manifest says needs nothing to be deployed from.
    pub to_destroy: bool,
}

/// What a project's settings come to.
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

/// What is said about hooks beside their commands.
#[derive(Debug, Deserialize)]
pub(super) struct HookSettings {
    #[serde(with = "duration")]
    pub(super) timeout: Duration,
}

/// The settings of one file's projects, up to the profile.
pub(super) struct Base(Config);

impl Base {
    /// Lays the profile over the file's `[defaults]`, those over the root manifest's, and those over the built-in ones.
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

    /// Lays a project over that.
    pub(super) fn project(&self, project: &Table) -> Result<Settings, ConfigError> {
        Config::builder()
            .add_source(self.0.clone())
            .add_source(Layer::default().with("defaults", project))
            .build()?
            .get("defaults")
    }

    /// What the run obeys.
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
            timeout: overrides.timeout,
            on_interrupt: overrides.on_interrupt.unwrap_or_default(),
        })
    }

    /// What the run may come to.
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

    /// How long each of the run's own hooks may take.
    pub(super) fn hook_timeout(&self) -> Result<Duration, ConfigError> {
        let settings: HookSettings = self.0.get("hooks")?;
        Ok(settings.timeout)
    }

    /// The address of the API.
    pub(super) fn api_url(&self, overrides: &Overrides) -> Result<String, ConfigError> {
        match &overrides.api_url {
            Some(url) => Ok(url.clone()),
            None => self.0.get_string("api.url"),
        }
    }
}

impl Settings {
    /// What the project's deployment obeys.
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

/// How much of the machine there is; bundling keeps a core busy.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The named tables of a manifest.
fn layer(table: &Table, names: &[&str]) -> Layer {
    names
        .iter()
        .fold(Layer::default(), |layer, name| match sub(table, name) {
            Some(keys) => layer.with(name, keys),
            None => layer,
        })
}
