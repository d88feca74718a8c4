//! The manifests in the documents load.

use super::pages::{blocks, file_name, pages};
use super::source::read;
use boon::{Compiler, Schemas};
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

#[test]
fn every_manifest_matches_the_schema_and_mistakes_do_not() {
    let mut texts = vec![
        read("examples/monorepo/projects.toml"),
        read("config/default.toml"),
    ];
    for page in pages().iter().filter(|page| *page != "docs/interop.md") {
        let blocks = blocks(page, "toml");
        texts.extend(blocks.into_iter().filter(|it| !is_script(it)));
    }
    assert!(texts.len() > 15, "{}", texts.len());
    for text in texts {
        assert_eq!(mismatch(&text), None, "{text}");
    }
    for text in [
        "[[project]]\nname = 'a'\ndepend_on = ['b']",
        "[[project]]\nname = ' a'",
        "[[project]]\ntags = 'a'",
        "[limits]\nconcurrency = 0",
        "[defaults]\ntimeout = '5 parsecs'",
        "[defaults]\non_conflict = 'cancle'",
        "[defaults]\ninputs = []",
        "[accounts.prod]\napi_key = 'cu_literal'",
        "[accounts.prod]\nrate = '5/day'",
    ] {
        assert!(mismatch(text).is_some(), "{text}");
    }
    assert_eq!(
        mismatch("[defaults]\ntimeout = '${env:LIMIT:-1h 30m}'"),
        None
    );
}

/// Where a manifest does not match the checked-in schema.
fn mismatch(text: &str) -> Option<String> {
    let schema = serde_json::from_str(&read("docs/schema/manifest.json")).unwrap();
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("manifest.json", schema).unwrap();
    let schema = compiler.compile("manifest.json", &mut schemas).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let manifest = serde_json::to_value(manifest).unwrap();
    let mismatch = schemas.validate(&manifest, schema).err()?;
    Some(mismatch.to_string())
}

fn is_script(block: &str) -> bool {
    ["[[rule]]", "[rate_limit]", "[random]"]
        .iter()
        .any(|it| block.contains(it))
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
