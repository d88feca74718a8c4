//! The sandbox that `--sandbox` runs in this process for the duration of a command.

use super::Exit;
use super::console::say;
use super::flags::{InProcessArgs, TargetArgs};
use super::load;
use super::out_file::OutFile;
use super::sandbox;
use crate::api::Network;
use crate::os_error::plain;
use crate::run::Plan;
use crate::sandbox::Sandbox;

/// The sandbox of this process; empty without `--sandbox`.
pub(super) struct InProcess {
    api_url: Option<String>,
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
            return Ok(Self {
                api_url: load::api_url(target),
                sandbox: None,
                state: None,
            });
        }
        let (options, state) = sandbox::prepare(args, "--sandbox-state")?;
        let started = Sandbox::start(options).map_err(|error| {
            say(&format!(
                "error: cannot serve the sandbox on 127.0.0.1: {}",
                plain(&error)
            ));
            Exit::INTERNAL
        })?;
        Ok(Self {
            api_url: Some(started.url().to_owned()),
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

    /// The URL of its API, or else the one that the flags name.
    pub(super) fn api_url(&self) -> Option<String> {
        self.api_url.clone()
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
