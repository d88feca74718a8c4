//! The commands that run before and after a deployment, or a run.

use super::document::Document;
use super::layers::Layers;
use super::origin::here;
use super::value::{Node, Table, Value, sub};
use crate::model::{Hook, HookCommand, Hooks, Problem};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

/// Those of a project, but for what needs its folder: each key from the strongest table that has it, run in the folder of the file where it stands.
pub(super) fn of_project(
    layers: Layers<'_>,
    project: &Table,
    timeout: Duration,
    problems: &mut Vec<Problem>,
) -> Hooks {
    let mut command = |hook: Hook| {
        let mut tables = layers.of(project);
        let found = tables.find_map(|(document, table)| {
            Some((document, sub(table, "hooks")?.get(hook.as_str())?))
        });
        let (document, node) = found?;
        read(hook, document, node, problems)
    };
    Hooks {
        pre: command(Hook::Pre),
        post: command(Hook::Post),
        on_failure: command(Hook::OnFailure),
        test: test(layers, project),
        timeout,
        credentials: false,
        folder: None,
    }
}

/// The further arguments of its test; `None` where it is not tested.
fn test(layers: Layers<'_>, project: &Table) -> Option<Vec<String>> {
    let (_, node) = layers.find(project, "test")?;
    let arguments = match &node.value {
        Value::Bool(true) => &[],
        Value::Table(table) => table.get("args").map_or(&[][..], Node::items),
        _ => return None,
    };
    let arguments = arguments.iter().filter_map(Node::text);
    Some(arguments.map(str::to_owned).collect())
}

/// Those of the run.
pub(super) fn of_run(root: &Document<'_>, timeout: Duration, problems: &mut Vec<Problem>) -> Hooks {
    let mut command = |hook: Hook| {
        let node = sub(&root.table, "hooks")?.get(hook.as_str())?;
        read(hook, root, node, problems)
    };
    Hooks {
        pre: command(Hook::Pre),
        post: command(Hook::Post),
        on_failure: command(Hook::OnFailure),
        timeout,
        ..Hooks::default()
    }
}

/// One command; `None` where what is wrong has been told.
fn read(
    hook: Hook,
    document: &Document<'_>,
    node: &Node,
    problems: &mut Vec<Problem>,
) -> Option<HookCommand> {
    let words = node.items().iter().filter_map(Node::text);
    let command: Vec<String> = words.map(str::to_owned).collect();
    let (first, name) = (node.items().first()?, command.first()?);
    // Absolute, since what a relative program means together with another working directory depends on the system.
    let dir = here(&document.file.dir);
    let dir = std::path::absolute(&dir).unwrap_or(dir);
    let command = HookCommand {
        command: command.clone(),
        dir,
    };
    if name.contains('/')
        && let Some((why, help)) = fault(&command)
    {
        let quoted = document.file.quote(first.span.clone());
        problems.push(
            Problem::new(format!("the {hook} hook {quoted} cannot be run: {why}"))
                .at(document.file.place(first.span.clone()))
                .help(help),
        );
        return None;
    }
    Some(command)
}

/// Why a file cannot be run, and what to do about it.
fn fault(command: &HookCommand) -> Option<(String, &'static str)> {
    let help = "a relative path starts from the folder of this file";
    match command.program().metadata() {
        Ok(about) if !about.is_file() => Some(("it is not a file".to_owned(), help)),
        Ok(about) if about.permissions().mode() & 0o111 == 0 => Some((
            "it is not executable".to_owned(),
            "make it executable (chmod +x), or name the program that reads it: [\"sh\", \"…\"]",
        )),
        Ok(_) => None,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Some(("there is no such file".to_owned(), help))
        }
        Err(error) => Some((error.to_string(), help)),
    }
}
