//! A running script: counts requests to decide what the next one meets.

use super::limit::Windows;
use super::{Fault, RequestContext, Rule, Script};
use fastrand::Rng;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// A script, and the requests so far.
#[derive(Debug)]
pub(in crate::sandbox) struct ScriptRunner {
    script: Script,
    requests: BTreeMap<RequestContext, u64>,
    /// The time of the first request.
    began: Option<Duration>,
    windows: Windows,
    rng: Rng,
}

/// What a request meets: its reply is delayed by `delay`, and `fault` applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Decision {
    pub(in crate::sandbox) delay: Duration,
    pub(in crate::sandbox) fault: Option<Fault>,
}

impl ScriptRunner {
    /// Starts a script.
    pub(in crate::sandbox) fn new(script: Script) -> Self {
        let seed = script.random.as_ref().map_or(0, |random| random.0.seed);
        Self {
            script,
            requests: BTreeMap::new(),
            began: None,
            windows: Windows::default(),
            rng: Rng::with_seed(seed),
        }
    }

    /// Counts a request and decides its fault. A request over the rate limit is not counted otherwise.
    pub(in crate::sandbox) fn next(
        &mut self,
        context: &RequestContext,
        now: Duration,
    ) -> Option<Decision> {
        let at_once = |fault| Decision {
            delay: Duration::ZERO,
            fault: Some(fault),
        };
        if let Some(limit) = &self.script.rate_limit
            && let Err(wait) = self.windows.admit(limit, &context.account, now)
        {
            let seconds = wait.as_secs() + u64::from(wait.subsec_millis() > 0);
            return Some(at_once(Fault::status(429, Some(seconds))));
        }
        let nth = self.requests.entry(context.clone()).or_default();
        *nth += 1;
        let elapsed = now.saturating_sub(*self.began.get_or_insert(now));
        let mut rules = self.script.rules.iter();
        let applies =
            |rule: &&Rule| rule.concerns(context) && rule.is_active(elapsed) && rule.hits(*nth);
        if let Some(rule) = rules.find(applies) {
            return Some(Decision {
                delay: rule.0.delay.map_or(Duration::ZERO, |delay| delay.0),
                fault: rule.0.fault.clone(),
            });
        }
        let random = self.script.random.as_ref()?;
        let fault = random.draw(context.kind, &mut self.rng)?;
        Some(at_once(fault.clone()))
    }

    /// The script, and what remains of it: for each rule, the requests that it applies to.
    pub(in crate::sandbox) fn show(&self) -> Value {
        let mut shown = json!(self.script);
        for (rule, shown) in self
            .script
            .rules
            .iter()
            .zip(shown["rule"].as_array_mut().into_iter().flatten())
        {
            let requests = self.requests.iter().filter(|(it, _)| rule.concerns(it));
            let seen = requests.map(|(it, &requests)| {
                json!({
                    "account": it.account,
                    "project": it.project,
                    "request": it.kind,
                    "requests": requests,
                    // How many future requests it applies to; null if unlimited.
                    "left": rule.left(requests),
                })
            });
            shown["seen"] = seen.collect();
        }
        shown
    }
}
