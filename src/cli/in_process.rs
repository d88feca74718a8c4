//! The sandbox that `--sandbox` runs in this process for the duration of a command.

use super::Exit;
use super::console::say;
use super::flags::{InProcessArgs, TargetArgs};
use super::out_file::OutFile;
use super::sandbox::{self, SandboxFiles};
use crate::api::Network;
use crate::run::Plan;
use crate::sandbox::Sandbox;

/// The sandbox of this process; empty without `--sandbox`.
pub(super) struct InProcess {
    sandbox: Option<Sandbox>,
    /// The file for the contents of its accounts.
    state: Option<OutFile>,
}

/// Runs a command, with a sandbox if `--sandbox` is given.
pub(super) fn within(
    target: &TargetArgs,
    args: &InProcessArgs,
    command: impl AsyncFnOnce(&InProcess) -> Result<Exit, Exit>,
) -> Result<Exit, Exit> {
    actix::System::new().block_on(async {
        let own = InProcess::start(target, args)?;
        let ended = command(&own).await;
        Ok(own.finish(ended))
    })
}

impl InProcess {
    fn start(target: &TargetArgs, args: &InProcessArgs) -> Result<Self, Exit> {
        if !target.sandbox {
            let (sandbox, state) = (None, None);
            return Ok(Self { sandbox, state });
        }
        let (options, state) = sandbox::prepare(&SandboxFiles {
            time_scale: args.time_scale,
            script: args.sandbox_script.as_deref(),
            seed: args.sandbox_seed.as_deref(),
            state: args.sandbox_state.as_deref(),
            state_flag: "--sandbox-state",
        })?;
        let started = Sandbox::start(options).map_err(|error| {
            say(&format!(
                "error: cannot serve the sandbox on 127.0.0.1: {error}"
            ));
            Exit::INTERNAL
        })?;
        Ok(Self {
            sandbox: Some(started),
            state,
        })
    }

    /// Never through a proxy.
    pub(super) fn connect(&self, plan: &mut Plan) {
        if self.sandbox.is_some() {
            plan.network = Network::default();
        }
    }

    /// Its URL.
    pub(super) fn url(&self) -> Option<String> {
        let sandbox = self.sandbox.as_ref()?;
        Some(sandbox.url().to_owned())
    }

    /// Saves its accounts, however the command ended.
    fn finish(self, ended: Result<Exit, Exit>) -> Exit {
        let (Ok(exit) | Err(exit)) = ended;
        let (Some(sandbox), Some(state)) = (self.sandbox, self.state) else {
            return exit;
        };
        match sandbox::keep(&sandbox, state) {
            Ok(()) => exit,
            Err(_) => exit.or_failure(),
        }
    }
}
