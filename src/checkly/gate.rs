//! Prepares a project's `checkly test`, the gate before its deployment.

use super::Mode;
use super::environment;
use super::error::MakeError;
use super::find::{find, resolve};
use super::job::{config_flag, configuration};
use super::made::Made;
use crate::model::{Folder, HookCommand, Secret};
use crate::process::{Secrets, Variables};
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;

/// The most bytes of a report that are kept: the page that it becomes part of is limited, too.
const LONGEST: u64 = 32 * 1024;

/// The Markdown file of the `github` reporter.
const REPORT: &str = "CHECKLY_REPORTER_GITHUB_OUTPUT";

/// A prepared test run.
#[derive(Debug)]
pub struct Gate {
    /// `checkly test`, to run where the project is bundled.
    pub command: HookCommand,
    /// All of its variables, the same as for bundling.
    pub variables: Variables,
    /// The directory of its temporary files and its report.
    made: Made,
}

impl Gate {
    /// Finds the CLI of a directory. `arguments` come after ours; credentials are never among them.
    ///
    /// # Errors
    /// There is no CLI, or no configuration.
    pub fn new(
        folder: &Folder,
        mode: Mode<'_>,
        arguments: &[String],
        inherited: &Variables,
    ) -> Result<Self, MakeError> {
        let dir = resolve(&folder.dir)?;
        let cwd = resolve(folder.cwd.as_ref().unwrap_or(&folder.dir))?;
        let cli = find(&folder.dir)?;
        cli.check(mode)?;
        let config = configuration(folder, &dir)?;
        let made = Made::empty()?;
        let mut variables =
            environment::of_child(folder, mode, inherited, &cwd, &made.tmp(), made.bundle());
        variables.remove(&OsString::from("ORCHESTRATE_BUNDLE_FILE"));
        variables.insert(REPORT.into(), made.answer().into());
        let mut command = vec![
            cli.program.to_string_lossy().into_owned(),
            "test".to_owned(),
            config_flag(&config, &dir, &cwd)
                .to_string_lossy()
                .into_owned(),
            // Old versions accept only one.
            "--reporter=github".to_owned(),
        ];
        command.extend_from_slice(arguments);
        Ok(Self {
            command: HookCommand { command, dir: cwd },
            variables,
            made,
        })
    }

    /// The CLI's report in Markdown, without secrets; empty if no check was run.
    pub fn report(&self, keys: &[Secret]) -> Option<String> {
        let mut start = vec![];
        let file = File::open(self.made.answer()).ok()?;
        file.take(LONGEST).read_to_end(&mut start).ok()?;
        let text = String::from_utf8_lossy(&start);
        // Drop a truncated line.
        let whole = match start.len() as u64 == LONGEST {
            true => text.rsplit_once('\n').map_or("", |(whole, _)| whole),
            false => &text,
        };
        let text = Secrets::of(&self.variables, keys).hide(whole);
        (!text.trim().is_empty()).then_some(text)
    }
}
