//! Runs from another program: deploys `examples/monorepo` to a sandbox in this process, as safely as the program does. A preview
//! comes first, and would show deletions. The first run is refused, since it exceeds a limit; the second one is confirmed.
//!
//! `cargo run --example embed`

#![allow(clippy::print_stdout)] // an example prints

use futures::FutureExt;
use futures::future::ready;
use orchestrate::{
    Answer, Approval, Ask, Event, Identity, Overrides, Plan, Question, Reporter, Request, RunEvent,
    Sandbox, SandboxOptions, Session, Source, deletions, render_diagnostics,
};
use std::error::Error;

const MANIFEST: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/examples/monorepo/projects.toml"
);

/// Receives every event of a run and prints some.
struct Printer;

impl Reporter for Printer {
    fn event(&mut self, event: &RunEvent) {
        match &event.event {
            Event::RunPreviewed => println!("previewed"),
            Event::RunRefused(refusal) => println!("refused: {}", refusal.reason),
            Event::RunApproved { .. } => println!("approved"),
            Event::Finished(row) => {
                let changes = row.changes.len();
                println!("{:20} {} ({changes} changes)", row.name, row.result);
            }
            _ => {}
        }
    }
}

/// Answers what the user would be asked: a run may delete nothing.
fn answer(question: &Question) -> Answer {
    let deletions = deletions(&question.previewed).len();
    println!("{} projects, {deletions} deletions", question.projects);
    match deletions {
        0 => Answer::Yes,
        _ => Answer::No,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    actix::System::new().block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let options = SandboxOptions {
        time_scale: 0.1, // a tenth of the usual time
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::start(options)?;
    let env = |name: &str| std::env::var(name).ok();
    let request = Request {
        source: Source::File(MANIFEST.into()),
        profile: None,
        overrides: Overrides {
            api_url: Some(sandbox.url().to_owned()),
            ..Overrides::default()
        },
        sandbox: true, // no credentials needed
        needed: None,
        env: &env,
    };
    let mut plan = orchestrate::load(&request)
        .and_then(|manifest| orchestrate::plan(&manifest, &env))
        .map_err(|problems| render_diagnostics(&problems, false, 100))?;
    plan.approval = Approval {
        preview: true,
        ask: Ask::Always,
        ..Approval::default()
    };
    plan.budget.max_projects = Some(3);
    deploy(plan.clone()).await?;
    plan.budget.max_projects = None;
    deploy(plan).await
}

async fn deploy(plan: Plan) -> Result<(), Box<dyn Error>> {
    let identity = Identity::from_env(&|name| std::env::var(name).ok());
    let interrupts = futures::stream::pending(); // never interrupted
    let session = Session {
        approver: Box::new(|question| ready(answer(&question)).boxed_local()),
        reporters: vec![Box::new(Printer)],
        ..Session::default()
    };
    let ran = orchestrate::execute(plan, &identity, session, interrupts).await?;
    println!("exit code {}", ran.report.exit_code);
    Ok(())
}
