//! Query strings, parsed as strictly as by the API: an unknown name is an error.

use super::problem::Problem;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use url::form_urlencoded;

/// The parameters of one request, all known to its endpoint.
#[derive(Debug)]
pub(super) struct Query(BTreeMap<&'static str, Vec<String>>);

impl Query {
    /// Parses `raw` (without `?`) for an endpoint with these names.
    pub(super) fn read(raw: &str, known: &[&'static str]) -> Result<Self, Problem> {
        let mut parameters = BTreeMap::<_, Vec<_>>::new();
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            let Some(name) = known.iter().find(|&&known| known == name) else {
                return Err(Problem::bad(format!("\"{name}\" is not allowed")));
            };
            parameters
                .entry(*name)
                .or_default()
                .push(value.into_owned());
        }
        Ok(Self(parameters))
    }

    /// A boolean, given at most once; by default false.
    pub(super) fn flag(&self, name: &'static str) -> Result<bool, Problem> {
        let value = match self.0.get(name).map(Vec::as_slice) {
            None => return Ok(false),
            Some([value]) => value.parse().ok(),
            Some(_) => None,
        };
        value.ok_or_else(|| Problem::bad(format!("\"{name}\" must be a boolean")))
    }

    /// An integer in a range, given at most once; by default the end of the range.
    pub(super) fn number(
        &self,
        name: &'static str,
        range: RangeInclusive<u64>,
    ) -> Result<u64, Problem> {
        let value = match self.0.get(name).map(Vec::as_slice) {
            None => return Ok(*range.end()),
            Some([value]) => value.parse::<i64>().ok(),
            Some(_) => None,
        };
        let value = value.ok_or_else(|| Problem::bad(format!("\"{name}\" must be a number")))?;
        let within = u64::try_from(value)
            .ok()
            .filter(|value| range.contains(value));
        within.ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            Problem::bad(format!("\"{name}\" must be between {least} and {most}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<T>(result: Result<T, Problem>) -> String {
        result.err().unwrap().message
    }

    fn query(raw: &str) -> Query {
        Query::read(raw, &["dryRun", "maxWaitSeconds"]).unwrap()
    }

    #[test]
    fn an_unknown_name_is_named() {
        let read = Query::read("dryRun=true&f%6Frce=true", &["dryRun"]);
        assert_eq!(message(read), "\"force\" is not allowed");
    }

    #[test]
    fn a_flag_is_true_or_false_and_given_once() {
        assert!(query("dryRun=true").flag("dryRun").unwrap());
        assert!(!query("dryRun=false").flag("dryRun").unwrap());
        assert!(!query("").flag("dryRun").unwrap());
        for raw in ["dryRun=1", "dryRun=", "dryRun", "dryRun=true&dryRun=true"] {
            let refused = message(query(raw).flag("dryRun"));
            assert_eq!(refused, "\"dryRun\" must be a boolean", "{raw}");
        }
    }

    #[test]
    fn a_number_stays_in_its_range() {
        let wait = |raw| query(raw).number("maxWaitSeconds", 1..=30);
        assert_eq!(wait("maxWaitSeconds=1"), Ok(1));
        assert_eq!(wait(""), Ok(30));
        for raw in ["maxWaitSeconds=0", "maxWaitSeconds=31", "maxWaitSeconds=-1"] {
            let refused = message(wait(raw));
            assert_eq!(refused, "\"maxWaitSeconds\" must be between 1 and 30");
        }
        for raw in ["maxWaitSeconds=x", "maxWaitSeconds=1.5", "maxWaitSeconds="] {
            assert_eq!(message(wait(raw)), "\"maxWaitSeconds\" must be a number");
        }
    }
}
