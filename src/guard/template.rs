//! Repositories and logical ids in templates and in Checkly's documentation, which projects copy. They do not identify the owner
//! of a project.

use super::Repository;

/// The `repoUrl`s.
const REPOSITORIES: [&str; 7] = [
    // Examples of the CLI, and starters on Vercel.
    "github.com/checkly/checkly-cli",
    "github.com/checkly/nextjs-starter-template",
    // Pages of the documentation and the CLI.
    "github.com/acme/website",
    "github.com/acme/monitoring",
    "github.com/your-repo/demo",
    // Third-party starters.
    "github.com/ixartz/next-js-boilerplate",
    "github.com/ixartz/saas-boilerplate",
];

/// The `logicalId`s.
const LOGICAL_IDS: [&str; 12] = [
    "boilerplate-project",
    "advanced-example-project",
    "simple-project",
    "typescript-project",
    "large-playwright-project",
    "nextjs-template-project",
    "payload-vercel-website-template",
    "website-monitoring-1",
    "cool-website-monitoring",
    "prod-monitoring-2025",
    "nextjs-boilerplate",
    "saas-boilerplate",
];

/// Whether a logical id comes from a template, so other projects of the account may have it, too.
pub fn is_template_logical_id(logical_id: &str) -> bool {
    LOGICAL_IDS.contains(&logical_id)
}

/// Whether a repository comes from a template.
pub(super) fn is_template_repository(repository: &Repository) -> bool {
    let templates = REPOSITORIES.iter().filter_map(|it| Repository::of(it));
    templates.into_iter().any(|it| it.is_same(repository))
}
