//! Parses the output of `checkly debug parse-project`: the project's payload or its mistakes. The exit code has no
//! meaning.

use super::diagnostic::Diagnostic;
use super::error::Cause;
use super::uploads;
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
    /// The CLI's diagnostics.
    Mistakes(Vec<Diagnostic>),
    /// Another reason.
    Other(Cause),
}

/// The CLI's output for a project that can be deployed.
pub(super) struct Answer<'a> {
    pub(super) payload: &'a str,
    /// The diagnostics that are not fatal.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// The payload in the output, if it needs no upload. `dir` is the configuration's directory, `version` that of the
/// CLI.
pub(super) fn whole<'a>(
    printed: &'a str,
    dir: &Path,
    version: Option<&str>,
) -> Result<Answer<'a>, NoPayload> {
    let answer = payload(printed, version)?;
    let needing = uploads::needing_upload(answer.payload, dir).map_err(|_| unreadable(version))?;
    if !needing.is_empty() {
        return Err(Cause::NeedsUpload(needing).into());
    }
    Ok(answer)
}

/// The payload in the output.
pub(super) fn payload<'a>(
    printed: &'a str,
    version: Option<&str>,
) -> Result<Answer<'a>, NoPayload> {
    let printed = find(printed).ok_or_else(|| unreadable(version))?;
    let errors = &printed.errors;
    let slug = (errors.iter()).find_map(|error| private_location(&error.message));
    if let Some(slug) = slug {
        return Err(Cause::PrivateLocation(slug.to_owned()).into());
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
    Cause::Unreadable(version.map(str::to_owned)).into()
}

impl From<Cause> for NoPayload {
    fn from(why: Cause) -> Self {
        Self::Other(why)
    }
}

/// The CLI's object. The project's own code may print before and after it, but no line inside JSON can begin like
/// this one, since JSON strings contain no line breaks.
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

/// The private location's slug in the CLI's message about an unknown one.
pub(super) fn private_location(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("is using a private-location '")?;
    let (slug, rest) = rest.split_once('\'')?;
    rest.starts_with(" not found in your account")
        .then_some(slug)
}
