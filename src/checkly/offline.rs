//! Reads what `checkly debug parse-project` prints: the project's payload, or what is wrong with the project. Its exit code
//! says nothing.

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
    message: String,
}

/// Why there is no payload, and the CLI's words about it.
pub(super) struct NoPayload {
    pub(super) why: Why,
    pub(super) words: Option<String>,
}

/// The payload in what was printed, if nothing has to be uploaded for it. `dir` is the folder of the configuration,
/// `version` that of the CLI.
pub(super) fn whole<'a>(
    printed: &'a str,
    dir: &Path,
    version: Option<&str>,
) -> Result<&'a str, NoPayload> {
    let payload = payload(printed, version)?;
    let needing = snapshots::needing_upload(payload, dir).map_err(|_| unreadable(version))?;
    if !needing.is_empty() {
        return Err(Why::NeedsUpload(needing).into());
    }
    Ok(payload)
}

/// The payload in what was printed.
pub(super) fn payload<'a>(printed: &'a str, version: Option<&str>) -> Result<&'a str, NoPayload> {
    let printed = find(printed).ok_or_else(|| unreadable(version))?;
    if !printed.errors.is_empty() {
        let messages: Vec<String> = printed.errors.into_iter().map(|one| one.message).collect();
        let slug = messages
            .iter()
            .find_map(|message| private_location(message));
        let why = slug.map_or(Why::Invalid, |slug| Why::PrivateLocation(slug.to_owned()));
        let words = Some(messages.join("\n\n"));
        return Err(NoPayload { why, words });
    }
    let Some(payload) = printed.payload else {
        let observations = printed.diagnostics.map(|all| all.observations);
        let fatal = observations.into_iter().flatten().filter(|one| one.fatal);
        let words: Vec<String> = fatal
            .map(|one| format!("{}\n\n{}", one.title, one.message))
            .collect();
        let (why, words) = (Why::Invalid, Some(words.join("\n\n")));
        return Err(NoPayload { why, words });
    };
    Ok(payload.get())
}

fn unreadable(version: Option<&str>) -> NoPayload {
    Why::Unreadable(version.map(str::to_owned)).into()
}

impl From<Why> for NoPayload {
    fn from(why: Why) -> Self {
        Self { why, words: None }
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
fn private_location(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("is using a private-location '")?;
    let (slug, rest) = rest.split_once('\'')?;
    rest.starts_with(" not found in your account")
        .then_some(slug)
}
