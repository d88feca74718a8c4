//! The commands that run before and after a deployment or a run.

use super::document::Document;
use super::layers::Layers;
use super::origin::here;
use super::value::{Node, Table, Value, sub};
use crate::model::{Diagnostic, Hook, HookCommand, Hooks};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

/// The hooks of a project, without its directory. Each key comes from the strongest table that has it and runs in the
/// directory of that table's file.
pub(super) fn of_project(
    layers: Layers<'_>,
    project: &Table,
    timeout: Duration,
    diagnostics: &mut Vec<Diagnostic>,
) -> Hooks {
    let mut command = |hook: Hook| {
        let mut tables = layers.of(project);
        let found = tables.find_map(|(document, table)| {
            Some((document, sub(table, "hooks")?.get(hook.as_str())?))
        });
        let (document, node) = found?;
        read(hook, document, node, diagnostics)
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

/// The additional arguments of its test; `None` if it is not tested.
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

/// The hooks of the run.
pub(super) fn of_run(
    root: &Document<'_>,
    timeout: Duration,
    diagnostics: &mut Vec<Diagnostic>,
) -> Hooks {
    let mut command = |hook: Hook| {
        let node = sub(&root.table, "hooks")?.get(hook.as_str())?;
        read(hook, root, node, diagnostics)
    };
    Hooks {
        pre: command(Hook::Pre),
        post: command(Hook::Post),
        on_failure: command(Hook::OnFailure),
        timeout,
        ..Hooks::default()
    }
}

/// One command; `None` after a reported mistake.
fn read(
    hook: Hook,
    document: &Document<'_>,
    node: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<HookCommand> {
    let words = node.items().iter().filter_map(Node::text);
    let command: Vec<String> = words.map(str::to_owned).collect();
    let (first, name) = (node.items().first()?, command.first()?);
    // Absolute, since systems differ in how they combine a relative program with another working directory.
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
        diagnostics.push(
            Diagnostic::new(format!("cannot run the {hook} hook {quoted}: {why}"))
                .at(document.file.place(first.span.clone()))
                .help(help),
        );
        return None;
    }
    Some(command)
}

/// Why a file cannot be run, with advice.
fn fault(command: &HookCommand) -> Option<(String, &'static str)> {
    let help = "a relative path starts at the directory of this file";
    match command.program().metadata() {
        Ok(about) if !about.is_file() => Some(("it is not a file".to_owned(), help)),
        Ok(about) if about.permissions().mode() & 0o111 == 0 => Some((
            "it is not executable".to_owned(),
            "make it executable (chmod +x), or name its interpreter: [\"sh\", \"…\"]",
        )),
        Ok(_) => None,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Some(("there is no such file".to_owned(), help))
        }
        Err(error) => Some((error.to_string(), help)),
    }
}
