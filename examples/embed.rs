//! A run from another program: the shop of `examples/monorepo`, deployed to a sandbox in this process, with a reporter
//! that prints one line for every project that ended.
//!
//! `cargo run --example embed`

#![allow(clippy::print_stdout)] // printing is what this program is for

use orchestrate::manifest::{self, Overrides, Request, Source};
use orchestrate::sandbox::{Options, Sandbox};
use orchestrate::ui::problem;
use orchestrate::{Event, Identity, Reporter, RunEvent};
use std::error::Error;

const MANIFEST: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/examples/monorepo/projects.toml"
);

/// Hears every event of a run, and cares for one kind.
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
    let options = Options {
        time_scale: 0.1, // a tenth of the usual time
        ..Options::default()
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
    let plan = manifest::load(&request)
        .and_then(|manifest| orchestrate::plan(&manifest, &env))
        .map_err(|problems| problem::render(&problems, false, 100))?;

    let identity = Identity::from_env(&env);
    let interrupts = futures::stream::pending(); // nobody ends this run early
    let report =
        orchestrate::execute(plan, &identity, vec![Box::new(OneLineEach)], interrupts).await?;

    for (result, count) in &report.counts {
        println!("{count} {result}");
    }
    Ok(())
}
