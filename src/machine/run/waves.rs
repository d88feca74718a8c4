//! Waves: groups of projects that start one after the other, so problems show in a few projects before they reach all.
//!
//! The next wave starts when every project of the current one has ended, after the soak. If too many projects of a wave
//! did not succeed, nothing more is started.

use super::Task;
use crate::model::{ProjectIx, Wave};
use std::time::Duration;

/// The progress of the waves.
#[derive(Debug)]
pub(super) struct Waves {
    waves: Vec<Group>,
    /// The wave of each project.
    of: Vec<usize>,
    /// The current wave; earlier ones are over.
    open: usize,
}

#[derive(Debug)]
struct Group {
    rules: Wave,
    projects: Vec<ProjectIx>,
    unfinished: usize,
    failed: usize,
}

/// What the end of a project means for its wave.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing yet.
    None,
    /// Too many projects have failed.
    Failed,
    /// All have ended; the next wave starts after this soak.
    Over { soak: Duration },
}

impl Waves {
    /// Projects of waves without rules start with the last wave.
    pub(super) fn new(tasks: &[Task], rules: &[Wave]) -> Self {
        let group = |rules| Group {
            rules,
            projects: vec![],
            unfinished: 0,
            failed: 0,
        };
        let mut waves: Vec<Group> = rules.iter().copied().map(group).collect();
        if waves.is_empty() {
            waves.push(group(Wave::LENIENT));
        }
        let last = waves.len() - 1;
        let wave = |task: &Task| task.planned.wave.saturating_sub(1).min(last);
        let of: Vec<usize> = tasks.iter().map(wave).collect();
        for (ix, wave) in of.iter().enumerate() {
            waves[*wave].projects.push(ProjectIx(ix));
            waves[*wave].unfinished += usize::from(!tasks[ix].is_over());
        }
        Self {
            open: first_unfinished(&waves).unwrap_or(last),
            waves,
            of,
        }
    }

    /// Whether the project's wave has started.
    pub(super) fn is_open(&self, project: ProjectIx) -> bool {
        self.of[project.0] <= self.open
    }

    /// A project ended.
    pub(super) fn ended(&mut self, project: ProjectIx, success: bool) -> Turn {
        let ix = self.of[project.0];
        let wave = &mut self.waves[ix];
        wave.unfinished -= 1;
        wave.failed += usize::from(!success);
        let allowed = wave.projects.len() * usize::from(wave.rules.max_fail_percentage);
        let is_over = wave.unfinished == 0;
        if wave.failed * 100 > allowed {
            Turn::Failed
        } else if is_over && ix == self.open && self.next().is_some() {
            let soak = self.waves[ix].rules.soak;
            Turn::Over { soak }
        } else {
            Turn::None
        }
    }

    /// Opens the next wave and returns its projects.
    pub(super) fn open_next(&mut self) -> Vec<ProjectIx> {
        match self.next() {
            Some(next) => {
                self.open = next;
                self.waves[next].projects.clone()
            }
            None => vec![],
        }
    }

    /// The number of the current wave, from 1, and the number of waves.
    pub(super) fn position(&self) -> (usize, usize) {
        (self.open + 1, self.waves.len())
    }

    /// The projects of the current wave.
    pub(super) fn projects(&self) -> &[ProjectIx] {
        &self.waves[self.open].projects
    }

    /// Once the current wave is over: the next one with remaining projects.
    fn next(&self) -> Option<usize> {
        first_unfinished(&self.waves)
    }
}

fn first_unfinished(waves: &[Group]) -> Option<usize> {
    waves.iter().position(|wave| wave.unfinished > 0)
}
