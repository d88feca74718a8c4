//! Prepares a project's `checkly test`, which runs before its deployment.

use super::Mode;
use super::error::BundlingError;
use super::job::{Setup, config_flag, installed};
use super::output::BundleOutput;
use crate::model::{Directory, HookCommand, Secret};
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
pub struct TestRun {
    /// `checkly test`, to run where the project is bundled.
    pub command: HookCommand,
    /// All of its variables, the same as for bundling.
    pub variables: Variables,
    /// The directory of its temporary files and its report.
    output: BundleOutput,
}

impl TestRun {
    /// Finds the CLI of a directory. `arguments` come after ours; credentials are never among them.
    ///
    /// # Errors
    /// There is no CLI, or no configuration.
    pub fn new(
        directory: &Directory,
        mode: Mode<'_>,
        arguments: &[String],
        inherited: &Variables,
    ) -> Result<Self, BundlingError> {
        let Setup {
            dir,
            cwd,
            output,
            mut variables,
        } = Setup::new(directory, mode, inherited)?;
        let (cli, config) = installed(directory, &dir, mode)?;
        variables.remove(&OsString::from("ORCHESTRATE_BUNDLE_FILE"));
        variables.insert(REPORT.into(), output.stdout().into());
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
            output,
        })
    }

    /// The CLI's report in Markdown, without secrets; empty if no check was run.
    pub fn report(&self, keys: &[Secret]) -> Option<String> {
        let mut start = vec![];
        let file = File::open(self.output.stdout()).ok()?;
        file.take(LONGEST).read_to_end(&mut start).ok()?;
        let text = String::from_utf8_lossy(&start);
        // Drop a truncated line.
        let whole = if start.len() as u64 == LONGEST {
            text.rsplit_once('\n').map_or("", |(whole, _)| whole)
        } else {
            &text
        };
        let text = Secrets::of(&self.variables, keys).hide(whole);
        (!text.trim().is_empty()).then_some(text)
    }
}
