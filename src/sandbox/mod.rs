//! A local stand-in for the Checkly deploy API, to deploy to without an account.
//!
//! It serves the deploy protocol over HTTP/1.1 on the thread that starts it, and remembers in memory what was deployed.
//! `orchestrate --sandbox` runs it in the process, `orchestrate sandbox` on loopback for the real Checkly CLI
//! (`CHECKLY_ENV=local CHECKLY_API_URL=…`), and tests under virtual time: every timer is tokio's.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use orchestrate::sandbox::{Options, Sandbox};
//! let sandbox = Sandbox::start(Options::default())?;
//! println!("deploy to {}", sandbox.url());
//! # Ok(()) }
//! ```
//!
//! # What is simulated
//! - **State** per account id and project logical id, each account springing up when first named; [`Options::accounts`] says
//!   what they have at the start, [`Sandbox::accounts`] what they have now. Diffs are true:
//!   `CREATE`, `UPDATE` (changed or not), `DELETE`, or `DETACHED` with `preserveResources=true`. Physical ids are given once
//!   and kept over updates: UUIDs for checks, private locations and status pages, numbers for the rest.
//! - **Deployments** take 0.4 s plus 0.08 s a resource ([`Options::time_scale`]), at most 60 s: a tenth of it `PENDING`, the rest
//!   `RUNNING` in steps of 10 %. One at a time per project, else 409; a deletion counts as one. They apply at their
//!   end, all at once. One that is asked to cancel stands still, ends `CANCELLED` 0.2 s later, and applies nothing.
//!   A project remembers its last 100.
//! - **Waiting**: the event stream with a comment after 15 s of silence, and the long poll on `/completion`.
//! - **CLIs before 8.10** deploy and delete with one request (`/next-v2/projects/deploy`, `DELETE /next/projects/{id}`), which
//!   is answered when the deployment has ended.
//! - **Strictness**: unknown query parameters, malformed bodies, missing headers are refused as the API refuses them. An
//!   API key that starts with `invalid` gets 401, to rehearse bad credentials.
//! - What else the Checkly CLI knows: the account's projects, accounts, runtimes, private locations (those deployed here, also by other projects), uploads
//!   (swallowed), heartbeat checks (with a ping URL that leads nowhere).
//!
//! # What is not
//! - Nothing runs: no check, no schedule, no alert. `scheduleOnDeploy` is read and has no effect.
//! - References (`member: false`) are not looked up and are in no diff; `{"ref": …}` in payloads is not resolved, and
//!   payloads are not validated beyond being objects. So no deployment ends `FAILED`, unless a script says so.
//! - Dry runs do not conflict with a running deployment. (What the real API does is not known.)
//! - No plan limits, no rate limit unless a script sets one, no import plans, no downloads of uploads, no TLS, no HTTP/2.
//!
//! # What goes wrong on request
//! A [`Script`] says which requests meet which [`Fault`]: given at the start ([`Options::script`]) or over HTTP
//! (`POST /_sandbox/script`). `docs/sandbox.md` in the repository describes all of it.
//!
//! # For tests
//! [`Sandbox::requests`] shows what came in, [`Sandbox::intercept`] decides what becomes of each request,
//! [`Sandbox::start_blocker`] puts a deployment in the way.

mod accounts;
mod clock;
mod http;
mod options;
mod script;
mod state;
mod traffic;
mod world;

pub use accounts::{Accounts, AccountsError};
pub use options::Options;
pub use script::{
    BlockerEnd, BlockerFault, Break, CompleteFault, ConflictFault, FailFault, Fault, Kind,
    OnCancel, Script, ScriptError, Span, StallFault, StatusFault, Then, Until,
};
pub use traffic::{KnownDeployment, RecordedRequest, Reply};

use actix_rt::task::JoinHandle;
use state::State;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::rc::Rc;
use std::time::Duration;

/// A running sandbox. Dropping it closes its port and every connection, at the thread's next turn.
pub struct Sandbox {
    state: Rc<State>,
    url: String,
    server: JoinHandle<()>,
}

impl Sandbox {
    /// Serves on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// The system has no port to give.
    ///
    /// # Panics
    /// Outside an actix runtime.
    pub fn start(options: Options) -> io::Result<Self> {
        Self::serve(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?, options)
    }

    /// Serves on a listener that the caller has bound.
    ///
    /// # Errors
    /// The listener is no good.
    ///
    /// # Panics
    /// Outside an actix runtime.
    pub fn serve(listener: TcpListener, options: Options) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let url = format!("http://{}", listener.local_addr()?);
        let state = Rc::new(State::new(options));
        let server = actix_rt::spawn(http::serve(listener, Rc::clone(&state)));
        Ok(Self { state, url, server })
    }

    /// The base URL, without a slash at its end: `http://127.0.0.1:3000`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Closes the port and every connection, at the thread's next turn.
    pub fn stop(&self) {
        self.server.abort();
    }

    /// Every request so far, in the order in which they were read; empty unless [`Options::record`] is set.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state.log()
    }

    /// Shows every request from now on to `hook`, which may decide its reply; `None` lets it pass. Replaces an
    /// earlier hook.
    pub fn intercept(&self, hook: impl FnMut(&RecordedRequest) -> Option<Reply> + 'static) {
        self.state.set_hook(Box::new(hook));
    }

    /// What the sandbox knows of every deployment, in order of submission within a project.
    #[must_use]
    pub fn deployments(&self) -> Vec<KnownDeployment> {
        let now = self.state.clock.now();
        let known = self.state.world.borrow_mut().deployments(now);
        let known = known.into_iter();
        known
            .map(|(account, logical_id, snapshot)| KnownDeployment {
                account,
                logical_id,
                id: snapshot.id,
                status: snapshot.status.as_str().to_owned(),
                ended: snapshot.ended,
            })
            .collect()
    }

    /// What the accounts have now, to start another sandbox with. What is under way is left out.
    #[must_use]
    pub fn accounts(&self) -> Accounts {
        let (start, now) = (self.state.clock.start(), self.state.clock.now());
        self.state.world.borrow_mut().inventory(start, now)
    }

    /// Starts somebody else's deployment of `duration` (whatever the time scale), and returns its id; `None` when the project
    /// has one already. It deploys what the project has, or an empty project.
    #[must_use]
    pub fn start_blocker(
        &self,
        account: &str,
        logical_id: &str,
        name: &str,
        duration: Duration,
    ) -> Option<String> {
        let started = self.state.block(account, logical_id, Some(name), duration);
        started.ok()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop();
    }
}
