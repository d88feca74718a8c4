//! The interrupt ladder: every further signal goes one step further.

use super::InterruptStep;
use crate::model::OnInterrupt;

/// Which step the next signal takes.
#[derive(Debug)]
pub(super) struct Ladder {
    next: InterruptStep,
}

impl Ladder {
    pub(super) fn new(first: OnInterrupt) -> Self {
        Self {
            next: match first {
                OnInterrupt::Drain => InterruptStep::Drain,
                OnInterrupt::Cancel => InterruptStep::Cancel,
                OnInterrupt::Detach => InterruptStep::Detach,
            },
        }
    }

    pub(super) fn climb(&mut self) -> InterruptStep {
        let step = self.next;
        self.next = match step {
            InterruptStep::Drain => InterruptStep::Cancel,
            InterruptStep::Cancel | InterruptStep::Detach => InterruptStep::Detach,
        };
        step
    }
}
