//! The layers of `docs/architecture.md`, checked in the source: which module may import which, and which crate may be used
//! where. Comments and strings are ignored.

mod source;

use super::source::root;
use source::sources;
use std::collections::BTreeSet;
use std::fs;

/// A module imports from lower floors only.
const FLOORS: &[(&str, u8)] = &[
    ("model", 0),
    ("os_error", 0),
    ("backoff", 1),
    ("breaker", 1),
    ("git", 1),
    ("guard", 1),
    ("hash", 1),
    ("log", 1),
    ("inputs", 1),
    ("private_dir", 1),
    ("process", 1),
    ("rate", 1),
    ("words", 1),
    ("api", 2),
    ("bundle", 2),
    ("cache", 2),
    ("checkly", 2),
    ("history", 2),
    ("hooks", 2),
    ("journal", 2),
    ("machine", 2),
    ("manifest", 2),
    ("report", 2),
    ("fuzzing", 3),
    ("ui", 3),
    ("actors", 4),
    ("run", 5),
    ("cli", 6),
    ("main", 7),
];

/// Imports nothing from the crate, so it shares no wire types with the client; `cli` serves it.
const STANDALONE: &str = "sandbox";

/// The only imports within a floor.
const WITHIN_A_FLOOR: &[(&str, &str)] = &[("git", "process"), ("inputs", "git")];

/// Helpers of tests, which any test may use.
const HELPERS: &str = "tests";

/// The public interface: `lib.rs` names everything.
const FACE: &str = "lib";

/// Crates that only some modules may use.
const CRATES: &[(&str, &[&str])] = &[
    ("actix", &["actors", "run", "cli"]),
    ("actix_http", &["api", "sandbox"]),
    ("actix_rt", &["api", "sandbox"]),
    ("actix_service", &["api", "sandbox"]),
    ("actix_tls", &["api"]),
    ("awc", &["api"]),
    ("rustls", &["api"]),
    ("rustls_native_certs", &["api"]),
    ("tokio_rustls", &["api"]),
    ("httparse", &["api"]),
    ("base64", &["api", "report"]),
    ("annotate_snippets", &["ui"]),
    ("anstream", &["model"]),
    ("anstyle", &["ui"]),
    ("anstyle_progress", &["ui"]),
    ("terminal_size", &["ui"]),
    ("textwrap", &["ui"]),
    ("unicode_width", &["ui"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("shlex", &["cli"]),
    ("ignore", &["cli"]),
    ("tracing_subscriber", &["cli"]),
    ("globset", &["inputs", "manifest", "sandbox"]),
    ("regex", &["manifest"]),
    ("sse_core", &["api"]),
    ("strsim", &["manifest"]),
    ("unicode_normalization", &["manifest"]),
    ("url", &["api", "guard", "model", "sandbox"]),
    ("toml", &["manifest", "sandbox"]),
    ("rustix", &["private_dir", "process", "cli"]),
    ("sha2", &["bundle", "cache", "hash", "report"]),
    ("pulldown_cmark", &["report"]),
    ("csv", &["report"]),
    ("quick_junit", &["report"]),
    ("schemars", &["model"]),
    ("tar", &["checkly"]),
    ("walkdir", &["inputs", "manifest"]),
    ("rusqlite", &["history"]),
    ("etcetera", &["cli"]),
];

/// Pure modules.
const PURE: &[&str] = &[
    "model", "backoff", "guard", "hash", "log", "machine", "rate", "report", "words",
];

/// Forbidden in a pure module.
const EFFECTS: &[&str] = &[
    "tokio",
    "actix",
    "awc",
    "futures",
    "tracing",
    "fastrand",
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "std::thread",
];

#[test]
fn every_import_points_to_a_lower_floor() {
    let mut modules: Vec<&str> = FLOORS.iter().map(|(module, _)| *module).collect();
    modules.push(STANDALONE);
    let mut wrong = vec![];
    for source in sources() {
        for (line, to) in source.imports(&modules) {
            let from = source.module.as_str();
            if !may_import(from, &to) {
                let path = source.path.display();
                wrong.push(format!("{path}:{line}: {from} imports {to}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn crates_stay_where_they_belong() {
    let mut wrong = vec![];
    for source in sources() {
        for (name, allowed) in CRATES {
            // A test may use a runtime.
            if allowed.contains(&source.module.as_str()) || source.is_test() {
                continue;
            }
            for line in source.uses_of(name) {
                let (path, module) = (source.path.display(), &source.module);
                wrong.push(format!("{path}:{line}: {module} uses {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn pure_modules_have_no_effects() {
    let mut wrong = vec![];
    for source in sources() {
        // A test may read a variable, or draw random numbers.
        if !PURE.contains(&source.module.as_str()) || source.is_test() {
            continue;
        }
        for name in EFFECTS {
            for line in source.uses_of(name) {
                let (path, module) = (source.path.display(), &source.module);
                wrong.push(format!("{path}:{line}: {module} is pure and uses {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn every_module_has_a_floor_and_every_floor_a_module() {
    let mut found: BTreeSet<String> = sources()
        .into_iter()
        .map(|source| source.module)
        .filter(|module| module != FACE && module != STANDALONE)
        .collect();
    for (module, _) in FLOORS {
        assert!(found.remove(*module), "there is no module {module}");
    }
    assert!(
        found.is_empty(),
        "give these a floor in tests/docs/layers.rs: {found:?}"
    );
}

#[test]
fn every_dependency_is_used() {
    let manifest: toml::Table = fs::read_to_string(root().join("Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let sources = sources();
    for name in manifest["dependencies"].as_table().unwrap().keys() {
        let used = sources
            .iter()
            .any(|source| !source.uses_of(&name.replace('-', "_")).is_empty());
        assert!(used, "no file of src uses {name}");
    }
}

fn may_import(from: &str, to: &str) -> bool {
    if from == to || from == FACE || to == HELPERS {
        return true;
    }
    if from == STANDALONE || to == FACE {
        return false;
    }
    if to == STANDALONE {
        return floor(from) == floor("cli");
    }
    floor(from) > floor(to) || WITHIN_A_FLOOR.contains(&(from, to))
}

/// An unknown name counts as the highest floor: no module may import it.
fn floor(module: &str) -> u8 {
    let known = FLOORS.iter().find(|(name, _)| *name == module);
    known.map_or(u8::MAX, |(_, floor)| *floor)
}
