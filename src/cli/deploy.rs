//! `orchestrate deploy`: load, plan, confirm, deploy, report.

use super::approval::{Destinations, approval, approver, explain};
use super::args::{DeployArgs, PreviewArgs};
use super::console::say;
use super::in_process::{self, InProcess};
use super::load;
use super::output::Output;
use super::prompt::PromptContext;
use super::{Exit, journal, preview, reuse, run};
use crate::guard::SavedPlan;
use crate::model::Reporter;
use crate::model::api_url::loopback;
use crate::os_error::plain;
use crate::run::{EarlierRun, Plan, Refused};
use crate::ui::Facts;
use std::ffi::OsString;
use std::path::Path;

/// Starts a deployment: `arguments` is the command line as typed, and `flags` what a resumed run keeps of it. Or finishes an
/// earlier one.
pub(super) fn main(
    args: DeployArgs,
    arguments: &[OsString],
    flags: &[String],
    earlier: Option<EarlierRun>,
) -> Result<Exit, Exit> {
    if args.safety.preview && earlier.is_none() {
        return preview::main(&PreviewArgs {
            plan: args.plan,
            reuse: args.reuse,
            keep: args.safety.keep,
            takeover: args.safety.takeover,
            state: args.runs.state,
            report: args.report,
        });
    }
    let deploy = async |own: &InProcess| deploy(&args, own, arguments, flags, earlier).await;
    in_process::within(&args.plan.target, &args.plan.in_process, deploy)
}

async fn deploy(
    args: &DeployArgs,
    own: &InProcess,
    arguments: &[OsString],
    flags: &[String],
    earlier: Option<EarlierRun>,
) -> Result<Exit, Exit> {
    let confirm_command = run::confirm_command("deploy", arguments, earlier.as_ref());
    let files = run::open_report_files(&args.report.output)?;
    let saved = args.safety.plan.as_deref().map(read).transpose()?;
    let (mut plan, ..) = run::plan(
        &args.plan,
        &args.safety.takeover,
        &args.report.common,
        own,
        args.overrides(),
        earlier.as_ref(),
        saved.as_ref(),
    )?;
    // A trial must not page anyone unless requested.
    if args.safety.no_hooks || args.plan.target.sandbox && !args.safety.sandbox_hooks {
        let is_quiet = args.safety.no_hooks || args.report.output.quiet;
        if !is_quiet && plan.has_hooks() {
            say("Skipping hooks: the target is a sandbox. Use --sandbox-hooks to run them.");
        }
        plan.forget_hooks();
    }
    skip_tests(&mut plan, args);
    let output = Output::new(&args.report.output, &args.report.common);
    let is_asked = args.reuse.skip_unchanged;
    let history = reuse::history(&args.plan.target, &args.runs.state, true, is_asked);
    plan.reuse.history.clone_from(&history);
    plan.reuse.skip_unchanged = args.reuse.skip_unchanged;
    plan.approval = approval(args, &plan, saved.clone(), history.as_ref());
    let context = PromptContext::after_reading(&args.plan.input);
    let color = Facts::of_stderr().color(args.report.common.color);
    let approver = approver(context, color, output.writer());
    let destinations =
        history.map(|history| -> Box<dyn Reporter> { Box::new(Destinations::of(&plan, &history)) });
    let held = journal::session(&args.runs, &args.plan.target, &plan, earlier, flags).await?;
    let (mut session, _hold) = held;
    session.reporters = destinations.into_iter().collect();
    session.approver = approver;
    let explain = |refused: &Refused| explain(refused, args, saved.as_ref(), &confirm_command);
    let executed = run::execute(plan, session, files, output, explain).await;
    executed.map(|(_, exit)| exit)
}

/// Removes tests if `--no-tests` is given or the target is a sandbox: an API on this machine that runs no checks. Checkly's
/// own developers set `CHECKLY_MQTT_URL` for a local API that does.
fn skip_tests(plan: &mut Plan, args: &DeployArgs) {
    let is_local = loopback(&plan.api_url).is_some() && load::env("CHECKLY_MQTT_URL").is_none();
    if !plan.has_tests() || !(is_local || args.safety.no_tests) {
        return;
    }
    if !args.safety.no_tests && !args.report.output.quiet {
        say(&format!(
            "Skipping tests: {} is a sandbox, which runs no checks.",
            plan.api_url
        ));
    }
    plan.forget_tests();
}

/// Reads a plan written by `preview --out`.
fn read(path: &Path) -> Result<SavedPlan, Exit> {
    let json = std::fs::read(path).map_err(|error| plain(&error));
    let plan = json.and_then(|json| SavedPlan::from_json(&json));
    let plan = plan.map_err(|why| {
        say(&format!("error: --plan {}: {why}", path.display()));
        Exit::INVALID
    })?;
    if plan.projects.is_empty() {
        say(&format!(
            "error: --plan {}: the plan contains no projects",
            path.display()
        ));
        return Err(Exit::EMPTY);
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::super::args::Cli;
    use super::super::parse::variable;
    use crate::hooks::NAMES;
    use clap::{Command, CommandFactory};

    #[test]
    fn hook_variables_and_flag_variables_do_not_overlap() {
        let command = Cli::command();
        let commands = [&command].into_iter().chain(command.get_subcommands());
        let flags: Vec<_> = commands
            .flat_map(Command::get_arguments)
            .filter_map(variable)
            .collect();
        assert!(flags.iter().any(|flag| *flag == "ORCHESTRATE_NO_HOOKS"));
        for name in NAMES {
            assert!(flags.iter().all(|flag| *flag != name), "{name}");
        }
    }
}
