//! A directory that only its user can read, with files that are written completely or not at all. Does not interpret
//! their content.

use rustix::process::geteuid;
use std::fs::{
    DirBuilder, DirEntry, File, Metadata, Permissions, read_dir, remove_file, set_permissions,
};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// The name prefix of unfinished files, which a killed process leaves behind.
pub(crate) const UNFINISHED: &str = ".unfinished-";

/// The directory. It belongs to this user, who wrote everything in it; otherwise it cannot be opened.
#[derive(Clone, Debug)]
pub(crate) struct PrivateDir(PathBuf);

impl PrivateDir {
    /// Creates the directory and its parents if necessary. Removes the access of others.
    ///
    /// # Errors
    /// It cannot be created or closed to others, or belongs to another user.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        check_owner(&path.metadata()?)?;
        set_permissions(path, Permissions::from_mode(0o700))?;
        Ok(Self(path.to_owned()))
    }

    /// The path of a file, if it exists.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file with mode 0600 under the name that `fill` returns after writing the content; replaces an
    /// existing file. Concurrent writers do not disturb each other: the last one wins.
    ///
    /// # Errors
    /// Nothing has changed.
    pub(crate) fn write(
        &self,
        fill: impl FnOnce(&mut File) -> io::Result<String>,
    ) -> io::Result<()> {
        let mut file: NamedTempFile = Builder::new().prefix(UNFINISHED).tempfile_in(&self.0)?;
        let name = fill(file.as_file_mut())?;
        file.persist(self.file(&name))
            .map_err(|error| error.error)?;
        Ok(())
    }

    /// Removes a file if it exists.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        match remove_file(self.file(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The content of a file. A pipe is none: reading it would wait for its writer.
    pub(crate) fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let file = self.file(name);
        if !file.metadata()?.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        std::fs::read(file)
    }

    /// The names of files in the directory that are valid text, as the program's own are.
    pub(crate) fn entries(&self) -> io::Result<impl Iterator<Item = (String, DirEntry)>> {
        let entries = read_dir(&self.0)?.filter_map(Result::ok);
        let entries = entries.filter(|entry| entry.file_type().is_ok_and(|it| it.is_file()));
        Ok(entries.filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry))))
    }
}

/// Refuses what belongs to another user, who could put anything there, even for root.
pub(crate) fn check_owner(metadata: &Metadata) -> io::Result<()> {
    if metadata.uid() == geteuid().as_raw() {
        return Ok(());
    }
    let why = "it belongs to another user";
    Err(io::Error::new(io::ErrorKind::PermissionDenied, why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    fn write(dir: &PrivateDir, name: &str, text: &str) -> io::Result<()> {
        dir.write(|file| {
            file.write_all(text.as_bytes())?;
            Ok(name.to_owned())
        })
    }

    fn names(dir: &PrivateDir) -> Vec<String> {
        dir.entries().unwrap().map(|(name, _)| name).collect()
    }

    #[test]
    fn only_its_user_can_read_it() {
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("a/b");
        let dir = PrivateDir::open(&path).unwrap();
        write(&dir, "x", "1").unwrap();
        assert_eq!(mode(&above.path().join("a")), 0o700);
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join("x")), 0o600);
        set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        PrivateDir::open(&path).unwrap();
        assert_eq!(mode(&path), 0o700, "an accessible one is closed");
    }

    #[test]
    fn a_pipe_is_no_file() {
        let above = tempfile::tempdir().unwrap();
        let dir = PrivateDir::open(above.path()).unwrap();
        let made = std::process::Command::new("mkfifo")
            .arg(dir.file("pipe"))
            .status();
        assert!(made.unwrap().success());
        assert!(dir.read("pipe").is_err());
        assert_eq!(names(&dir), [""; 0]);
    }

    #[test]
    fn another_users_directory_is_refused_even_for_root() {
        let above = tempfile::tempdir().unwrap();
        let theirs = if geteuid().is_root() {
            std::os::unix::fs::chown(above.path(), Some(12_345), None).unwrap();
            above.path()
        } else {
            Path::new("/")
        };
        let before = mode(theirs);
        let error = PrivateDir::open(theirs).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(error.to_string(), "it belongs to another user");
        assert_eq!(mode(theirs), before, "and unchanged");
    }

    #[test]
    fn a_failed_write_leaves_only_the_old_file() {
        let above = tempfile::tempdir().unwrap();
        let dir = PrivateDir::open(above.path()).unwrap();
        write(&dir, "x", "old").unwrap();
        let full = dir.write(|file| {
            file.write_all(b"ne")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(full.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(names(&dir), ["x"]);
        assert_eq!(std::fs::read_to_string(dir.file("x")).unwrap(), "old");
    }

    #[test]
    fn removing_a_missing_file_succeeds() {
        let above = tempfile::tempdir().unwrap();
        let dir = PrivateDir::open(above.path()).unwrap();
        write(&dir, "x", "1").unwrap();
        dir.remove("x").unwrap();
        dir.remove("x").unwrap();
        assert!(names(&dir).is_empty());
    }

    #[test]
    fn a_directory_that_cannot_be_created_is_an_error() {
        // The only error for root: nothing exists below a file.
        let above = tempfile::tempdir().unwrap();
        std::fs::write(above.path().join("file"), "").unwrap();
        let error = PrivateDir::open(&above.path().join("file/x")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotADirectory);
    }
}
