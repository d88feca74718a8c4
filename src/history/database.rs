//! The history as an `SQLite` database, `state.db`. Several processes may use it at once: `SQLite` locks it for each transaction,
//! and a reader never waits for a writer.

use super::{Change, Deployed, Destination, Target};
use crate::model::{ExpectedDurations, RunId, Timestamp};
use crate::os_error::plain;
use crate::private_dir::check_owner;
use rusqlite::{
    Connection, ErrorCode, OptionalExtension, Row, Transaction, TransactionBehavior, params,
};
use std::collections::HashMap;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use thiserror::Error;

/// The name of the file.
const NAME: &str = "state.db";

/// The version of the schema.
const VERSION: u32 = 1;

/// How long a transaction waits for those of other processes, each of which takes milliseconds.
const BUSY: Duration = Duration::from_secs(10);

/// `sha256` is null while the result of an upload is not known.
const SCHEMA: &str = "
    CREATE TABLE deployment (
        api_url TEXT NOT NULL,
        account_id TEXT NOT NULL,
        logical_id TEXT NOT NULL,
        project TEXT NOT NULL,
        sha256 TEXT,
        resources INTEGER NOT NULL,
        preserve_resources INTEGER NOT NULL,
        repository TEXT,
        at INTEGER NOT NULL,
        run TEXT NOT NULL,
        bundling_ms INTEGER NOT NULL,
        deploying_ms INTEGER NOT NULL,
        PRIMARY KEY (api_url, account_id, logical_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE destination (
        api_url TEXT NOT NULL,
        account_id TEXT NOT NULL,
        directory BLOB NOT NULL,
        PRIMARY KEY (api_url, account_id, directory)
    ) STRICT, WITHOUT ROWID;
";

/// The last successful deployments, by project; and the directories that have deployed to each account.
#[derive(Clone, Debug)]
pub struct History(Arc<Connections>);

#[derive(Debug)]
struct Connections {
    path: PathBuf,
    /// Separate from the writer, which waits for the disk.
    reader: Mutex<Connection>,
    writer: Mutex<Connection>,
}

/// Why the history cannot be used.
#[derive(Debug, Error)]
#[error("cannot use {}: {why}", path.display())]
pub struct HistoryError {
    path: PathBuf,
    why: Cause,
}

#[derive(Debug, Error)]
enum Cause {
    #[error("{}", plain(.0))]
    Io(#[from] io::Error),
    #[error(
        "it was written by a newer version of orchestrate (schema {0}; this one has {VERSION}); use that version, or delete the file"
    )]
    Newer(u32),
    #[error("it is damaged ({0}); delete it")]
    Damaged(rusqlite::Error),
    /// Of the file, `create` would have reported it.
    #[error("its directory cannot be written ({0})")]
    ReadOnlyDirectory(rusqlite::Error),
    #[error("{0}")]
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Cause {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error),
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) => Self::ReadOnlyDirectory(error),
            _ => Self::Sqlite(error),
        }
    }
}

impl History {
    /// The file in a state directory.
    pub fn path(state_dir: &Path) -> PathBuf {
        state_dir.join(NAME)
    }

    /// Opens the history of a state directory, and creates both if necessary.
    ///
    /// # Errors
    /// The file cannot be created, read, or written, belongs to another user or a newer version, or is damaged.
    pub fn open(state_dir: &Path) -> Result<Self, HistoryError> {
        let path = Self::path(state_dir);
        let opened = || -> Result<_, Cause> {
            if !state_dir.exists() {
                let mut builder = DirBuilder::new();
                builder.recursive(true).mode(0o700).create(state_dir)?;
            }
            // One process at a time: the busy timeout does not hold for the change to a write-ahead log.
            let turn = File::open(state_dir)?;
            turn.lock()?;
            create(&path)?;
            let mut writer = connect(&path)?;
            prepare(&mut writer)?;
            Ok((connect(&path)?, writer))
        };
        match opened() {
            Ok((reader, writer)) => Ok(Self(Arc::new(Connections {
                path,
                reader: Mutex::new(reader),
                writer: Mutex::new(writer),
            }))),
            Err(why) => Err(HistoryError { path, why }),
        }
    }

    /// Whether a directory has deployed to an account before.
    pub fn has_deployed(&self, destination: &Destination) -> bool {
        let found = self.reader().query_row(
            "SELECT 1 FROM destination WHERE api_url = ? AND account_id = ? AND directory = ?",
            directory(destination),
            |_| Ok(()),
        );
        self.known(found).is_some()
    }

    /// Records that a directory deploys to an account.
    ///
    /// # Errors
    /// It could not be written.
    pub fn record_destination(&self, destination: &Destination) -> Result<(), HistoryError> {
        self.transaction(|transaction| {
            transaction.execute(
                "INSERT OR IGNORE INTO destination VALUES (?, ?, ?)",
                directory(destination),
            )
        })
    }

    /// A project's last deployment, if it succeeded and none was started since.
    pub fn last(&self, target: &Target) -> Option<Deployed> {
        let found = self.reader().query_row(
            "SELECT project, sha256, resources, preserve_resources, repository, at, run, bundling_ms, deploying_ms
             FROM deployment
             WHERE api_url = ? AND account_id = ? AND logical_id = ? AND sha256 IS NOT NULL",
            params![target.api_url, target.account_id, target.logical_id],
            deployed,
        );
        self.known(found)
    }

