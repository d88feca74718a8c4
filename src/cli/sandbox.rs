//! `orchestrate sandbox`: serves the deploy API on loopback until it is told to stop.

use super::Exit;
use super::args::SandboxArgs;
use super::load::say;
use super::signals;
use crate::sandbox::{Options, Sandbox};
use futures::StreamExt;
use std::io;
use std::net::{Ipv4Addr, TcpListener};

pub(super) fn main(args: &SandboxArgs) -> Exit {
    match actix::System::new().block_on(serve(args)) {
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

async fn serve(args: &SandboxArgs) -> io::Result<()> {
    let mut signals = signals::listen()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port))?;
    let options = Options {
        pace: args.pace.pace,
        ..Options::default()
    };
    let sandbox = Sandbox::serve(listener, options)?;
    let url = sandbox.url();
    say(&format!(
        "The sandbox serves the deploy API on {url}; Ctrl-C stops it, and with it goes what was deployed.\n\
         \n  orchestrate --api-url {url} --config projects.toml\n  \
         CHECKLY_ENV=local CHECKLY_API_URL={url} CHECKLY_ACCOUNT_ID=sandbox CHECKLY_API_KEY=sandbox npx checkly deploy\n"
    ));
    signals.next().await;
    Ok(())
}
