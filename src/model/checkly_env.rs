//! The names that the Checkly CLI has for the APIs it knows.

/// The addresses that it knows by a name. Any other it takes only as the local one.
const NAMED: [(&str, &str); 3] = [
    ("https://api.checklyhq.com", "production"),
    ("https://api-test.checklyhq.com", "staging"),
    ("https://api-dev.checklyhq.com", "development"),
];

/// What `CHECKLY_ENV` must say for the CLI to ask the API at this address.
pub fn checkly_env(api_url: &str) -> &'static str {
    let named = NAMED.iter().find(|(url, _)| *url == api_url);
    named.map_or("local", |(_, name)| name)
}
