//! The precedence of layers, and the defaults.

use super::support::*;
use crate::model::{Budget, OnConflict, OnInterrupt, ProjectPolicy, Retries};
use std::time::Duration;

const PROJECT: &str = "\n[[project]]\nname = 'a'\nbundle = 'a.json'\n";

fn policy(manifest: &str, change: impl FnOnce(&mut Request<'_>)) -> ProjectPolicy {
    let folder = Folder::new(&[(FILE_NAME, manifest), ("a.json", "")]);
    let manifest = folder.load_with(&credentials_only, change).unwrap();
    manifest.projects[0].policy
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[test]
fn the_built_in_settings_match_the_contract() {
    let manifest = loaded(&[(FILE_NAME, PROJECT), ("a.json", "")]);
    let project = &manifest.projects[0];
    assert_eq!(
        project.policy,
        ProjectPolicy {
            on_conflict: OnConflict::Wait,
            conflict_deadline: seconds(30 * 60),
            retries: Retries {
                count: 3,
                delay: seconds(1),
                max_delay: seconds(30),
                jitter: true,
            },
            outage_limit: None,
            timeout: seconds(45 * 60),
            schedule_on_deploy: true,
            preserve_resources: false,
        }
    );
    assert_eq!(project.policy.outage_limit(true), seconds(15 * 60));
    assert_eq!(project.policy.outage_limit(false), seconds(2 * 60));
    assert_eq!((project.priority, project.tags.len()), (0, 0));
    assert_eq!(project.account, "default");
    assert_eq!(manifest.api_url, "https://api.checklyhq.com");
    assert_eq!(
        manifest.limits,
        Limits {
            concurrency: 16,
            bundle_concurrency: std::thread::available_parallelism().unwrap().get(),
            max_fail: None,
            fail_fast: false,
            timeout: None,
            on_interrupt: OnInterrupt::Drain,
        }
    );
}

#[test]
fn every_layer_overrides_the_one_below_it() {
    let mut text = format!("{PROJECT}#timeout\n[defaults]\n#t\n[profile.ci]\n#t\n");
    let timeout = |text: &str, profile: Option<&str>, flag: Option<u64>| {
        let policy = policy(text, |request| {
            request.profile = profile.map(str::to_owned);
            request.overrides.project_timeout = flag.map(seconds);
        });
        policy.timeout.as_secs()
    };
    assert_eq!(timeout(&text, Some("ci"), None), 45 * 60, "built-in");
    text = text.replace("[defaults]\n#t", "[defaults]\ntimeout = '2s'");
    assert_eq!(timeout(&text, Some("ci"), None), 2, "[defaults]");
    text = text.replace("[profile.ci]\n#t", "[profile.ci]\ntimeout = '3s'");
    assert_eq!(timeout(&text, Some("ci"), None), 3, "profile");
    assert_eq!(timeout(&text, None, None), 2, "another profile");
    text = text.replace("#timeout", "timeout = '4s'");
    assert_eq!(timeout(&text, Some("ci"), None), 4, "project");
    assert_eq!(timeout(&text, Some("ci"), Some(5)), 5, "flag");
}

#[test]
fn an_included_files_defaults_are_between_the_roots_and_the_profile() {
    let folder = Folder::new(&[
        (
            FILE_NAME,
            "include = ['x/p.toml']\n[defaults]\ntimeout = '1s'\npriority = 1\ntags = ['root']\n\
             [profile.ci]\npriority = 3\n",
        ),
        (
            "x/p.toml",
            "[defaults]\ntimeout = '2s'\npriority = 2\n[[project]]\nname = 'a'\nbundle = 'a.json'\n",
        ),
        ("x/a.json", ""),
    ]);
    let ci = |request: &mut Request<'_>| request.profile = Some("ci".into());
    let manifest = folder.load_with(&credentials_only, ci).unwrap();
    let project = &manifest.projects[0];
    assert_eq!(project.policy.timeout, seconds(2));
    assert_eq!(project.priority, 3);
    assert_eq!(project.tags, ["root"]);
}

#[test]
fn tables_are_merged_key_by_key_and_lists_replaced() {
    let text = format!(
        "{PROJECT}tags = ['own']\nretries = {{ count = 0 }}\n\
         [defaults]\ntags = ['one', 'two']\nretries = {{ count = 9, delay = '7s', jitter = false }}\n"
    );
    let manifest = loaded(&[(FILE_NAME, &text), ("a.json", "")]);
    let project = &manifest.projects[0];
    assert_eq!(project.tags, ["own"]);
    assert_eq!(
        project.policy.retries,
        Retries {
            count: 0,
            delay: seconds(7),
            max_delay: seconds(30),
            jitter: false,
        }
    );
}

#[test]
fn limits_come_from_the_manifest_the_profile_and_the_flags() {
    let text = format!(
        "{PROJECT}[limits]\nconcurrency = 4\nbundle_concurrency = 3\n\
         [profile.ci]\nconcurrency = 8\nbundle_concurrency = 5\n"
    );
    let folder = Folder::new(&[(FILE_NAME, &text), ("a.json", "")]);
    let limits = |change: fn(&mut Request<'_>)| {
        let manifest = folder.load_with(&credentials_only, change).unwrap();
        manifest.limits
    };
    let both = |limits: Limits| (limits.concurrency, limits.bundle_concurrency);
    assert_eq!(both(limits(|_| {})), (4, 3));
    assert_eq!(
        both(limits(|request| request.profile = Some("ci".into()))),
        (8, 5)
    );
    let all = limits(|request| {
        request.profile = Some("ci".into());
        request.overrides = Overrides {
            concurrency: Some(2),
            bundle_concurrency: Some(1),
            max_fail: Some(1),
            timeout: Some(Duration::from_secs(60)),
            on_interrupt: Some(OnInterrupt::Detach),
            ..Overrides::default()
        };
    });
    let expected = Limits {
        concurrency: 2,
        bundle_concurrency: 1,
        max_fail: Some(1),
        fail_fast: false,
        timeout: Some(seconds(60)),
        on_interrupt: OnInterrupt::Detach,
    };
    assert_eq!(all, expected);
}

#[test]
fn deletion_limits_come_from_the_manifest_the_profile_and_the_flag() {
    let text = format!(
        "{PROJECT}[limits]\nmax_deletes = 4\nmax_projects = 9\n[profile.ci]\nmax_deletes = 0\n"
    );
    let folder = Folder::new(&[(FILE_NAME, &text), ("a.json", "")]);
    let budget = |change: fn(&mut Request<'_>)| {
        let budget = folder.load_with(&credentials_only, change).unwrap().budget;
        (budget.max_deletes, budget.max_projects)
    };
    assert_eq!(budget(|_| {}), (Some(4), Some(9)));
    assert_eq!(
        budget(|request| request.profile = Some("ci".into())),
        (Some(0), Some(9))
    );
    let flag = |request: &mut Request<'_>| request.overrides.max_deletes = Some(7);
    assert_eq!(budget(flag), (Some(7), Some(9)));
    let none = Folder::new(&[(FILE_NAME, PROJECT), ("a.json", "")]);
    assert_eq!(none.load().unwrap().budget, Budget::default());
}

#[test]
fn every_flag_of_a_project_overrides_the_manifest() {
    let text = format!(
        "{PROJECT}on_conflict = 'fail'\nconflict_deadline = '1s'\nschedule_on_deploy = true\n\
         preserve_resources = false\nretries = {{ count = 1, delay = '2s' }}\n"
    );
    let policy = policy(&text, |request| {
        request.overrides = Overrides {
            on_conflict: Some(OnConflict::Cancel),
            conflict_deadline: Some(seconds(0)),
            retries: Some(7),
            project_timeout: Some(seconds(9)),
            preserve_resources: Some(true),
            schedule_on_deploy: Some(false),
            ..Overrides::default()
        };
    });
    assert_eq!(policy.on_conflict, OnConflict::Cancel);
    assert_eq!(policy.conflict_deadline, Duration::ZERO);
    assert_eq!(
        (policy.retries.count, policy.retries.delay),
        (7, seconds(2))
    );
    assert_eq!(policy.timeout, seconds(9));
    assert!(policy.preserve_resources && !policy.schedule_on_deploy);
}

#[test]
fn the_api_url_comes_from_the_flag_or_the_manifest_without_a_trailing_slash() {
    let text = format!("{PROJECT}[api]\nurl = 'https://eu.example.com/'\n");
    let folder = Folder::new(&[(FILE_NAME, &text), ("a.json", "")]);
    let manifest = folder.load().unwrap();
    assert_eq!(manifest.api_url, "https://eu.example.com");
    let flag = |request: &mut Request<'_>| {
        request.overrides.api_url = Some("http://127.0.0.1:4000/".into());
    };
    let manifest = folder.load_with(&credentials_only, flag).unwrap();
    assert_eq!(manifest.api_url, "http://127.0.0.1:4000");
}

#[test]
fn a_logical_id_is_the_one_nearest_to_the_project() {
    let text = format!("{PROJECT}logical_id = 'own'\n[defaults]\nlogical_id = 'shared'\n");
    let manifest = loaded(&[(FILE_NAME, &text), ("a.json", "")]);
    let id = manifest.projects[0].logical_id.as_ref().unwrap();
    assert_eq!((id.id.as_str(), id.place.line_column().0), ("own", 5));
}

#[test]
fn an_invalid_setting_does_not_hide_other_mistakes() {
    let text = "[defaults]\ncache = true\nretries = 1\n[[project]]\npath = '.'\nname = 'a'\ncache = 3\ntimeout = 5\n\
                bundle_command = ['make']\n";
    let told = told(text);
    for mistake in [
        "`retries` must be a table",
        "`cache` must be true or false",
        "`timeout` must be a duration",
        "`cache` requires `inputs`",
    ] {
        assert!(told.contains(mistake), "no {mistake}:\n{told}");
    }
    assert!(!told.contains("internal error"), "{told}");
}
