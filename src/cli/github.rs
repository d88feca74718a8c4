//! What GitHub Actions shows of a run: an annotation for each failure at its project in the manifest, the report as the job's
//! summary, and the outputs of the step.

use super::background::Writer;
use super::console::say;
use crate::log::{Ledger, Timeline};
use crate::model::{Event, Location, ProjectReport, ProjectResult, Report, Reporter, RunEvent};
use crate::os_error::plain;
use crate::report::to_markdown;
use crate::words;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// GitHub shows at most this many errors of a step. If more projects failed, equal failures share one.
const MOST: usize = 10;

/// The reporter. Its annotations are commands for GitHub's runner, which reads all output of the step.
pub(super) struct GitHub {
    out: Writer,
    /// Of the run so far.
    ledger: Ledger,
    files: Files,
    /// The command that finishes the run.
    resume: Option<String>,
}

/// The files that GitHub's runner reads after the step.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    /// `GITHUB_STEP_SUMMARY`.
    summary: Option<PathBuf>,
    /// `GITHUB_OUTPUT`.
    outputs: Option<PathBuf>,
}

impl Files {
    /// Those of this process, if GitHub runs it.
    pub(super) fn of_environment() -> Option<Self> {
        let file = |name| {
            let path = std::env::var_os(name).filter(|path| !path.is_empty());
            path.map(PathBuf::from)
        };
        let is_github = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        is_github.then(|| Self {
            summary: file("GITHUB_STEP_SUMMARY"),
            outputs: file("GITHUB_OUTPUT"),
        })
    }
}

impl GitHub {
    pub(super) fn new(out: Writer, files: Files, resume: Option<String>) -> Self {
        Self {
            out,
            ledger: Ledger::default(),
            files,
            resume,
        }
    }

    fn finished(&mut self, report: &Report) -> io::Result<()> {
        let timeline = self.ledger.timeline(report.finished_at);
        for annotation in annotations(report, &timeline) {
            writeln!(self.out, "{annotation}")?;
        }
        let Files { summary, outputs } = &self.files;
        let markdown = to_markdown(report, &timeline, self.resume.as_deref());
        for (file, text) in [(summary, markdown + "\n"), (outputs, outputs_of(report))] {
            if let Some(file) = file
                && let Err(error) = append(file, &text)
            {
                let file = file.display();
                say(&format!(
                    "warning: cannot write {file} for GitHub: {}",
                    plain(&error)
                ));
            }
        }
        Ok(())
    }
}

impl Reporter for GitHub {
    fn event(&mut self, event: &RunEvent) {
        self.ledger.apply(event);
        if let Event::RunFinished(report) = &event.event {
            // The same stream as the summary, which has reported its errors.
            let _ = self.finished(report);
        }
    }

    fn earlier(&mut self, events: &[RunEvent]) {
        events.iter().for_each(|event| self.ledger.apply(event));
    }
}

/// Other commands of the step write to the same file.
fn append(file: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(file)?;
    file.write_all(text.as_bytes())
}

/// A command for each failure, or each group of equal ones if there are many.
fn annotations(report: &Report, timeline: &Timeline) -> Vec<String> {
    let projects = report.projects.iter();
    let failures: Vec<_> = projects.filter(|it| words::is_failure(it)).collect();
    let groups = match failures.len() {
        0..=MOST => failures.iter().map(|it| vec![*it]).collect(),
        _ => words::equal_failures(&failures),
    };
    let groups = groups.iter().take(MOST);
    let annotation =
        groups.map(|group| annotation(report, group, timeline.location(&group[0].name)));
    annotation.collect()
}

fn annotation(report: &Report, group: &[&ProjectReport], location: Option<&Location>) -> String {
    let first = group[0];
    let level = match first.result {
        ProjectResult::Detached => "warning",
        _ => "error",
    };
    let more = match group.len() {
        1 => String::new(),
        many => format!(" and {} more", many - 1),
    };
    let result = words::result(first.result);
    let title = property(&format!("{}{more}: {result}", first.name));
    let location = location.map_or(String::new(), |Location { file, line }| {
        format!("file={},line={line},", property(file))
    });
    let next = words::next(report.operation, false, first).map(|next| format!("\nNext: {next}"));
    let message = words::failure(first) + &next.unwrap_or_default();
    let message = data(&message);
    format!("::{level} {location}title={title}::{message}")
}

