//! `orchestrate sandbox`: serves the deploy API on loopback until a signal.

use super::Exit;
use super::args::SandboxArgs;
use super::console::{failing, say};
use super::flags::InProcessArgs;
use super::out_file::{Older, OutFile};
use super::signals;
use crate::os_error::plain;
use crate::sandbox::{Accounts, Options, Sandbox, Script};
use futures::StreamExt;
use std::fmt::Display;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::str::FromStr;

pub(super) fn main(args: &SandboxArgs) -> Result<Exit, Exit> {
    let files = InProcessArgs {
        time_scale: Some(args.time_scale),
        sandbox_script: args.script.clone(),
        sandbox_seed: args.seed.clone(),
        sandbox_state: args.state.clone(),
    };
    let (options, state) = prepare(&files, "--state")?;
    actix::System::new().block_on(async {
        let sandbox = serve(args, options).await?;
        state.map_or(Ok(()), |state| keep(&sandbox, state))?;
        Ok(Exit::SUCCESS)
    })
}

/// Reads the files of a sandbox and opens its state file, which `state_flag` names. Shows errors itself.
pub(super) fn prepare(
    args: &InProcessArgs,
    state_flag: &'static str,
) -> Result<(Options, Option<OutFile>), Exit> {
    let (seed, state) = (args.sandbox_seed.as_deref(), args.sandbox_state.as_deref());
    let open = |path| OutFile::open(state_flag, path, Older::Kept);
    let file = state.map(open).transpose().map_err(failing(Exit::USAGE))?;
    let path = args.sandbox_script.as_deref();
    let defaults = Options::default();
    let options = Options {
        time_scale: args.time_scale.unwrap_or(defaults.time_scale),
        script: path.map_or(Ok(Script::default()), script)?,
        accounts: accounts(seed, state)?,
        ..defaults
    };
    Ok((options, file))
}

/// Loads the accounts from the state of an earlier sandbox, or else from the seed.
fn accounts(seed: Option<&Path>, state: Option<&Path>) -> Result<Accounts, Exit> {
    let left = state.filter(|state| state.exists());
    let Some(path) = left.or(seed) else {
        return Ok(Accounts::default());
    };
    parsed(path, "a seed or state file")
}

/// Reads a file of the sandbox; `what` names what it should be.
fn parsed<T: FromStr<Err: Display>>(path: &Path, what: &str) -> Result<T, Exit> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read {shown}: {}", plain(&error)))
        .map_err(failing(Exit::INVALID))?;
    let invalid = |error| {
        format!("{shown} is not {what}\n{error}\nhelp: docs/sandbox.md describes the format")
    };
    text.parse()
        .map_err(invalid)
        .map_err(failing(Exit::INVALID))
}

/// Saves the accounts of the sandbox. Shows errors itself.
pub(super) fn keep(sandbox: &Sandbox, state: OutFile) -> Result<(), Exit> {
    let json = sandbox.accounts().to_json();
    state.write(json.as_bytes()).map_err(failing(Exit::FAILURE))
}

/// Reads a fault script.
fn script(path: &Path) -> Result<Script, Exit> {
    parsed(path, "a valid fault script")
}

/// Serves until a signal comes.
async fn serve(args: &SandboxArgs, options: Options) -> Result<Sandbox, Exit> {
    let mut signals = signals::listen()?;
    let port = args.port;
    let sandbox = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .and_then(|listener| Sandbox::serve(listener, options))
        .map_err(|error| format!("cannot serve the sandbox on 127.0.0.1:{port}: {}\nhelp: --port 0 picks a free port", plain(&error)))
        .map_err(failing(Exit::FAILURE))?;
    let url = sandbox.url();
    let credentials = "CHECKLY_ACCOUNT_ID=sandbox CHECKLY_API_KEY=sandbox";
    let end = match &args.state {
        None => "Its contents are not saved".to_owned(),
        Some(state) => format!("Its contents are then saved to {}", state.display()),
    };
    say(&format!(
        "The sandbox serves the deploy API on {url}; press Ctrl-C to stop it. {end}.\n\
         \n  {credentials} orchestrate --api-url {url}\n  \
         CHECKLY_ENV=local CHECKLY_API_URL={url} {credentials} npx checkly deploy --force\n"
    ));
    signals.next().await;
    Ok(sandbox)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_or_malformed_fault_script_is_invalid() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("faults.toml");
        assert_eq!(script(&path).err(), Some(Exit::INVALID));
        std::fs::write(&path, "[[rule]]\nfault = \"clsoe\"\n").unwrap();
        assert_eq!(script(&path).err(), Some(Exit::INVALID));
        std::fs::write(&path, "[[rule]]\nfault = \"close\"\n").unwrap();
        assert!(script(&path).is_ok());
    }
}
