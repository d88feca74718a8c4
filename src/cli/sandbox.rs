//! `orchestrate sandbox`: serves the deploy API on loopback until it is told to stop.

use super::Exit;
use super::args::SandboxArgs;
use super::say::say;
use super::signals;
use crate::sandbox::{Options, Sandbox, Script};
use futures::StreamExt;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

pub(super) fn main(args: &SandboxArgs) -> Exit {
    let script = match args.script.as_deref().map(script).transpose() {
        Ok(script) => script,
        Err(exit) => return exit,
    };
    match actix::System::new().block_on(serve(args, script)) {
        Ok(()) => Exit::SUCCESS,
        Err(error) => {
            let port = args.port;
            say(&format!(
                "error: the sandbox cannot be served on 127.0.0.1:{port}: {error}\nhelp: another port may be free: --port 0 takes one"
            ));
            Exit::FAILURE
        }
    }
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

async fn serve(args: &SandboxArgs, script: Option<Script>) -> io::Result<()> {
    let mut signals = signals::listen()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port))?;
    let options = Options {
        pace: args.pace,
        script,
        ..Options::default()
    };
    let sandbox = Sandbox::serve(listener, options)?;
    let url = sandbox.url();
    say(&format!(
        "The sandbox serves the deploy API on {url}; Ctrl-C stops it, and with it goes what was deployed.\n\
         \n  orchestrate --api-url {url} --config projects.toml\n  \
         CHECKLY_ENV=local CHECKLY_API_URL={url} CHECKLY_ACCOUNT_ID=sandbox CHECKLY_API_KEY=sandbox npx checkly deploy --force\n"
    ));
    signals.next().await;
    Ok(())
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
