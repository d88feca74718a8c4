//! Reads what `checkly debug parse-project` prints: the project's payload, or what is wrong with the project. Its exit code
//! says nothing.

use super::diagnostic::Diagnostic;
use super::error::Why;
use super::snapshots;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::path::Path;

/// `{"diagnostics": …, "payload": …}` or `{"errors": […]}`.
#[derive(Deserialize)]
struct Printed<'a> {
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    diagnostics: Option<Diagnostics>,
    #[serde(default)]
    errors: Vec<Mistake>,
}

#[derive(Deserialize)]
struct Diagnostics {
    observations: Vec<Observation>,
}

#[derive(Deserialize)]
struct Observation {
    title: String,
    message: String,
    fatal: bool,
}

#[derive(Deserialize)]
struct Mistake {
    #[serde(default)]
    name: String,
    message: String,
}

impl From<Observation> for Diagnostic {
    fn from(it: Observation) -> Self {
        Self {
            is_fatal: it.fatal,
            title: it.title,
            message: it.message,
        }
    }
}

/// Why there is no payload.
pub(super) enum NoPayload {
    /// What the CLI says of the project.
    Mistakes(Vec<Diagnostic>),
    /// Something else.
    Other(Why),
}

/// What the CLI has printed of a project that it can deploy.
pub(super) struct Answer<'a> {
    pub(super) payload: &'a str,
    /// What is not fatal.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// The payload in what was printed, if nothing has to be uploaded for it. `dir` is the folder of the configuration,
/// `version` that of the CLI.
pub(super) fn whole<'a>(
    printed: &'a str,
    dir: &Path,
    version: Option<&str>,
) -> Result<Answer<'a>, NoPayload> {
    let answer = payload(printed, version)?;
    let needing =
        snapshots::needing_upload(answer.payload, dir).map_err(|_| unreadable(version))?;
    if !needing.is_empty() {
        return Err(Why::NeedsUpload(needing).into());
    }
    Ok(answer)
}

/// The payload in what was printed.
pub(super) fn payload<'a>(
    printed: &'a str,
    version: Option<&str>,
) -> Result<Answer<'a>, NoPayload> {
    let printed = find(printed).ok_or_else(|| unreadable(version))?;
    let errors = &printed.errors;
    let slug = (errors.iter()).find_map(|error| private_location(&error.message));
    if let Some(slug) = slug {
        return Err(Why::PrivateLocation(slug.to_owned()).into());
    }
    let errors = printed.errors.into_iter().map(|error| Diagnostic {
        is_fatal: true,
        title: String::new(),
        message: format!("{}: {}", error.name, error.message),
    });
    let observations = printed.diagnostics.map(|all| all.observations);
    let observations = observations.into_iter().flatten();
    let diagnostics = errors.chain(observations.map(Diagnostic::from)).collect();
    match printed.payload {
        Some(payload) => Ok(Answer {
            payload: payload.get(),
            diagnostics,
        }),
        None => Err(NoPayload::Mistakes(diagnostics)),
    }
}

fn unreadable(version: Option<&str>) -> NoPayload {
    Why::Unreadable(version.map(str::to_owned)).into()
}

impl From<Why> for NoPayload {
    fn from(why: Why) -> Self {
        Self::Other(why)
    }
}

/// The CLI's object. The project's own code may print too, before and after it; but no line within JSON can begin like
/// this one, for there are no line breaks in its strings.
fn find(printed: &str) -> Option<Printed<'_>> {
    let starts = printed.match_indices("{\n").map(|(at, _)| at);
    let mut starts =
        starts.filter(|at| printed[..*at].is_empty() || printed[..*at].ends_with('\n'));
    starts.find_map(|at| {
        let mut values =
            serde_json::Deserializer::from_str(&printed[at..]).into_iter::<Printed<'_>>();
        let found = values.next()?.ok()?;
        let is_it = found.diagnostics.is_some() || !found.errors.is_empty();
        is_it.then_some(found)
    })
}

/// The slug in the CLI's complaint about a private location that it does not know.
pub(super) fn private_location(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("is using a private-location '")?;
    let (slug, rest) = rest.split_once('\'')?;
    rest.starts_with(" not found in your account")
        .then_some(slug)
}
