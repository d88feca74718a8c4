//! The two ways to wait for a deployment: its event stream, and the long poll on its completion.
//!
//! Both read the world, then sleep until its next change. Unforeseen changes, such as a cancellation, wake them through
//! `State::changed`.

use super::super::state::{State, Target};
use super::super::world::{Snapshot, Status};
use super::reply;
use bytes::Bytes;
use futures::Stream;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::timeout_at;

/// After this much silence, the stream sends a keep-alive.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A keep-alive.
pub(super) const COMMENT: Bytes = Bytes::from_static(b": keep-alive\n\n");

/// Waits until the deployment is final, or until `deadline`; `None` if there is no such deployment.
pub(super) async fn completion(
    state: &State,
    account: &str,
    target: &Target,
    deadline: Duration,
) -> Option<Snapshot> {
    loop {
        let woken = state.changed.notified(); // before reading the state: no change may be missed
        let now = state.clock.now();
        let snapshot = state.deployment(account, target, now)?;
        if snapshot.status.is_final() || deadline <= now {
            return Some(snapshot);
        }
        let change = snapshot.next_change.unwrap_or(deadline); // a stalled one no longer changes
        let until = state.clock.instant(change.min(deadline));
        let _ = timeout_at(until, woken).await;
    }
}

/// The frames of one deployment, from its current state to its end.
pub(super) fn stream(
    state: Rc<State>,
    account: String,
    target: Target,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let follower = Follower {
        spoke: state.clock.now(),
        state,
        account,
        target,
        reported: None,
        done: false,
    };
    futures::stream::unfold(follower, |mut follower| async move {
        let frame = follower.next().await?;
        Some((Ok(frame), follower))
    })
}

struct Follower {
    state: Rc<State>,
    account: String,
    target: Target,
    /// The last progress sent on this stream.
    reported: Option<u32>,
    /// When something was last sent on this stream.
    spoke: Duration,
    /// Whether the `complete` frame was sent.
    done: bool,
}

impl Follower {
    async fn next(&mut self) -> Option<Bytes> {
        let state = Rc::clone(&self.state);
        while !self.done {
            let woken = state.changed.notified();
            let now = state.clock.now();
            let snapshot = state.deployment(&self.account, &self.target, now)?;
            if let Some(frame) = self.due(&snapshot, now) {
                self.spoke = now;
                return Some(frame);
            }
            let silence = self.spoke + KEEP_ALIVE;
            let until = snapshot.next_change.map_or(silence, |at| at.min(silence));
            let _ = timeout_at(state.clock.instant(until), woken).await;
        }
        None
    }

    /// What to send at `now`.
    fn due(&mut self, snapshot: &Snapshot, now: Duration) -> Option<Bytes> {
        if snapshot.status.is_final() {
            self.done = true;
            let body = reply::deployment(&self.target.logical_id, snapshot);
            return Some(frame("complete", &body));
        }
        if snapshot.status == Status::Running && self.reported != Some(snapshot.progress) {
            self.reported = Some(snapshot.progress);
            let body = json!({ "progress": snapshot.progress, "status": "RUNNING" });
            return Some(frame("progress", &body));
        }
        (self.spoke + KEEP_ALIVE <= now).then_some(COMMENT)
    }
}

pub(super) fn frame(event: &str, data: &Value) -> Bytes {
    format!("event: {event}\ndata: {data}\n\n").into()
}
