//! The manifests in the documents load.

use super::pages::{blocks, file_name, pages};
use orchestrate::{Diagnostic, Manifest, Overrides, Request, Script, Source};
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn every_manifest_in_the_documents_loads() {
    let mut loaded = 0;
    for page in pages() {
        for block in blocks(&page, "toml") {
            if block.contains("[[rule]]") {
                block.parse::<Script>().unwrap();
            } else if page != "docs/interop.md" && !is_read_elsewhere(&block) {
                if let Err(problems) = load(&complete(&block)) {
                    let messages: Vec<_> = problems.iter().map(|it| &it.what).collect();
                    panic!("{page}: {messages:?}\n{block}");
                }
                loaded += 1;
            }
        }
    }
    assert!(loaded > 10, "{loaded}");
}

#[test]
fn the_profile_of_the_manifest_page_is_laid_over_it() {
    let page = load(&blocks("docs/manifest.md", "toml")[0]).unwrap();
    assert_eq!(page.limits.concurrency, 32);
}

#[test]
fn the_manifest_of_the_readme_selects_two_projects() {
    let manifest = &blocks("README.md", "toml")[0];
    assert_eq!(load(manifest).unwrap().projects.len(), 2);
    let misspelt = manifest.replace("depends_on", "depend_on");
    assert!(load(&misspelt).is_err());
}

/// Whether it is a script of the sandbox (`tests/sandbox/script.rs`), or a file that a command of the page reads.
fn is_read_elsewhere(block: &str) -> bool {
    block.contains("[rate_limit]") || block.contains("[random]") || file_name(block).is_some()
}

/// A manifest around a part of one: with the accounts and projects that it refers to.
fn complete(part: &str) -> String {
    let mut whole = part.to_owned();
    if part.contains("account = \"${matrix.stage}\"") && !part.contains("[accounts.") {
        for name in ["staging", "production"] {
            whole += &format!(
                "[accounts.{name}]\naccount_id = \"{name}\"\napi_key.env = \"CHECKLY_API_KEY\"\n"
            );
        }
    }
    if part.contains("\"alerts-${matrix.stage}\"") {
        whole += "[[project]]\nname = \"alerts-${matrix.stage}\"\naccount = \"${matrix.stage}\"\n\
                  matrix.stage = [\"staging\", \"production\"]\nbundle = \"bundles/catalogue.json\"\n";
    }
    if !part.contains("[[project]]") {
        whole += "[[project]]\nname = \"checkout\"\nbundle = \"bundles/checkout.json\"\n";
    }
    whole
}

/// Loads a manifest whose bundles and other files all exist.
fn load(text: &str) -> Result<Manifest, Vec<Diagnostic>> {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    };
    for name in [
        "shared-alerts.json",
        "catalogue.json",
        "checkout.json",
        "checkout.json.gz",
    ] {
        file(&format!("bundles/{name}"), "");
    }
    file("secrets/staging.key", "key\n");
    for name in [
        "checkout",
        "services/checkout",
        "monitoring/checkout",
        "monitoring/shared-alerts",
    ] {
        file(&format!("{name}/checkly.config.ts"), "");
    }
    for name in [
        "scripts/freeze.sh",
        "scripts/thaw.sh",
        "scripts/page.sh",
        "smoke.sh",
    ] {
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(file(name, ""), mode).unwrap();
    }
    let team = "[[project]]\nname = \"team\"\nbundle = \"../../bundles/checkout.json\"\n";
    file("teams/web/projects.toml", team);
    file("projects.toml", text);
    let env = |name: &str| {
        let is_known = ["CHECKLY_", "STAGING_API_KEY", "PRODUCTION_"];
        let is_known = is_known.iter().any(|start| name.starts_with(start));
        (is_known || name == "STAGING_ACCOUNT_ID").then(|| "x".to_owned())
    };
    orchestrate::load(&Request {
        source: Source::File(directory.path().join("projects.toml")),
        profile: text.contains("[profile.ci]").then(|| "ci".to_owned()),
        overrides: Overrides::default(),
        sandbox: false,
        needed: None,
        env: &env,
    })
}
