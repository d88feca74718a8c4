//! Any text is either read as a manifest or refused.

use super::support::*;
use proptest::prelude::*;

/// A manifest with every kind of key. No `*` in a `path`: after a `/`, it would search the whole machine.
const WHOLE: &str = r#"version = 1
name = "acme-${env:CHECKLY_ACCOUNT_ID}"
include = ["*.none"]
[api]
url = "https://api.checklyhq.com"
[accounts.prod]
account_id = "${env:CHECKLY_ACCOUNT_ID}"
api_key = { env = "CHECKLY_API_KEY" }
rate = "600/min"
[defaults]
account = "prod"
retries = { count = 3, delay = "1s", max_delay = "30s", jitter = true }
[limits]
concurrency = 16
[profile.ci]
on_conflict = "cancel"
[[project]]
name = "${folder}-${matrix.env}"
path = "services/{checkout,web}"
matrix = { env = ["staging", "production"], area = ["eu"] }
config = "${matrix.env}.ts"
bundle_command = ["make", "{bundle}"]
bundle_timeout = "5m"
env = { ENVIRONMENT = "${matrix.env}", PARENT = "$${${parent}" }
inputs = ["services/{checkout,web}/**"]
cache = true
depends_on = ["shared-alerts"]
[[project]]
name = "shared-alerts"
bundle = "ä.json"
logical_id = """shared
alerts"""
"#;

/// The text with parts removed, doubled, or replaced by special characters.
fn mutated() -> impl Strategy<Value = String> {
    let sign = prop::sample::select(vec![
        "\"", "'", "[", "]", "{", "}", "=", "\n", "${", "${env:", "\0", "ü", "\"\"\"", "0", "-",
        ".", "#", "\r",
    ]);
    let cut = (0..WHOLE.len(), 0..20_usize, sign, 0..3_u8);
    prop::collection::vec(cut, 1..6).prop_map(|cuts| {
        let mut text = WHOLE.to_owned();
        for (at, length, sign, how) in cuts {
            let start = text.floor_char_boundary(at.min(text.len()));
            let end = text
                .floor_char_boundary((start + length).min(text.len()))
                .max(start);
            let piece = text[start..end].to_owned();
            match how {
                0 => text.replace_range(start..end, ""),
                1 => text.insert_str(end, &piece),
                _ => text.replace_range(start..end, sign),
            }
        }
        text
    })
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_every_refusal_can_be_rendered(text in mutated(), width in 1..200_usize) {
        let folder = Folder::new(&[("services/checkout/x", ""), ("services/web/x", "")]);
        let dir = folder.0.path().to_owned();
        let loaded = folder.load_with(&credentials_only, |request| {
            request.source = Source::Stdin { text: text.clone(), dir };
            request.profile = Some("ci".into());
        });
        let problems = loaded.unwrap_err();
        prop_assert!(!problems.is_empty());
        for place in problems.iter().filter_map(|problem| problem.place.as_ref()) {
            prop_assert_eq!(place.text.len(), text.len());
            prop_assert!(text.get(place.span.clone()).is_some(), "{:?}", place.span);
        }
        render(&problems, true, width);
    }
}
