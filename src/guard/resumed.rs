//! What a resumed run must find as its earlier process left it.

use super::saved::changed;
use crate::model::{PlannedProject, ProjectResult, Resumption};
use std::collections::HashMap;

/// A project of an earlier process of the run.
#[derive(Clone, Debug)]
pub struct EarlierProject {
    /// What was known about it at the end.
    pub planned: PlannedProject,
    /// What is left to do.
    pub left: Resumption,
    /// Its result, if it has one.
    pub result: Option<ProjectResult>,
    /// The user confirmed a preview of its bundle: no other may be sent.
    pub is_confirmed: bool,
}

/// What has changed since then, and what that means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// A sentence.
    pub text: String,
    /// What it means.
    pub effect: Effect,
}

/// What a change means for a run that is to continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The project is deployed as it is now: it was neither deployed nor confirmed.
    Deployed,
    /// The user has confirmed something else.
    Unconfirmed,
    /// It would not be the same run.
    Another,
}

/// What has changed since then. What was bundled from a directory is compared when it is bundled again.
pub fn resumed_differences(earlier: &[EarlierProject], now: &[PlannedProject]) -> Vec<Difference> {
    let now: HashMap<&str, &PlannedProject> =
        now.iter().map(|now| (now.name.as_str(), now)).collect();
    let mut differences = vec![];
    for project in earlier {
        let name = &project.planned.name;
        match now.get(name.as_str()) {
            Some(now) => differences.extend(project.differences(now)),
            None => differences.push(Difference {
                text: format!("{name}: no longer in the manifest"),
                effect: Effect::Another,
            }),
        }
    }
    differences
}

impl EarlierProject {
    fn differences(&self, now: &PlannedProject) -> Vec<Difference> {
        let mut differences = vec![];
        let mut compare = |effect: Effect, what: &str, planned: &str, now: &str| {
            if planned != now {
                let what = format!("{}: {what}", self.planned.name);
                let text = changed(&what, planned, now);
                differences.push(Difference { text, effect });
            }
        };
        let planned = &self.planned;
        compare(
            Effect::Another,
            "its account",
            &planned.account_id,
            &now.account_id,
        );
        if let (Some(planned), Some(now)) = (&planned.logical_id, &now.logical_id) {
            compare(Effect::Another, "its logical id", planned, now);
        }
        let is_deployed = matches!(self.left, Resumption::Skip | Resumption::Follow { .. });
        let effect = match (is_deployed, self.is_confirmed) {
            (true, _) => Effect::Another,
            (false, true) => Effect::Unconfirmed,
            (false, false) => Effect::Deployed,
        };
        if let (Some(planned), Some(now)) = (&planned.bundle, &now.bundle)
            && (self.left != Resumption::Leave || self.is_confirmed)
        {
            compare(effect, "its bundle", &planned.sha256, &now.sha256);
        }
        let words = |names: &[String]| match names {
            [] => "none".to_owned(),
            names => names.join(", "),
        };
        if self.left != Resumption::Skip {
            let (planned, now) = (words(&planned.depends_on), words(&now.depends_on));
            compare(Effect::Another, "its dependencies", &planned, &now);
        }
        if self.is_confirmed && !is_deployed {
            let planned = planned.policy.preserve_resources.to_string();
            let now = now.policy.preserve_resources.to_string();
            compare(effect, "its preserve_resources", &planned, &now);
        }
        differences
    }
}
