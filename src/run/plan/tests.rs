//! Manifests and bundles that do not match.

use super::*;
use crate::manifest::{Overrides, Request, Source, load};
use tempfile::TempDir;

/// Plans a manifest with the projects `a` and `b`, whose bundles have these logical ids.
fn planned(
    accounts: &str,
    a: (&str, &str),
    b: (&str, &str),
    sandbox: bool,
) -> Result<Plan, String> {
    let directory = TempDir::new().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    let mut manifest = accounts.to_owned();
    for (name, (keys, logical_id)) in [("a", a), ("b", b)] {
        let bundle = serde_json::json!({
            "project": {"logicalId": logical_id, "name": name}, "sharedFiles": [], "resources": [{"type": "check", "logicalId": "home"}],
        });
        write(&format!("{name}.json"), &bundle.to_string());
        manifest += &format!("[[project]]\nname = '{name}'\nbundle = '{name}.json'\n{keys}\n");
    }
    write("projects.toml", &manifest);
    let env = |name: &str| match name {
        "KEY" | "CHECKLY_API_KEY" => Some("k-1".to_owned()),
        "CHECKLY_ACCOUNT_ID" => Some("id-1".to_owned()),
        _ => None,
    };
    let manifest = load(&Request {
        source: Source::File(directory.path().join("projects.toml")),
        profile: None,
        overrides: Overrides::default(),
        sandbox,
        needed: None,
        env: &env,
    });
    plan(&manifest.unwrap(), &env).map_err(|problems| {
        let lines = problems.iter().map(|problem| {
            let line = |place: &SourceSpan| place.line_column().0;
            let label = problem.label.as_deref().unwrap_or_default();
            let at = problem.place.as_ref().map(line);
            let also = problem
                .also
                .as_ref()
                .map(|also| (line(&also.place), &also.label));
            format!("{} | {at:?} {label} | {also:?}", problem.what)
        });
        Vec::from_iter(lines).join("\n")
    })
}

#[test]
fn two_projects_with_a_logical_id_each_are_planned_in_the_manifests_order() {
    let plan = planned("", ("depends_on = ['b']", "shop"), ("", "blog"), false).unwrap();
    let [a, b] = &plan.jobs[..] else {
        panic!("two jobs")
    };
    assert_eq!(
        (&*a.planned.name, a.planned.logical_id.as_deref().unwrap()),
        ("a", "shop")
    );
    assert_eq!(
        (&*b.planned.name, b.planned.logical_id.as_deref().unwrap()),
        ("b", "blog")
    );
    assert_eq!(a.depends_on, [ProjectIx(1)]);
}

#[test]
fn one_logical_id_in_one_account_is_refused() {
    insta::assert_snapshot!(planned("", ("", "shop"), ("", "shop"), false).unwrap_err(), @r#"projects "a" and "b" have the same logical id "shop" in account "default" | Some(6) deploying this one | Some((2, "would delete the checks of this one"))"#);
}

#[test]
fn two_names_of_one_account_are_one_account() {
    let accounts = "[accounts]
        x = { account_id = 'id-1', api_key = { env = 'KEY' } }
        y = { account_id = 'id-1', api_key = { env = 'KEY' } }
    ";
    let (a, b) = (("account = 'x'", "shop"), ("account = 'y'", "shop"));
    insta::assert_snapshot!(planned(accounts, a, b, false).unwrap_err(), @r#"projects "a" and "b" have the same logical id "shop" in accounts "x" and "y" (with the same account id) | Some(9) deploying this one | Some((5, "would delete the checks of this one"))"#);
}

#[test]
fn one_logical_id_in_two_accounts_is_two_projects_even_in_a_sandbox() {
    let accounts = "[accounts]
        x = { account_id = '${env:NONE}', api_key = { env = 'NONE' } }
        y = { account_id = '${env:NONE}', api_key = { env = 'NONE' } }
    ";
    let (a, b) = (("account = 'x'", "shop"), ("account = 'y'", "shop"));
    assert_eq!(planned(accounts, a, b, true).unwrap().jobs.len(), 2);
}

#[test]
fn the_bundle_of_another_project_is_refused() {
    let (a, b) = (("", "blog"), ("logical_id = 'shop'", "shpo"));
    insta::assert_snapshot!(planned("", a, b, false).unwrap_err(), @r#"the bundle of project "b" belongs to another project | Some(8) the logical id of the bundle is "shpo" | Some((7, "this bundle"))"#);
}

#[test]
fn a_logical_id_shared_by_one_table_is_reported_once() {
    let directory = TempDir::new().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    for name in ["a", "b", "c", "d"] {
        std::fs::create_dir(directory.path().join(name)).unwrap();
        write(&format!("{name}/checkly.config.ts"), "");
    }
    let told = |manifest: &str| {
        write("projects.toml", manifest);
        let request = Request {
            source: Source::File(directory.path().join("projects.toml")),
            profile: None,
            overrides: Overrides::default(),
            sandbox: true,
            needed: None,
            env: &|_| None,
        };
        let planned = plan(&load(&request).unwrap(), &|_| None);
        planned.map_or_else(|problems| problems.len(), |_| 0)
    };
    assert_eq!(told("[[project]]\npath = '*'\nlogical_id = 'shop'\n"), 1);
    assert_eq!(
        told("[defaults]\nlogical_id = 'shop'\n[[project]]\npath = '*'\n"),
        1
    );
    assert_eq!(
        told("[[project]]\npath = '*'\nlogical_id = '${folder}'\n"),
        0
    );
    // Two places are two mistakes.
    let one = |name: &str| format!("[[project]]\npath = '{name}'\nlogical_id = 'shop'\n");
    assert_eq!(told(&["a", "b", "c"].map(one).concat()), 2);
}
