//! `matrix`: the projects it makes.

use super::support::*;

fn names(manifest: &Manifest) -> Vec<&str> {
    let projects = manifest.projects.iter();
    projects.map(|project| project.name.as_str()).collect()
}

#[test]
fn a_matrix_makes_one_project_for_each_value_wherever_the_variable_is_used() {
    let text = "
[accounts.acc-staging]
account_id = 's'
api_key = { env = 'CHECKLY_API_KEY' }
[accounts.acc-production]
account_id = 'p'
api_key = { env = 'CHECKLY_API_KEY' }
[[project]]
name = 'web-${matrix.env}'
path = '${matrix.env}/web'
matrix = { env = ['staging', '${env:CHECKLY_ACCOUNT_ID}'] }
config = '${matrix.env}.ts'
bundle_command = ['make', '${matrix.env}']
env = { STAGE = '${matrix.env}' }
inputs = ['${matrix.env}/**']
account = 'acc-${matrix.env}'
tags = ['env:${matrix.env}', '$${matrix.env}']
logical_id = 'web-${matrix.env}'
depends_on = ['alerts-${matrix.env}']
[[project]]
name = 'alerts-${matrix.env}'
bundle = '${matrix.env}.json'
matrix.env = ['staging', 'production']
account = 'acc-${matrix.env}'
";
    let folder = Folder::new(&[
        (FILE_NAME, text),
        ("staging/web/x", ""),
        ("production/web/x", ""),
        ("staging.json", ""),
        ("production.json", ""),
    ]);
    let env = |name: &str| match name {
        "CHECKLY_ACCOUNT_ID" => Some("production".to_owned()),
        other => credentials_only(other),
    };
    let manifest = folder.load_with(&env, |_| {}).unwrap();
    assert_eq!(
        names(&manifest),
        [
            "web-staging",
            "web-production",
            "alerts-staging",
            "alerts-production"
        ]
    );
    for (project, stage) in manifest.projects.iter().zip(["staging", "production"]) {
        let Origin::Directory(from) = &project.origin else {
            panic!("not from a directory")
        };
        assert_eq!(from.dir, folder.0.path().join(stage).join("web"));
        assert_eq!(from.config, Some(format!("{stage}.ts").into()));
        assert_eq!(from.command, Some(vec!["make".into(), stage.into()]));
        assert_eq!(from.env["STAGE"], stage);
        assert_eq!(project.inputs.globs, [format!("{stage}/**")]);
        assert_eq!(project.account, format!("acc-{stage}"));
        assert_eq!(
            project.tags,
            [format!("env:{stage}"), "${matrix.env}".into()]
        );
        let logical_id = project.logical_id.as_ref().map(|declared| &*declared.id);
        assert_eq!(logical_id, Some(format!("web-{stage}").as_str()));
        assert_eq!(project.depends_on, [format!("alerts-{stage}")]);
    }
    let Origin::Bundle(bundle) = &manifest.projects[3].origin else {
        panic!("a bundle")
    };
    assert!(bundle.ends_with("production.json"));
}

#[test]
fn several_variables_make_all_combinations_in_written_order() {
    let text = "
[[project]]
name = '${folder}-${matrix.stage}-${matrix.area}'
path = 's/*'
[project.matrix]
stage = ['x', 'y']
area = ['eu', 'us']
";
    let files = [
        (FILE_NAME, text),
        ("s/a/checkly.config.ts", ""),
        ("s/b/checkly.config.ts", ""),
    ];
    assert_eq!(
        names(&loaded(&files)),
        [
            "a-x-eu", "b-x-eu", "a-x-us", "b-x-us", "a-y-eu", "b-y-eu", "a-y-us", "b-y-us"
        ]
    );
}

#[test]
fn a_directory_from_the_matrix_is_a_sufficient_name() {
    let text = "[[project]]\npath = 's/${matrix.service}'\nmatrix.service = ['a', 'b']\n";
    let files = [
        (FILE_NAME, text),
        ("s/a/checkly.config.ts", ""),
        ("s/b/checkly.config.ts", ""),
    ];
    assert_eq!(names(&loaded(&files)), ["a", "b"]);
}
