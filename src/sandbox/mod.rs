//! A local deploy API that stands in for Checkly's, for deployments without an account.
//!
//! It serves the deploy protocol over HTTP/1.1 on the thread that starts it, and keeps deployed projects in memory.
//! `orchestrate --sandbox` runs it in the process; `orchestrate sandbox` serves it on loopback for the real Checkly CLI
//! (`CHECKLY_ENV=local CHECKLY_API_URL=…`); tests run it under virtual time, since every timer is tokio's.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use orchestrate::{Sandbox, SandboxOptions};
//! let sandbox = Sandbox::start(SandboxOptions::default())?;
//! println!("deploy to {}", sandbox.url());
//! # Ok(()) }
//! ```
//!
//! # What is simulated
//! - **State** per account id and logical id. An account is created when it is first named; [`Options::accounts`] are its
//!   initial contents, [`Sandbox::accounts`] the current ones. Diffs are accurate: `CREATE`, `UPDATE` (changed or not),
//!   `DELETE`, or `DETACHED` with `preserveResources=true`. Physical ids are assigned once and survive updates: UUIDs for
//!   checks, private locations, and status pages, numbers for everything else.
//! - **Deployments** take 0.4 s plus 0.08 s per resource ([`Options::time_scale`]), at most 60 s: a tenth of it as `PENDING`,
//!   the rest as `RUNNING` in steps of 10%. A project has one at a time, deletions included; otherwise the API answers 409.
//!   Changes are applied all at once, at the end. A cancelled deployment makes no more progress, ends as `CANCELLED` 0.2 s
//!   later, and changes nothing. A project remembers its last 100 deployments.
//! - **Waiting**: the event stream, with a comment after 15 s of silence, and the long poll on `/completion`.
//! - **CLIs before 8.10** deploy and delete with one request (`/next-v2/projects/deploy`, `DELETE /next/projects/{id}`), which
//!   is answered when the deployment has finished.
//! - **Strictness**: unknown query parameters, malformed bodies, and missing headers are refused, as the API refuses them. An
//!   API key that starts with `invalid` gets a 401, to rehearse bad credentials.
//! - Other requests of the Checkly CLI: the account's projects, accounts, runtimes, private locations (including those that
//!   other projects deployed), uploads (discarded), and heartbeat checks (with a ping URL that does not work).
//!
//! # What is not simulated
//! - No check, schedule, or alert runs. `scheduleOnDeploy` is accepted and ignored.
//! - References (`member: false`) are not resolved and appear in no diff, `{"ref": …}` in payloads is not resolved, and
//!   payloads are only checked for being objects. So no deployment ends as `FAILED` unless a script says so.
//! - Dry runs do not conflict with a running deployment. (The behavior of the real API is unknown.)
//! - There are no plan limits, no rate limit unless a script sets one, no import plans, no downloads, no TLS, and no HTTP/2.
//!
//! # Faults on request
//! A [`Script`] assigns faults to requests. It is given at the start ([`Options::script`]) or over HTTP
//! (`POST /_sandbox/script`). `docs/sandbox.md` in the repository describes all faults.
//!
//! # For tests
//! [`Sandbox::requests`] returns the recorded requests, [`Sandbox::intercept`] decides their replies, and
//! [`Sandbox::start_blocker`] starts a blocking deployment.

mod accounts;
mod clock;
mod http;
mod options;
mod script;
mod state;
mod traffic;
mod world;

pub use accounts::Accounts;
pub use options::Options;
#[cfg(test)]
pub use script::Fault;
pub use script::{Script, Then};
pub use traffic::{KnownDeployment, RecordedRequest, Reply};

use actix_rt::task::JoinHandle;
use state::State;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::rc::Rc;
use std::time::Duration;

/// A running sandbox. Dropping it closes its port and all connections at the thread's next turn.
pub struct Sandbox {
    state: Rc<State>,
    url: String,
    server: JoinHandle<()>,
}

impl Sandbox {
    /// Serves on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// No port is available.
    ///
    /// # Panics
    /// Outside of an actix runtime.
    pub fn start(options: Options) -> io::Result<Self> {
        Self::serve(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?, options)
    }

    /// Serves on the caller's listener.
    ///
    /// # Errors
    /// The listener cannot be used.
    ///
    /// # Panics
    /// Outside of an actix runtime.
    pub fn serve(listener: TcpListener, options: Options) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let url = format!("http://{}", listener.local_addr()?);
        let state = Rc::new(State::new(options));
        let server = actix_rt::spawn(http::serve(listener, Rc::clone(&state)));
        Ok(Self { state, url, server })
    }

    /// The base URL, without a trailing slash: `http://127.0.0.1:3000`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Closes the port and all connections at the thread's next turn.
    pub fn stop(&self) {
        self.server.abort();
    }

    /// Every request so far, in the order of arrival; empty unless [`Options::record`] is set.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state.log.borrow().clone()
    }

    /// Passes every later request to `hook`, which may decide its reply; `None` handles the request normally. Replaces an
    /// earlier hook.
    pub fn intercept(&self, hook: impl FnMut(&RecordedRequest) -> Option<Reply> + 'static) {
        self.state.hook.replace(Some(Box::new(hook)));
    }

    /// Every deployment, in order of submission within a project.
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
                status: snapshot.status.as_str(),
                ended: snapshot.ended.map(|at| self.state.clock.since_start(at)),
            })
            .collect()
    }

    /// The current contents of the accounts, to start another sandbox with. Running deployments are not included.
    #[must_use]
    pub fn accounts(&self) -> Accounts {
        let now = self.state.clock.now();
        self.state.world.borrow_mut().inventory(now)
    }

    /// Starts another client's deployment of `duration` (regardless of the time scale) and returns its id; `None` if the
    /// project already has a running one. It deploys the project's current resources, or an empty project.
    #[must_use]
    pub fn start_blocker(
        &self,
        account: &str,
        logical_id: &str,
        duration: Duration,
    ) -> Option<String> {
        let started = self.state.block(account, logical_id, duration);
        started.ok()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop();
    }
}
