//! Whether a deployment has to be previewed first, and whether anybody is asked.

/// What is known before anything is sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// `--yes` or `--force`.
    pub yes: bool,
    /// `--plan`.
    pub has_plan: bool,
    /// Anything says how much may be deleted.
    pub has_budget: bool,
    /// Some project does not keep what it no longer contains.
    pub may_delete: bool,
    /// The server was started for this run, and has nothing that anybody could lose.
    pub is_own_sandbox: bool,
}

/// What has to be done before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Nothing,
    /// Ask the server what would be deleted.
    Preview {
        /// And the user, where that is anything.
        ask: bool,
    },
}

impl Known {
    /// What has to be done before a deployment.
    pub fn need(self) -> Need {
        if self.has_plan {
            return Need::Preview { ask: false };
        }
        let is_harmless = !self.may_delete || self.is_own_sandbox;
        if is_harmless || (self.yes && !self.has_budget) {
            return Need::Nothing;
        }
        Need::Preview { ask: !self.yes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Known = Known {
        yes: false,
        has_plan: false,
        has_budget: false,
        may_delete: true,
        is_own_sandbox: false,
    };

    #[test]
    fn a_deployment_that_may_delete_is_previewed_and_somebody_is_asked() {
        assert_eq!(PLAIN.need(), Need::Preview { ask: true });
    }

    #[test]
    fn whoever_says_yes_is_not_asked_and_without_a_budget_nobody_is() {
        let yes = Known { yes: true, ..PLAIN };
        assert_eq!(yes.need(), Need::Nothing);
        let with_budget = Known {
            has_budget: true,
            ..yes
        };
        assert_eq!(with_budget.need(), Need::Preview { ask: false });
    }

    #[test]
    fn a_plan_is_always_held_against_a_new_preview_and_stands_for_the_answer() {
        for yes in [false, true] {
            let planned = Known {
                has_plan: true,
                may_delete: false,
                yes,
                ..PLAIN
            };
            assert_eq!(planned.need(), Need::Preview { ask: false });
        }
    }

    #[test]
    fn where_nothing_can_be_lost_nothing_is_asked_whatever_the_budget() {
        for has_budget in [false, true] {
            let keeps = Known {
                may_delete: false,
                has_budget,
                ..PLAIN
            };
            let own = Known {
                is_own_sandbox: true,
                has_budget,
                ..PLAIN
            };
            assert_eq!((keeps.need(), own.need()), (Need::Nothing, Need::Nothing));
        }
    }
}
