//! Projects inside the directory of another project that also includes their checks: these would be deployed twice.

use super::text::{Finding, Identity, label};
use std::fmt;

/// A project inside another one's directory.
pub(super) struct Nested<'f> {
    inner: &'f Finding,
    outer: &'f Finding,
    /// The number of resources in both.
    shared: usize,
}

/// All pairs that share resources.
pub(super) fn find(findings: &[Finding]) -> Vec<Nested<'_>> {
    let pairs = findings
        .iter()
        .flat_map(|inner| findings.iter().map(move |outer| (inner, outer)));
    let nested = pairs.filter_map(|(inner, outer)| {
        let is_within = below(&outer.found.path, &inner.found.path).is_some();
        let shared = match (&inner.identity, &outer.identity) {
            (Ok(inner), Ok(outer)) if is_within => shared(inner, outer),
            _ => 0,
        };
        (shared > 0).then_some(Nested {
            inner,
            outer,
            shared,
        })
    });
    nested.collect()
}

fn shared(inner: &Identity, outer: &Identity) -> usize {
    inner.resources.intersection(&outer.resources).count()
}

/// The path of a directory relative to a parent directory.
fn below<'p>(outer: &str, inner: &'p str) -> Option<&'p str> {
    match outer {
        "." => Some(inner).filter(|inner| *inner != "."),
        outer => inner.strip_prefix(outer)?.strip_prefix('/'),
    }
}

impl fmt::Display for Nested<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (inner, outer) = (label(&self.inner.found), label(&self.outer.found));
        let resources = match self.shared {
            1 => "1 resource is".to_owned(),
            count => format!("{count} resources are"),
        };
        let inside = below(&self.outer.found.path, &self.inner.found.path).unwrap_or_default();
        write!(
            f,
            "{inner} is inside {outer}: {resources} in both and would be deployed twice; add \"{inside}/**\" to \
             `checks.ignoreDirectoriesMatch` in {} of {}",
            self.outer.found.config, self.outer.found.path
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::init::find::Found;

    fn finding(path: &str, resources: &[&str]) -> Finding {
        Finding {
            found: Found {
                path: path.to_owned(),
                config: "checkly.config.ts".to_owned(),
                variant: None,
                cwd: None,
            },
            identity: Ok(Identity {
                name: path.to_owned(),
                logical_id: path.to_owned(),
                files: vec![],
                resources: resources.iter().map(|&name| name.to_owned()).collect(),
            }),
            inputs: vec![],
        }
    }

    #[test]
    fn a_project_whose_checks_are_also_in_another_is_reported() {
        let findings = [
            finding("web", &["check a", "check b"]),
            finding("web/internal/checkly", &["check b"]),
            finding("web/other", &["check c"]),
            finding("website", &["check a"]),
        ];
        let told: Vec<String> = find(&findings).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "web/internal/checkly is inside web: 1 resource is in both and would be deployed twice; \
              add \"internal/checkly/**\" to `checks.ignoreDirectoriesMatch` in checkly.config.ts of web"
            ]
        );
        assert_eq!(
            find(&[finding(".", &["check a"]), finding("a", &["check a"])]).len(),
            1
        );
    }
}
