//! The environment of a bundling: the inherited variables, overridden by the project's, overridden by ours.
//!
//! The CLI also reads unset variables from `.env` in its directory. Variables that `.env` must not decide are
//! therefore set here, even if to an empty value.

use super::{Account, Mode};
use crate::model::api_url::loopback;
use crate::model::{Directory, Secret, checkly_env};
use crate::process::Variables;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// An address without a listener: unwanted API requests fail without revealing anything.
pub(super) const NOWHERE: &str = "http://127.0.0.1:9";

/// The CLI's variables for the account and its API.
pub fn credentials(account: Account<'_>) -> Variables {
    let variables = [
        ("CHECKLY_API_KEY", account.api_key.expose()),
        ("CHECKLY_ACCOUNT_ID", account.account_id),
        ("CHECKLY_ENV", checkly_env(account.api_url)),
        // Ignored for an API that CHECKLY_ENV names.
        ("CHECKLY_API_URL", account.api_url),
    ];
    variables
        .map(|(name, value)| (name.into(), value.into()))
        .into()
}

/// All variables of a child that runs in `dir`, uses `tmp` for temporary files, and writes `bundle`.
pub(super) fn of_child(
    directory: &Directory,
    mode: Mode<'_>,
    inherited: &Variables,
    dir: &Path,
    tmp: &Path,
    bundle: &Path,
) -> Variables {
    let mut variables = inherited.clone();
    // Variables that force colors or answer prompts.
    for name in ["FORCE_COLOR", "CHECKLY_E2E_PROMPTS_INJECTIONS"] {
        variables.remove(&OsString::from(name));
    }
    for (name, value) in &directory.env {
        variables.insert(name.into(), value.into());
    }
    // Without any, the CLI opens the store of `checkly login` or creates it. Short enough not to be redacted as a
    // secret.
    let none = Secret::new("none");
    let nowhere = Account {
        api_url: NOWHERE,
        account_id: "offline",
        api_key: &none,
    };
    let account = match mode {
        Mode::Online(account) => account,
        Mode::ParseOnly(_, account) => account.unwrap_or(nowhere),
        Mode::Offline => nowhere,
    };
    if let Some(host) = loopback(account.api_url) {
        bypass_proxy(&mut variables, &host);
    }
    variables.extend(credentials(account));
    let inherited_path = variables.get(OsStr::new("PATH")).cloned();
    let mut set = |name: &str, value: &dyn AsRef<OsStr>| {
        variables.insert(name.into(), value.as_ref().into());
    };
    // "1" would skip the account and the bundle.
    set("CHECKLY_SKIP_AUTH", &"0");
    // Otherwise, the CLI asks the npm registry in another process when the home directory is new.
    set("CHECKLY_SKIP_NEW_VERSION_CHECK", &"true");
    // Bundling for `pw-test` would leave out everything but Playwright suites.
    set("CHECKLY_EMULATE_PW_TEST", &"false");
    // Plain text in long lines, to be wrapped for display.
    set("NO_COLOR", &"1");
    set("OCLIF_COLUMNS", &"100000");
    set("PWD", &dir);
    set("PATH", &search_path(inherited_path.as_deref(), dir));
    for name in ["TMPDIR", "TEMP", "TMP"] {
        set(name, &tmp);
    }
    match directory.command {
        Some(_) => set("ORCHESTRATE_BUNDLE_FILE", &bundle),
        None => drop(variables.remove(&OsString::from("ORCHESTRATE_BUNDLE_FILE"))),
    }
    variables
}

/// The search path with `npx`'s additions: programs of the project's packages, including npm's `node`.
fn search_path(path: Option<&OsStr>, dir: &Path) -> OsString {
    let modules = dir.ancestors().map(|dir| dir.join("node_modules/.bin"));
    let rest = path.map(std::env::split_paths).into_iter().flatten();
    // A directory with a colon in its name cannot be in the search path.
    let there = modules.filter(|dir| dir.is_dir() && !dir.as_os_str().as_bytes().contains(&b':'));
    std::env::join_paths(there.chain(rest)).unwrap_or_default()
}

/// Makes node load a file that adds runtimes to the CLI's list.
pub(super) fn add_runtimes(variables: &mut Variables, preload: &Path, runtimes: &[String]) {
    variables.insert("ORCHESTRATE_RUNTIMES".into(), runtimes.join(",").into());
    let options = variables.entry("NODE_OPTIONS".into()).or_default();
    options.push(" --require \"");
    options.push(preload);
    options.push("\"");
}

/// The CLI uses a proxy even for this machine unless told otherwise; `orchestrate` itself uses none.
fn bypass_proxy(variables: &mut Variables, host: &str) {
    let get = |name: &str| variables.get(&OsString::from(name)).cloned();
    // The CLI prefers the lowercase variable.
    let already = ["no_proxy", "NO_PROXY"].into_iter().find_map(get);
    let mut list =
        already
            .filter(|list| !list.is_empty())
            .map_or_else(OsString::new, |mut list| {
                list.push(",");
                list
            });
    list.push(host);
    for name in ["no_proxy", "NO_PROXY"] {
        variables.insert(name.into(), list.clone());
    }
}
