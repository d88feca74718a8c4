//! Protection against unwanted deletions: the list of deletions, limits, saved plans, and project ownership. Pure: the input
//! is the report of a preview, and the caller acts on the result.

mod deletions;
mod owner;
mod resumed;
mod saved;
mod template;

pub use deletions::{Deletion, deletions, limit_violations, too_many_projects};
pub use owner::{
    Ownership, Repository, Takeover, is_owner_in_doubt, is_refusal, replaces_all, says_whose,
    was_deployed_from,
};
pub use resumed::{Difference, EarlierProject, Effect, resumed_differences};
pub use saved::SavedPlan;
pub use template::is_template_logical_id;

#[cfg(test)]
mod tests;
