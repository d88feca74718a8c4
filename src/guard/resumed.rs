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

/// What has changed since then: continuing would not finish the same run. What was bundled from a directory is compared
/// when it is bundled again.
pub fn resumed_differences(earlier: &[EarlierProject], now: &[PlannedProject]) -> Vec<String> {
    let now: HashMap<&str, &PlannedProject> =
        now.iter().map(|now| (now.name.as_str(), now)).collect();
    let mut differences = vec![];
    for project in earlier {
        let name = &project.planned.name;
        match now.get(name.as_str()) {
            Some(now) => differences.extend(project.differences(now)),
            None => differences.push(format!("{name}: no longer in the manifest")),
        }
    }
    differences
}

impl EarlierProject {
    fn differences(&self, now: &PlannedProject) -> Vec<String> {
        let mut differences = vec![];
        let mut compare = |what: &str, planned: &str, now: &str| {
            if planned != now {
                let what = format!("{}: {what}", self.planned.name);
                differences.push(changed(&what, planned, now));
            }
        };
        let planned = &self.planned;
        compare("its account", &planned.account_id, &now.account_id);
        if let (Some(planned), Some(now)) = (&planned.logical_id, &now.logical_id) {
            compare("its logical id", planned, now);
        }
        let is_deployed = matches!(self.left, Resumption::Skip | Resumption::Follow { .. });
        let is_fixed = self.is_confirmed || is_deployed;
        if let (Some(planned), Some(now), true) = (&planned.bundle, &now.bundle, is_fixed) {
            compare("its bundle", &planned.sha256, &now.sha256);
        }
        let words = |names: &[String]| match names {
            [] => "none".to_owned(),
            names => names.join(", "),
        };
        if self.left != Resumption::Skip {
            let (planned, now) = (words(&planned.depends_on), words(&now.depends_on));
            compare("its dependencies", &planned, &now);
        }
        let word = |preserve| if preserve { "true" } else { "false" };
        let (planned, now) = (
            planned.policy.preserve_resources,
            now.policy.preserve_resources,
        );
        if self.is_confirmed && !is_deployed {
            compare("its preserve_resources", word(planned), word(now));
        }
        differences
    }
}
