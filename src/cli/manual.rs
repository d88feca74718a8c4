//! `orchestrate completions`, `man`, and `schema`: generated from the flags, the keys of the manifest, and the types of events.

use super::Exit;
use super::args::{Cli, CompletionsArgs, ENVIRONMENT, EXIT_CODES, ManArgs, SchemaArgs};
use super::console::{failing, print, say};
use super::values::SchemaOf;
use crate::manifest;
use crate::model::{event_schema, report_schema};
use crate::os_error::plain;
use crate::words;
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};
use std::fs;
use std::io;
use std::path::Path;

pub(super) fn completions(args: &CompletionsArgs) -> Result<Exit, Exit> {
    let mut script = vec![];
    clap_complete::generate(args.shell, &mut Cli::command(), "orchestrate", &mut script);
    print(&String::from_utf8_lossy(&script))
}

pub(super) fn man(args: &ManArgs) -> Result<Exit, Exit> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let Some(directory) = &args.output_dir else {
        // Cannot fail: writing to memory succeeds.
        let page = page(&Man::new(command)).unwrap_or_default();
        return print(&String::from_utf8_lossy(&page));
    };
    let shown = directory.display();
    let pages = write(&command, directory)
        .map_err(|error| {
            format!(
                "--output-dir {shown}: cannot write the pages: {}",
                plain(&error)
            )
        })
        .map_err(failing(Exit::FAILURE))?;
    say(&format!(
        "Wrote {} to {shown}.",
        words::count(pages, "page")
    ));
    Ok(Exit::SUCCESS)
}

pub(super) fn schema(args: &SchemaArgs) -> Result<Exit, Exit> {
    match args.of {
        SchemaOf::Manifest => print(&manifest::json_schema()),
        SchemaOf::Events => print(&event_schema()),
        SchemaOf::Report => print(&report_schema()),
    }
}

/// Writes a page for a command and each of its subcommands; returns their number.
fn write(command: &Command, directory: &Path) -> io::Result<usize> {
    fs::create_dir_all(directory)?;
    let man = Man::new(command.clone());
    fs::write(directory.join(man.get_filename()), page(&man)?)?;
    let mut pages = 1;
    for command in command.get_subcommands() {
        pages += write(command, directory)?;
    }
    Ok(pages)
}

/// A page in the order of `man-pages(7)`.
fn page(man: &Man) -> io::Result<Vec<u8>> {
    let mut page = vec![];
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    man.render_subcommands_section(&mut page)?;
    let mut rest = Roff::new();
    rest.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in EXIT_CODES {
        rest.control("TP", []);
        rest.text([roman(code)]);
        rest.text([roman(meaning.replace('\n', " "))]);
    }
    rest.control("SH", ["ENVIRONMENT"]);
    rest.text([roman(ENVIRONMENT)]);
    rest.to_writer(&mut page)?;
    Ok(page)
}