    /// How long the last successful deployments of an API took, by account id and project: before a directory is bundled, its
    /// logical id may not be known.
    pub fn durations(&self, api_url: &str) -> HashMap<(String, String), ExpectedDurations> {
        let reader = self.reader();
        let read = || -> rusqlite::Result<_> {
            let mut statement = reader.prepare(
                "SELECT account_id, project, bundling_ms, deploying_ms
                 FROM deployment WHERE api_url = ? ORDER BY at",
            )?;
            let rows = statement.query_map([api_url], |row| {
                Ok(((row.get(0)?, row.get(1)?), durations(row, 2)?))
            })?;
            rows.collect()
        };
        self.known(read()).unwrap_or_default()
    }

    /// Applies changes, all or none. They are on disk when this returns.
    ///
    /// # Errors
    /// They could not be written.
    pub fn apply(&self, changes: &[Change]) -> Result<(), HistoryError> {
        self.transaction(|transaction| {
            let mut forget = transaction.prepare(
                "UPDATE deployment SET sha256 = NULL
                 WHERE api_url = ? AND account_id = ? AND logical_id = ?",
            )?;
            let mut record = transaction.prepare(
                "INSERT OR REPLACE INTO deployment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?;
            for change in changes {
                match change {
                    Change::Forget(it) => {
                        forget.execute([&it.api_url, &it.account_id, &it.logical_id])?
                    }
                    Change::Record(target, deployed) => record.execute(params![
                        target.api_url,
                        target.account_id,
                        target.logical_id,
                        deployed.project,
                        deployed.sha256,
                        integer(deployed.resources),
                        deployed.preserve_resources,
                        deployed.repository,
                        integer(deployed.at.0),
                        &*deployed.run.0,
                        integer(deployed.durations.bundling),
                        integer(deployed.durations.deploying),
                    ])?,
                };
            }
            Ok(())
        })
    }

    /// From here on, nothing can be recorded.
    #[cfg(test)]
    pub(crate) fn refuse_records(&self) {
        let trigger = "CREATE TRIGGER refuse BEFORE INSERT ON deployment BEGIN SELECT RAISE(ABORT, 'no'); END";
        self.transaction(|it| it.execute_batch(trigger)).unwrap();
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        self.0.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was read; what cannot be read counts as missing.
    fn known<T>(&self, read: rusqlite::Result<T>) -> Option<T> {
        let read = read.optional();
        read.unwrap_or_else(|error| {
            tracing::warn!(%error, path = %self.0.path.display(), "the history cannot be read");
            None
        })
    }

    fn transaction<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<(), HistoryError> {
        let mut writer = self.0.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let write = || {
            // Immediate: a transaction that begins by reading fails at once if another process writes.
            let behavior = TransactionBehavior::Immediate;
            let transaction = writer.transaction_with_behavior(behavior)?;
            change(&transaction)?;
            transaction.commit()
        };
        write().map_err(|error| HistoryError {
            path: self.0.path.clone(),
            why: error.into(),
        })
    }
}

/// Creates the file, readable by its user only; `SQLite` gives the files beside it the same mode.
fn create(path: &Path) -> Result<(), Cause> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true).mode(0o600);
    let file = options.open(path)?;
    check_owner(&file.metadata()?)?;
    Ok(file.set_permissions(Permissions::from_mode(0o600))?)
}

fn connect(path: &Path) -> Result<Connection, Cause> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    // Forgetting must survive a crash of the system, or a bundle would count as deployed that an upload has replaced.
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(connection)
}

/// Checks the version of the schema, and creates it in a new file.
fn prepare(connection: &mut Connection) -> Result<(), Cause> {
    let version = |connection: &Connection| {
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))
    };
    if version(connection)? == 0 {
        // Where it is not supported, the default of SQLite is as safe.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        let behavior = TransactionBehavior::Immediate;
        let transaction = connection.transaction_with_behavior(behavior)?;
        // Another process may have been faster.
        if version(&transaction)? == 0 {
            transaction.execute_batch(SCHEMA)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
        }
        transaction.commit()?;
    }
    match version(connection)? {
        VERSION => Ok(()),
        newer => Err(Cause::Newer(newer)),
    }
}

fn directory(destination: &Destination) -> (&str, &str, &[u8]) {
    let directory = destination.directory.as_os_str().as_encoded_bytes();
    (&destination.api_url, &destination.account_id, directory)
}

fn deployed(row: &Row<'_>) -> rusqlite::Result<Deployed> {
    Ok(Deployed {
        project: row.get(0)?,
        sha256: row.get(1)?,
        resources: number(row, 2)?,
        preserve_resources: row.get(3)?,
        repository: row.get(4)?,
        at: Timestamp(number(row, 5)?),
        run: RunId(row.get::<_, String>(6)?.into()),
        durations: durations(row, 7)?,
    })
}

fn durations(row: &Row<'_>, first: usize) -> rusqlite::Result<ExpectedDurations> {
    Ok(ExpectedDurations {
        bundling: number(row, first)?,
        deploying: number(row, first + 1)?,
    })
}

fn number<T: TryFrom<i64> + Default>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let number: i64 = row.get(column)?;
    Ok(T::try_from(number).unwrap_or_default())
}

fn integer(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
