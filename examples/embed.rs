//! A run from another program: deploys `examples/monorepo` to a sandbox in this process, with a reporter that prints a
//! line for each finished project.
//!
//! `cargo run --example embed`

#![allow(clippy::print_stdout)] // an example prints

use orchestrate::{
    Event, Identity, Overrides, Reporter, Request, RunEvent, Sandbox, SandboxOptions, Source,
    render_diagnostics,
};
use std::error::Error;

const MANIFEST: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/examples/monorepo/projects.toml"
);

/// Receives every event of a run and prints one kind.
struct OneLineEach;

impl Reporter for OneLineEach {
    fn event(&mut self, event: &RunEvent) {
        if let Event::Finished(row) = &event.event {
            let changes = row.changes.len();
            println!("{:20} {} ({changes} changes)", row.name, row.result);
        }
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
        env: &env,
    };
    let plan = orchestrate::load(&request)
        .and_then(|manifest| orchestrate::plan(&manifest, &env))
        .map_err(|problems| render_diagnostics(&problems, false, 100))?;

    let identity = Identity::from_env(&env);
    let interrupts = futures::stream::pending(); // never interrupted
    let report =
        orchestrate::execute(plan, &identity, vec![Box::new(OneLineEach)], interrupts).await?;

    for (result, count) in &report.counts {
        println!("{count} {result}");
    }
    Ok(())
}
