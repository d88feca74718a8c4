//! The commands that run before and after a deployment or a run.

use super::project::here;
use super::project_table::ProjectTable;
use super::settings::Settings;
use super::value::{Node, Table, Value, items, sub};
use crate::model::{Diagnostic, Hook, HookCommand, Hooks};
use crate::os_error::plain;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The hooks of a project. Each runs in the directory of the file that sets it.
pub(super) fn of_project(
    table: &ProjectTable,
    settings: &Settings,
    diagnostics: &mut Vec<Diagnostic>,
) -> Hooks {
    Hooks {
        test: test(&table.merged),
        credentials: settings.hook_credentials,
        ..read(
            &table.merged,
            settings.hooks.timeout,
            table.is_needed,
            diagnostics,
        )
    }
}

/// The additional arguments of its test; `None` if it is not tested.
fn test(project: &Table) -> Option<Vec<String>> {
    let arguments = match &project.get("test")?.value {
        Value::Bool(true) => &[],
        Value::Table(table) => items(table, "args"),
        _ => return None,
    };
    let arguments = arguments.iter().filter_map(Node::text);
    Some(arguments.map(str::to_owned).collect())
}

/// The commands under `hooks` of a project or a run. If they are needed, their files are checked.
pub(super) fn read(
    table: &Table,
    timeout: Duration,
    is_needed: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Hooks {
    let mut command = |hook: Hook| {
        let node = sub(table, "hooks")?.get(hook.as_str())?;
        let command = HookCommand {
            command: node.texts().map(str::to_owned).collect(),
            dir: absolute(&node.file.dir),
        };
        let first = node.items().first()?;
        let name = command.command.first()?;
        if !is_needed || !name.contains('/') {
            return Some(command);
        }
        let Some((why, help)) = fault(&command) else {
            return Some(command);
        };
        let quoted = first.file.quote(first.span.clone());
        diagnostics.push(
            Diagnostic::new(format!("cannot run the {hook} hook {quoted}: {why}"))
                .at(first.place())
                .help(help),
        );
        None
    };
    Hooks {
        pre: command(Hook::Pre),
        post: command(Hook::Post),
        on_failure: command(Hook::OnFailure),
        timeout,
        ..Hooks::default()
    }
}

/// Absolute, since systems differ in how they combine a relative program with another working directory.
pub(super) fn absolute(dir: &Path) -> PathBuf {
    let dir = here(dir);
    std::path::absolute(&dir).unwrap_or(dir)
}

/// Why a file cannot be run, and advice.
fn fault(command: &HookCommand) -> Option<(String, &'static str)> {
    let mut help = "a relative path starts at the directory of this file";
    let why = match command.program().metadata() {
        Ok(about) if !about.is_file() => "it is not a file".to_owned(),
        Ok(about) if about.permissions().mode() & 0o111 == 0 => {
            help = "make it executable (chmod +x), or name its interpreter: [\"sh\", \"…\"]";
            "it is not executable".to_owned()
        }
        Ok(_) => return None,
        Err(error) => plain(&error),
    };
    Some((why, help))
}
