//! Protection against unwanted deletions: the list of deletions, limits, saved plans, and project ownership. Pure: the input
//! is the report of a preview, and the caller acts on the result.

mod budget;
mod deletions;
mod given_up;
mod need;
mod owner;
mod saved;
mod template;

pub use budget::{Excess, excesses, too_many_projects};
pub use deletions::{Deletion, deletions};
pub use given_up::{give_up, given_up};
pub use need::{Known, Need};
pub use owner::{
    Ownership, Repository, Takeover, is_owner_in_doubt, is_refusal, replaces_all, says_whose,
    was_deployed_from,
};
pub use saved::{Difference, Now, SavedPlan};
pub use template::is_template_logical_id;

#[cfg(test)]
mod tests;
