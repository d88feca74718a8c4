//! `orchestrate sandbox`: serves the deploy API on loopback until it is told to stop.

use super::Exit;
use super::args::SandboxArgs;
use super::out_file::OutFile;
use super::say::say;
use super::signals;
use crate::sandbox::{Accounts, Options, Sandbox, Script};
use futures::StreamExt;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

pub(super) fn main(args: &SandboxArgs) -> Exit {
    match run(args) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn run(args: &SandboxArgs) -> Result<Exit, Exit> {
    let options = Options {
        time_scale: args.time_scale,
        script: args.script.as_deref().map(script).transpose()?,
        accounts: accounts(args.seed.as_deref(), args.state.as_deref())?,
        ..Options::default()
    };
    let open = |path| state("--state", path);
    let state = args.state.as_deref().map(open).transpose()?;
    actix::System::new().block_on(async {
        let sandbox = serve(args, options).await.map_err(|error| {
            let port = args.port;
            say(&format!(
                "error: the sandbox cannot be served on 127.0.0.1:{port}: {error}\nhelp: another port may be free: --port 0 takes one"
            ));
            Exit::FAILURE
        })?;
        state.map_or(Ok(()), |state| keep(&sandbox, state))?;
        Ok(Exit::SUCCESS)
    })
}

/// Reads what the accounts have at the start: from the state, where an earlier sandbox has left one, else from the seed. What is
/// wrong with it has been shown when this fails.
pub(super) fn accounts(seed: Option<&Path>, state: Option<&Path>) -> Result<Accounts, Exit> {
    let left = state.filter(|state| state.exists());
    let Some(path) = left.or(seed) else {
        return Ok(Accounts::default());
    };
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        say(&format!("error: {shown} cannot be read: {error}"));
        Exit::INVALID
    })?;
    text.parse().map_err(|error| {
        say(&format!(
            "error: {shown} does not say what accounts have\n{error}\nhelp: docs/sandbox.md shows the format"
        ));
        Exit::INVALID
    })
}

/// The file in which a sandbox leaves what it has. Why it cannot be written has been shown when this fails.
pub(super) fn state(flag: &'static str, path: &Path) -> Result<OutFile, Exit> {
    let opened = OutFile::open(flag, path).map(OutFile::keep_older);
    opened.map_err(|error| {
        say(&format!("error: {error}"));
        Exit::USAGE
    })
}

/// Leaves what the sandbox has. What went wrong has been shown when this fails.
pub(super) fn keep(sandbox: &Sandbox, state: OutFile) -> Result<(), Exit> {
    let json = sandbox.accounts().to_json();
    state.write(json.as_bytes()).map_err(|error| {
        say(&format!("error: {error}"));
        Exit::FAILURE
    })
}

/// Reads a script of faults. What is wrong with it has been shown when this fails.
pub(super) fn script(path: &Path) -> Result<Script, Exit> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        say(&format!(
            "error: {} cannot be read: {error}",
            path.display()
        ));
        Exit::INVALID
    })?;
    text.parse().map_err(|error| {
        say(&format!(
            "error: {} is no script of faults\n{error}",
            path.display()
        ));
        Exit::INVALID
    })
}

/// Serves until a signal comes.
async fn serve(args: &SandboxArgs, options: Options) -> io::Result<Sandbox> {
    let mut signals = signals::listen()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port))?;
    let sandbox = Sandbox::serve(listener, options)?;
    let url = sandbox.url();
    let end = match &args.state {
        None => "with it goes what was deployed".to_owned(),
        Some(state) => format!("{} keeps what was deployed", state.display()),
    };
    say(&format!(
        "The sandbox serves the deploy API on {url}; Ctrl-C stops it, and {end}.\n\
         \n  orchestrate --api-url {url} --config projects.toml\n  \
         CHECKLY_ENV=local CHECKLY_API_URL={url} CHECKLY_ACCOUNT_ID=sandbox CHECKLY_API_KEY=sandbox npx checkly deploy --force\n"
    ));
    signals.next().await;
    Ok(sandbox)
}

#[cfg(test)]
mod tests {
    use super::super::args::Cli;
    use super::*;
    use clap::Parser;
    use clap::error::ErrorKind;

    #[test]
    fn a_script_for_the_sandbox_of_a_deployment_wants_that_sandbox() {
        let parse = |line: &str| Cli::try_parse_from(line.split(' '));
        let missing = parse("o deploy --sandbox-script faults.toml").unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::MissingRequiredArgument);
        assert!(parse("o --sandbox-script faults.toml --sandbox").is_ok());
        assert!(parse("o sandbox --script faults.toml").is_ok());
    }

    #[test]
    fn a_script_that_cannot_be_read_or_played_is_invalid() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("faults.toml");
        assert_eq!(script(&path).err(), Some(Exit::INVALID));
        std::fs::write(&path, "[[rule]]\nfault = \"clsoe\"\n").unwrap();
        assert_eq!(script(&path).err(), Some(Exit::INVALID));
        std::fs::write(&path, "[[rule]]\nfault = \"close\"\n").unwrap();
        assert!(script(&path).is_ok());
    }
}
