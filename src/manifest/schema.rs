//! Every key of the manifest as data: its type and its tables.

/// The keys of one table, in groups that several tables share.
pub(super) type Groups = &'static [&'static [Key]];

/// One key.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Whether it is allowed in the root manifest only.
    pub(super) is_root_only: bool,
}

/// The type of a value.
pub(super) enum Kind {
    /// A non-empty string; `${env:X}` in it is expanded.
    Text,
    /// The same, printable: one line without surrounding white space.
    Name,
    /// A file pattern.
    Glob,
    /// A non-empty string that is expanded where it is used.
    Raw,
    /// A duration such as `5m`.
    Duration { zero: bool },
    /// A rate such as `600/min`.
    Rate,
    /// A whole number.
    Integer { least: i64, most: i64 },
    /// `true` or `false`.
    Bool,
    /// One of several words.
    OneOf(&'static [&'static str]),
    /// A list.
    List(&'static Kind),
    /// A non-empty list.
    Filled(&'static Kind),
    /// A table of known keys.
    Table(Groups),
    /// `true`, `false`, or a table of known keys.
    Switch(Groups),
    /// A table whose keys the user chooses.
    Named(&'static Kind),
    /// Lists of values by variable name.
    Matrix,
    /// Environment variables for another program.
    Variables,
    /// `[[project]]`: each is read separately and may make several projects.
    Projects,
    /// A table of known keys that names the source of a secret; a literal is refused.
    Secret(Groups),
}

/// The manifest.
pub(super) const MANIFEST: Groups = &[&[
    key("version", ANY_INTEGER),
    key("name", Kind::Name),
    root_only("include", Kind::List(&Kind::Text)),
    root_only("api", Kind::Table(API)),
    root_only("accounts", Kind::Named(&Kind::Table(ACCOUNT))),
    key("defaults", Kind::Table(DEFAULTS)),
    root_only("hooks", Kind::Table(HOOKS)),
    root_only("limits", Kind::Table(&[LIMITS])),
    root_only("state", Kind::Table(STATE)),
    root_only("profile", Kind::Named(&Kind::Table(PROFILE))),
    root_only("wave", Kind::List(&Kind::Table(WAVE))),
    key("project", Kind::Projects),
]];

const API: Groups = &[&[key("url", Kind::Text)]];

const ACCOUNT: Groups = &[&[
    key("account_id", Kind::Raw),
    key("api_key", Kind::Secret(API_KEY)),
    key("rate", Kind::Rate),
    key("ownership_check", Kind::Bool),
]];

const API_KEY: Groups = &[&[
    key("env", Kind::Raw),
    key("file", Kind::Raw),
    key("command", Kind::Filled(&Kind::Raw)),
]];

/// `[defaults]`: the keys of a project, except those that identify it.
pub(super) const DEFAULTS: Groups = &[SHARED];

const PROFILE: Groups = &[SHARED, LIMITS];

/// `[[project]]`.
pub(super) const PROJECT: Groups = &[
    &[
        key("name", Kind::Name),
        key("bundle", Kind::Text),
        key("path", Kind::Text),
        key("matrix", Kind::Matrix),
        key("depends_on", Kind::List(&Kind::Name)),
        key("max_deletes", ANY_NUMBER),
    ],
    SHARED,
];

const SHARED: &[Key] = &[
    key("account", Kind::Name),
    key("on_conflict", Kind::OneOf(&["wait", "cancel", "fail"])),
    key("conflict_deadline", Kind::Duration { zero: true }),
    key("retries", Kind::Table(RETRIES)),
    key("outage_limit", Kind::Duration { zero: true }),
    key("timeout", Kind::Duration { zero: false }),
    key("schedule_on_deploy", Kind::Bool),
    key("preserve_resources", Kind::Bool),
    key("allow_empty_project", Kind::Bool),
    key("tags", Kind::List(&Kind::Name)),
    key("priority", ANY_INTEGER),
    key("logical_id", Kind::Name),
    key("inputs", Kind::Filled(&Kind::Glob)),
    key("config", Kind::Text),
    key("cwd", Kind::Text),
    key("bundle_command", Kind::Filled(&Kind::Text)),
    key("bundler", Kind::OneOf(&["shared", "process"])),
    key("bundle_timeout", Kind::Duration { zero: false }),
    key("env_file", Kind::List(&Kind::Text)),
    key("env", Kind::Variables),
    key("cache", Kind::Bool),
    key("hooks", Kind::Table(HOOKS)),
    key("hook_credentials", Kind::Bool),
    key("test", Kind::Switch(TEST)),
];

/// The keys that control how a directory is bundled or tested; they do not apply to bundles.
pub(super) const OF_DIRECTORIES: [&str; 9] = [
    "config",
    "cwd",
    "bundle_command",
    "bundler",
    "bundle_timeout",
    "env_file",
    "env",
    "cache",
    "test",
];

const RETRIES: Groups = &[&[
    key(
        "count",
        Kind::Integer {
            least: 0,
            most: u32::MAX as i64,
        },
    ),
    key("delay", Kind::Duration { zero: true }),
    key("max_delay", Kind::Duration { zero: true }),
    key("jitter", Kind::Bool),
]];

const TEST: Groups = &[&[key("args", Kind::List(&Kind::Text))]];

const HOOKS: Groups = &[&[
    key("pre", Kind::Filled(&Kind::Text)),
    key("post", Kind::Filled(&Kind::Text)),
    key("on_failure", Kind::Filled(&Kind::Text)),
    key("timeout", Kind::Duration { zero: false }),
]];

/// `[limits]`: the settings of the whole run.
pub(super) const LIMITS: &[Key] = &[
    key("concurrency", AT_LEAST_ONE),
    key("bundle_concurrency", AT_LEAST_ONE),
    key("max_deletes", ANY_NUMBER),
    key("max_projects", AT_LEAST_ONE),
];

/// `[state]`: which journals are kept.
const STATE: Groups = &[&[
    key("keep_runs", AT_LEAST_ONE),
    key("keep_for", Kind::Duration { zero: false }),
    key("keep_mib", AT_LEAST_ONE),
]];

/// `[[wave]]`.
const WAVE: Groups = &[&[
    key("select", Kind::Filled(&Kind::Name)),
    key("soak", Kind::Duration { zero: true }),
    key(
        "max_fail_percentage",
        Kind::Integer {
            least: 0,
            most: 100,
        },
    ),
]];

const ANY_INTEGER: Kind = Kind::Integer {
    least: i64::MIN,
    most: i64::MAX,
};

const ANY_NUMBER: Kind = Kind::Integer {
    least: 0,
    most: u32::MAX as i64,
};

const AT_LEAST_ONE: Kind = Kind::Integer {
    least: 1,
    most: u32::MAX as i64,
};

/// The tables of a key with their names for people, to tell where a misplaced key belongs.
pub(super) const TABLES: &[(&str, Groups)] = &[
    ("at the top of the manifest", MANIFEST),
    ("in [[project]]", PROJECT),
    ("in [limits]", &[LIMITS]),
    ("in [state]", STATE),
    ("in [[wave]]", WAVE),
    ("in `retries`", RETRIES),
    ("in `hooks`", HOOKS),
    ("in `test`", TEST),
    ("in [accounts.NAME]", ACCOUNT),
    ("in [api]", API),
];

const fn key(name: &'static str, kind: Kind) -> Key {
    Key {
        name,
        kind,
        is_root_only: false,
    }
}

const fn root_only(name: &'static str, kind: Kind) -> Key {
    Key {
        is_root_only: true,
        ..key(name, kind)
    }
}

/// The key of this name in a table.
pub(super) fn find(groups: Groups, name: &str) -> Option<&'static Key> {
    keys(groups).find(|key| key.name == name)
}

/// All keys of a table.
pub(super) fn keys(groups: Groups) -> impl Iterator<Item = &'static Key> + Clone {
    groups.iter().copied().flatten()
}
