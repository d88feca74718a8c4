//! What projects are copied from: the repositories and logical ids that templates and the documentation of Checkly give away.
//! Neither says whose a project is.

use super::Repository;

/// The repositories that such a configuration names in its `repoUrl`.
const REPOSITORIES: [&str; 7] = [
    // The examples of the CLI, and the starters on Vercel.
    "github.com/checkly/checkly-cli",
    "github.com/checkly/nextjs-starter-template",
    // The pages of the documentation and of the CLI itself.
    "github.com/acme/website",
    "github.com/acme/monitoring",
    "github.com/your-repo/demo",
    // Starters of others.
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

/// Whether the address of a repository comes from a template.
pub(super) fn is_template_repository(repository: &Repository) -> bool {
    let templates = REPOSITORIES.iter().filter_map(|it| Repository::of(it));
    templates.into_iter().any(|it| it.is_same(repository))
}
