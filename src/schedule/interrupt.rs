//! Interrupts escalate: every further signal is handled more forcefully.

use super::InterruptStep;
use crate::model::OnInterrupt;

/// The level of the next signal.
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
