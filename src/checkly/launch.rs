//! What starting the CLI's program comes to: `npm`, Yarn, and Bun link `node_modules/.bin/checkly` to the CLI's own file, whose
//! first line names node. pnpm writes a shell script that sets a variable before it starts node with that file.

use super::job::Call;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The first bytes of a file for node.
const SHEBANG: &str = "#!/usr/bin/env node";

/// The most bytes of a script.
const LONGEST: u64 = 64 * 1024;

/// The file that node runs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Launch {
    pub(super) node: PathBuf,
    /// The CLI's file without symbolic links.
    pub(super) bin: PathBuf,
    /// The same as node is given it.
    pub(super) argument: PathBuf,
    /// What the script puts before the value of `NODE_PATH`.
    pub(super) node_path: Option<String>,
}

impl Launch {
    /// `None` if the call starts another program.
    pub(super) fn of(call: &Call) -> Option<Self> {
        let program = Path::new(&call.program);
        let text = read(program)?;
        let (argument, node_path) = if text.starts_with(SHEBANG) {
            (program.to_owned(), None)
        } else {
            let dir = program.parent()?;
            let (file, node_path) = of_pnpm(&text)?;
            (normal(&dir.join(file)), node_path)
        };
        let bin = fs::canonicalize(&argument).ok()?;
        read(&bin)?.starts_with(SHEBANG).then_some(())?;
        let path = call.variables.get(OsStr::new("PATH"))?;
        let mut programs = std::env::split_paths(path).map(|dir| dir.join("node"));
        Some(Self {
            node: programs.find(|program| is_executable(program))?,
            bin,
            argument,
            node_path: node_path.map(str::to_owned),
        })
    }
}

/// The file that pnpm's script starts node with, from the directory of the script, and the value of `NODE_PATH` if that is not
/// set. The script prefers a `node` in its directory, which is also the first in the search path.
fn of_pnpm(script: &str) -> Option<(&str, Option<&str>)> {
    let mut lines = script.lines().map(str::trim);
    let file = lines.find_map(|line| {
        let file = line.strip_prefix("exec node  \"$basedir/")?;
        file.strip_suffix("\" \"$@\"")
    })?;
    let mut lines = script.lines().map(str::trim);
    let node_path =
        lines.find_map(|line| line.strip_prefix("export NODE_PATH=\"")?.strip_suffix('"'));
    let is_plain = |text: &str| !text.contains(['$', '`', '\\', '"']);
    (is_plain(file) && node_path.is_none_or(is_plain)).then_some((file, node_path))
}

/// The path without `..`, as node resolves it.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        if part == std::path::Component::ParentDir {
            normal.pop();
        } else {
            normal.push(part);
        }
    }
    normal
}

fn read(file: &Path) -> Option<String> {
    let mut text = String::new();
    let file = File::open(file).ok()?;
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

fn is_executable(program: &Path) -> bool {
    let about = program.metadata();
    about.is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

/// Whether this is node itself. A version manager's stand-in for it chooses the version by the working directory.
pub(super) fn is_node(program: &Path) -> bool {
    let is_named = |program: PathBuf| {
        let name = program.file_name().unwrap_or_default();
        name == "node" || name == "nodejs"
    };
    let mut start = [0; 2];
    let read = File::open(program).and_then(|mut file| file.read_exact(&mut start));
    fs::canonicalize(program).is_ok_and(is_named) && read.is_ok() && start != *b"#!"
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF_PNPM: &str = r#"#!/bin/sh
basedir=$(dirname "$(echo "$0" | sed -e 's,\\,/,g')")

case `uname` in
    *CYGWIN*) basedir=`cygpath -w "$basedir"`;;
esac

if [ -z "$NODE_PATH" ]; then
  export NODE_PATH="/repo/node_modules/.pnpm/node_modules:/repo/node_modules"
else
  export NODE_PATH="/repo/node_modules/.pnpm/node_modules:/repo/node_modules:$NODE_PATH"
fi
if [ -x "$basedir/node" ]; then
  exec "$basedir/node"  "$basedir/../checkly/bin/run" "$@"
else
  exec node  "$basedir/../checkly/bin/run" "$@"
fi
"#;

    #[test]
    fn pnpms_script_starts_node_with_a_file_and_more_directories() {
        let path = "/repo/node_modules/.pnpm/node_modules:/repo/node_modules";
        assert_eq!(of_pnpm(OF_PNPM), Some(("../checkly/bin/run", Some(path))));
        let dir = Path::new("/repo/shop/node_modules/.bin");
        assert_eq!(
            normal(&dir.join("../checkly/bin/run")),
            Path::new("/repo/shop/node_modules/checkly/bin/run")
        );
    }

    #[test]
    fn another_script_is_not_understood() {
        assert_eq!(of_pnpm("#!/bin/sh\nexec node \"$0.js\" \"$@\"\n"), None);
        let unquoted = OF_PNPM.replace("/repo/", "$HOME/");
        assert_eq!(of_pnpm(&unquoted), None);
    }
}
