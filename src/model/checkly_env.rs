//! The names of API environments in the Checkly CLI.

/// The URLs with a name. The CLI treats any other URL as local.
const NAMED: [(&str, &str); 3] = [
    ("https://api.checklyhq.com", "production"),
    ("https://api-test.checklyhq.com", "staging"),
    ("https://api-dev.checklyhq.com", "development"),
];

/// The value of `CHECKLY_ENV` that makes the CLI use this URL.
pub fn checkly_env(api_url: &str) -> &'static str {
    let named = NAMED.iter().find(|(url, _)| *url == api_url);
    named.map_or("local", |(_, name)| name)
}
