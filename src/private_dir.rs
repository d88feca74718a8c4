//! A folder that only its user can look into, with files that are there whole or not at all. Knows nothing of what they
//! hold.

use rustix::process::geteuid;
use std::fs::{DirBuilder, DirEntry, File, Permissions, read_dir, remove_file, set_permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// How the names of files begin that are not whole yet. A process that was killed leaves them behind.
pub(crate) const UNFINISHED: &str = ".unfinished-";

/// The folder. It is this user's, or else it could not be opened: what is in it is what this user put there.
#[derive(Clone, Debug)]
pub(crate) struct PrivateDir(PathBuf);

impl PrivateDir {
    /// Makes the folder, and those above it, where they are missing. One that others may look into is closed to them.
    ///
    /// # Errors
    /// It can neither be made nor closed, or it is somebody else's: whoever it belongs to could put anything there, also for
    /// root.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        if path.metadata()?.uid() != geteuid().as_raw() {
            let why = format!("{} belongs to another user", path.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        set_permissions(path, Permissions::from_mode(0o700))?;
        Ok(Self(path.to_owned()))
    }

    /// Where a file of this name is, if there is one.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file of mode 0600 under the name that `fill` gives when it has written the content; what was there under
    /// that name is replaced. Two who do this at once do not disturb each other: one of them is the last.
    ///
    /// # Errors
    /// Nothing has changed then.
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

    /// Removes a file, if it is there.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        match remove_file(self.file(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// What is in the folder, by names that are text: ours are.
    pub(crate) fn entries(&self) -> io::Result<impl Iterator<Item = (String, DirEntry)>> {
        let entries = read_dir(&self.0)?.filter_map(Result::ok);
        Ok(entries.filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry))))
    }
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
    fn nobody_else_can_look_into_it() {
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("a/b");
        let dir = PrivateDir::open(&path).unwrap();
        write(&dir, "x", "1").unwrap();
        assert_eq!(mode(&above.path().join("a")), 0o700);
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join("x")), 0o600);
        set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        PrivateDir::open(&path).unwrap();
        assert_eq!(mode(&path), 0o700, "one that was open is closed");
    }

    #[test]
    fn a_folder_of_somebody_else_is_refused_also_for_root() {
        let above = tempfile::tempdir().unwrap();
        let theirs = match geteuid().is_root() {
            true => {
                std::os::unix::fs::chown(above.path(), Some(12_345), None).unwrap();
                above.path()
            }
            false => Path::new("/"),
        };
        let before = mode(theirs);
        let error = PrivateDir::open(theirs).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert!(
            error.to_string().ends_with(" belongs to another user"),
            "{error}"
        );
        assert_eq!(mode(theirs), before, "and left as it is");
    }

    #[test]
    fn a_file_that_cannot_be_written_to_its_end_leaves_the_old_one_and_nothing_else() {
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
    fn a_file_that_is_not_there_is_as_good_as_removed() {
        let above = tempfile::tempdir().unwrap();
        let dir = PrivateDir::open(above.path()).unwrap();
        write(&dir, "x", "1").unwrap();
        dir.remove("x").unwrap();
        dir.remove("x").unwrap();
        assert!(names(&dir).is_empty());
    }

    #[test]
    fn where_no_folder_can_be_it_is_not_opened() {
        // Root may do everything but this: what is below a file is nowhere.
        let above = tempfile::tempdir().unwrap();
        std::fs::write(above.path().join("file"), "").unwrap();
        let error = PrivateDir::open(&above.path().join("file/x")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotADirectory);
    }
}
