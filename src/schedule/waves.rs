//! Waves: groups of projects that start one after the other, so that trouble shows in a few before it reaches all.
//!
//! The next wave opens when every project of the one before has ended, and then after a pause. Where too many of a wave's
//! projects did not succeed, nothing more is started at all.

use super::Task;
use crate::model::{ProjectIx, Wave};
use std::time::Duration;

/// How far the run has come.
#[derive(Debug)]
pub(super) struct Waves {
    waves: Vec<Group>,
    /// The wave of each project.
    of: Vec<usize>,
    /// The wave that is under way; those before are over.
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
    /// Too many have failed.
    Failed,
    /// All have ended; the next wave opens after this pause.
    Over { soak: Duration },
}

impl Waves {
    /// Projects of waves that there are no rules for start with the last one.
    pub(super) fn new(tasks: &[Task], rules: Vec<Wave>) -> Self {
        let group = |rules| Group {
            rules,
            projects: vec![],
            unfinished: 0,
            failed: 0,
        };
        let mut waves: Vec<Group> = rules.into_iter().map(group).collect();
        if waves.is_empty() {
            waves.push(group(Wave::LENIENT));
        }
        let last = waves.len() - 1;
        let of: Vec<usize> = tasks.iter().map(|task| task.wave.min(last)).collect();
        for (ix, wave) in of.iter().enumerate() {
            waves[*wave].projects.push(ProjectIx(ix));
            waves[*wave].unfinished += 1;
        }
        Self {
            open: first_unfinished(&waves).unwrap_or(last),
            waves,
            of,
        }
    }

    /// Whether the project's wave has come.
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

    /// Opens the next wave, and gives its projects.
    pub(super) fn open_next(&mut self) -> Vec<ProjectIx> {
        match self.next() {
            Some(next) => {
                self.open = next;
                self.waves[next].projects.clone()
            }
            None => vec![],
        }
    }

    /// The number of the wave under way, from 1, and of how many.
    pub(super) fn position(&self) -> (usize, usize) {
        (self.open + 1, self.waves.len())
    }

    /// The projects of the wave under way.
    pub(super) fn projects(&self) -> &[ProjectIx] {
        &self.waves[self.open].projects
    }

    /// Once the wave under way is over: the next one with anybody left in it.
    fn next(&self) -> Option<usize> {
        first_unfinished(&self.waves)
    }
}

fn first_unfinished(waves: &[Group]) -> Option<usize> {
    waves.iter().position(|wave| wave.unfinished > 0)
}
