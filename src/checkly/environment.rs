//! The variables that a bundling gets: the caller's, the project's over them, ours over both.
//!
//! The CLI also reads `.env` in its folder, for variables that are not set. What that must not decide is set here, if only
//! to nothing.

use super::Mode;
use crate::model::{Folder, Secret, checkly_env};
use crate::process::Variables;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Where nobody listens: what should ask the API after all gets no answer, and tells nobody anything.
pub(super) const NOWHERE: &str = "http://127.0.0.1:9";

/// The variables that tell the CLI the account and its API.
pub fn credentials(api_url: &str, account_id: &str, api_key: &Secret) -> Variables {
    let variables = [
        ("CHECKLY_API_KEY", api_key.expose()),
        ("CHECKLY_ACCOUNT_ID", account_id),
        ("CHECKLY_ENV", checkly_env(api_url)),
        // Not heard where the address has a name.
        ("CHECKLY_API_URL", api_url),
    ];
    variables
        .map(|(name, value)| (name.into(), value.into()))
        .into()
}

/// All variables of a child that works in `dir`, puts temporary files into `tmp`, and makes `bundle`.
pub(super) fn of_child(
    folder: &Folder,
    mode: Mode<'_>,
    inherited: &Variables,
    dir: &Path,
    tmp: &Path,
    bundle: &Path,
) -> Variables {
    let mut variables = inherited.clone();
    // What forces colours, and answers to questions that are not asked.
    for name in ["FORCE_COLOR", "CHECKLY_E2E_PROMPTS_INJECTIONS"] {
        variables.remove(&OsString::from(name));
    }
    for (name, value) in &folder.env {
        variables.insert(name.into(), value.into());
    }
    // Without any the CLI opens the store of `checkly login`, and makes it where there is none.
    // Shorter than what is hidden as a secret.
    let none = Secret::new("none");
    let (api_url, account_id, api_key) = match mode {
        Mode::Online {
            api_url,
            account_id,
            api_key,
        } => (api_url, account_id, api_key),
        Mode::Offline | Mode::Sketch(_) => (NOWHERE, "offline", &none),
    };
    if let Some(host) = loopback(api_url) {
        bypass_proxy(&mut variables, host);
    }
    variables.extend(credentials(api_url, account_id, api_key));
    let inherited_path = variables.get(OsStr::new("PATH")).cloned();
    let mut set = |name: &str, value: &dyn AsRef<OsStr>| {
        variables.insert(name.into(), value.as_ref().into());
    };
    // "1" would leave the account out, and the bundle would not be made.
    set("CHECKLY_SKIP_AUTH", &"0");
    // Otherwise a fresh home makes it ask the npm registry, in a process of its own.
    set("CHECKLY_SKIP_NEW_VERSION_CHECK", &"true");
    // Bundling offline would leave out everything but Playwright suites.
    set("CHECKLY_EMULATE_PW_TEST", &"false");
    // Plain text in long lines: who shows it wraps it.
    set("NO_COLOR", &"1");
    set("OCLIF_COLUMNS", &"100000");
    set("PWD", &dir);
    set("PATH", &search_path(inherited_path.as_deref(), dir));
    for name in ["TMPDIR", "TEMP", "TMP"] {
        set(name, &tmp);
    }
    match folder.command {
        Some(_) => set("ORCHESTRATE_BUNDLE_FILE", &bundle),
        None => drop(variables.remove(&OsString::from("ORCHESTRATE_BUNDLE_FILE"))),
    }
    variables
}

/// The search path with what `npx` puts in front of it: programs of the project's packages, among them npm's `node`.
fn search_path(path: Option<&OsStr>, dir: &Path) -> OsString {
    let modules = dir.ancestors().map(|dir| dir.join("node_modules/.bin"));
    let rest = path.map(std::env::split_paths).into_iter().flatten();
    // A folder with a colon in its name cannot be searched.
    let there = modules.filter(|dir| dir.is_dir() && !dir.as_os_str().as_bytes().contains(&b':'));
    std::env::join_paths(there.chain(rest)).unwrap_or_default()
}

/// Has node load a file that adds runtimes to the CLI's list.
pub(super) fn add_runtimes(variables: &mut Variables, preload: &Path, runtimes: &[String]) {
    variables.insert("ORCHESTRATE_RUNTIMES".into(), runtimes.join(",").into());
    let options = variables.entry("NODE_OPTIONS".into()).or_default();
    options.push(" --require \"");
    options.push(preload);
    options.push("\"");
}

/// The host of an address on this machine.
pub fn loopback(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    let end = match authority.strip_prefix('[') {
        Some(inner) => inner.find(']')? + 2,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let host = &authority[..end];
    let ip = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    (host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())).then_some(host)
}

/// The CLI asks a proxy for this machine, too, unless it is told not to; `orchestrate` itself uses none.
fn bypass_proxy(variables: &mut Variables, host: &str) {
    let get = |name: &str| variables.get(&OsString::from(name)).cloned();
    // The CLI reads the lower-case one first.
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