/// `result`, `exit_code`, `run`, `projects`, and the number of projects with each result.
fn outputs_of(report: &Report) -> String {
    let mut text = format!(
        "result={}\nexit_code={}\nrun={}\nprojects={}\n",
        report.result.as_str(),
        report.exit_code,
        report.run,
        report.projects.len()
    );
    for result in ProjectResult::ALL {
        let count = report.counts.get(result).unwrap_or(&0);
        text.push_str(&format!("{}={count}\n", result.as_str()));
    }
    text
}

/// The text of a command, which ends with its line.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Lane;
    use crate::model::{ErrorInfo, Operation, PlannedProject, Reason, RunId, RunResult, Timestamp};

    fn failed(name: &str, message: &str) -> ProjectReport {
        ProjectReport {
            reason: Some(Reason::DeploymentFailed),
            error: Some(ErrorInfo {
                message: message.into(),
                ..ErrorInfo::default()
            }),
            ..ProjectReport::bare(name, ProjectResult::Failed)
        }
    }

    fn report() -> Report {
        Report {
            version: 2,
            run: RunId("run".into()),
            operation: Operation::Deploy,
            manifest: "projects.toml".into(),
            started_at: Timestamp(0),
            finished_at: Timestamp(0),
            duration_ms: 0,
            result: RunResult::Failed,
            exit_code: 1,
            counts: [(ProjectResult::Failed, 3), (ProjectResult::Succeeded, 1)].into(),
            hooks: vec![],
            projects: vec![],
        }
    }

    #[test]
    fn the_outputs_of_the_step_are_counts_of_all_results() {
        let text = outputs_of(&report());
        assert!(text.starts_with("result=failed\nexit_code=1\nrun=run\nprojects=0\n"));
        assert!(text.contains("\nfailed=3\n") && text.contains("\nskipped=0\n"));
    }

    #[test]
    fn equal_failures_share_an_annotation_only_if_there_are_more_than_github_shows() {
        let of = |equal: usize, others: usize| {
            let equal = (0..equal).map(|n| failed(&format!("equal-{n}"), "limit"));
            let others = (0..others).map(|n| failed(&format!("other-{n}"), &format!("error {n}")));
            let report = Report {
                projects: equal.chain(others).collect(),
                ..report()
            };
            let lines = annotations(&report, &Timeline::default());
            let titles = lines.iter().map(|line| {
                let (_, title) = line.split_once("title=").unwrap();
                title.split_once("%3A").unwrap().0.to_owned()
            });
            titles.collect::<Vec<_>>()
        };
        assert_eq!(of(3, 0), ["equal-0", "equal-1", "equal-2"]);
        assert_eq!(of(9, 1).len(), 10);
        assert_eq!(of(10, 1), ["equal-0 and 9 more", "other-0"]);
        assert_eq!(of(0, 11).len(), 10);
    }

    #[test]
    fn a_failure_is_annotated_at_its_project_and_cannot_write_a_command() {
        let report = Report {
            projects: vec![
                failed("evil\n::stop-commands::x, y", "50 % full\r\n::error::no"),
                failed("a", "limit"),
                ProjectReport::bare("fine", ProjectResult::Succeeded),
            ],
            ..report()
        };
        let locations = [("a", 7), ("evil\n::stop-commands::x, y", 3)];
        let lanes = locations.map(|(name, line)| {
            let file = "teams/a,b.toml".into();
            let location = Some(Location { file, line });
            Lane {
                project: PlannedProject {
                    location,
                    ..PlannedProject::bare(name)
                },
                is_directory: false,
                segments: vec![],
                delays: vec![],
            }
        });
        let timeline = Timeline {
            lanes: lanes.into(),
            ..Timeline::default()
        };
        let lines = annotations(&report, &timeline);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| !line.contains(['\n', '\r'])));
        assert!(
            lines[0].starts_with(
                "::error file=teams/a%2Cb.toml,line=3,title=evil%0A%3A%3Astop-commands%3A%3Ax%2C y%3A failed::50 %25 full%0D%0A::error::no%0ANext: "
            ),
            "{}",
            lines[0]
        );
        assert!(
            lines[1]
                .starts_with("::error file=teams/a%2Cb.toml,line=7,title=a%3A failed::limit%0A"),
            "{}",
            lines[1]
        );
    }
}
