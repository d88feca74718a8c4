//! Whether a deployment needs a preview and a confirmation.

/// The facts before anything is sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct PreflightInputs {
    /// `--yes` or `--force`.
    pub yes: bool,
    /// `--plan`.
    pub has_plan: bool,
    /// A limit on deletions is set.
    pub has_budget: bool,
    /// A project does not preserve removed resources.
    pub may_delete: bool,
    /// The server is a sandbox that was started for this run and has no data to lose.
    pub is_own_sandbox: bool,
}

/// What must happen before a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preflight {
    /// Nothing.
    Nothing,
    /// Preview it.
    Preview {
        /// Ask the user for confirmation if anything would be deleted.
        ask: bool,
    },
}

impl PreflightInputs {
    /// What must happen before this deployment.
    pub fn preflight(self) -> Preflight {
        if self.has_plan {
            return Preflight::Preview { ask: false };
        }
        let is_harmless = !self.may_delete || self.is_own_sandbox;
        if is_harmless || (self.yes && !self.has_budget) {
            return Preflight::Nothing;
        }
        Preflight::Preview { ask: !self.yes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: PreflightInputs = PreflightInputs {
        yes: false,
        has_plan: false,
        has_budget: false,
        may_delete: true,
        is_own_sandbox: false,
    };

    #[test]
    fn a_deployment_that_may_delete_is_previewed_and_confirmed() {
        assert_eq!(PLAIN.preflight(), Preflight::Preview { ask: true });
    }

    #[test]
    fn yes_skips_the_question_and_without_a_limit_the_preview() {
        let yes = PreflightInputs { yes: true, ..PLAIN };
        assert_eq!(yes.preflight(), Preflight::Nothing);
        let with_budget = PreflightInputs {
            has_budget: true,
            ..yes
        };
        assert_eq!(with_budget.preflight(), Preflight::Preview { ask: false });
    }

    #[test]
    fn a_plan_is_always_compared_with_a_new_preview_and_replaces_the_question() {
        for yes in [false, true] {
            let planned = PreflightInputs {
                has_plan: true,
                may_delete: false,
                yes,
                ..PLAIN
            };
            assert_eq!(planned.preflight(), Preflight::Preview { ask: false });
        }
    }

    #[test]
    fn without_data_to_lose_there_is_no_preview_even_with_a_limit() {
        for has_budget in [false, true] {
            let keeps = PreflightInputs {
                may_delete: false,
                has_budget,
                ..PLAIN
            };
            let own = PreflightInputs {
                is_own_sandbox: true,
                has_budget,
                ..PLAIN
            };
            assert_eq!(
                (keeps.preflight(), own.preflight()),
                (Preflight::Nothing, Preflight::Nothing)
            );
        }
    }
}
