//! The variables of a child process.

use super::*;
use crate::checkly::environment::of_child;

fn variables(mode: Mode<'_>, inherited: &[(&str, &str)], own: &[(&str, &str)]) -> Variables {
    let mut project = Project::new("");
    let own = own.iter().map(|&(name, value)| (name.into(), value.into()));
    project.directory.env = own.collect();
    let inherited = inherited
        .iter()
        .map(|&(name, value)| (name.into(), value.into()))
        .collect();
    let [dir, tmp, bundle] = ["/shop", "/private/tmp", "/private/bundle.json"].map(Path::new);
    of_child(&project.directory, mode, &inherited, dir, tmp, bundle)
}

fn get<'a>(variables: &'a Variables, name: &str) -> Option<&'a str> {
    let value = variables.get(std::ffi::OsStr::new(name))?;
    value.to_str()
}

fn at<'a>(api_url: &'a str, api_key: &'a Secret) -> Mode<'a> {
    Mode::Online(Account {
        api_url,
        account_id: "acme",
        api_key,
    })
}

#[test]
fn the_clis_own_hosts_have_names_and_all_others_are_local() {
    let key = Secret::new(KEY);
    for (url, name) in [
        ("https://api.checklyhq.com", "production"),
        ("https://api-test.checklyhq.com", "staging"),
        ("https://api-dev.checklyhq.com", "development"),
        ("https://api.checklyhq.com/checkly", "local"),
        ("https://gateway.example.com", "local"),
        ("http://127.0.0.1:3000", "local"),
    ] {
        let variables = variables(at(url, &key), &[("CHECKLY_ENV", "staging")], &[]);
        assert_eq!(get(&variables, "CHECKLY_ENV"), Some(name), "{url}");
        assert_eq!(get(&variables, "CHECKLY_API_URL"), Some(url));
    }
}

#[test]
fn the_accounts_credentials_override_inherited_ones() {
    let others = [
        ("CHECKLY_API_KEY", "other"),
        ("CHECKLY_ACCOUNT_ID", "other"),
        ("CHECKLY_SKIP_AUTH", "1"),
    ];
    let ours = variables(online(), &others, &[]);
    assert_eq!(get(&ours, "CHECKLY_API_KEY"), Some(KEY));
    assert_eq!(get(&ours, "CHECKLY_ACCOUNT_ID"), Some("acme"));
    assert_eq!(get(&ours, "CHECKLY_SKIP_AUTH"), Some("0"));
}

#[test]
fn offline_no_credentials_are_passed_and_no_api_can_be_reached() {
    let real = [
        ("CHECKLY_API_KEY", KEY),
        ("CHECKLY_ACCOUNT_ID", "acme"),
        ("CHECKLY_EMULATE_PW_TEST", "true"),
    ];
    let offline = variables(Mode::Offline, &real, &[]);
    assert!(!format!("{offline:?}").contains(KEY));
    assert_eq!(get(&offline, "CHECKLY_ACCOUNT_ID"), Some("offline"));
    assert_eq!(get(&offline, "CHECKLY_ENV"), Some("local"));
    assert_eq!(get(&offline, "CHECKLY_API_URL"), Some("http://127.0.0.1:9"));
    assert_eq!(get(&offline, "CHECKLY_EMULATE_PW_TEST"), Some("false"));
}

#[test]
fn the_projects_variables_override_inherited_ones_except_reserved_ones() {
    let own: Vec<_> = Directory::RESERVED.map(|name| (name, "mine")).into();
    let own = [own, vec![("STAGE", "mine")]].concat();
    let inherited = [("STAGE", "theirs"), ("REGION", "theirs")];
    let variables = variables(online(), &inherited, &own);
    for name in Directory::RESERVED {
        assert_ne!(get(&variables, name), Some("mine"), "{name}");
    }
    assert_eq!(get(&variables, "STAGE"), Some("mine"));
    assert_eq!(get(&variables, "REGION"), Some("theirs"));
}

#[test]
fn temporary_files_go_into_the_private_directory_on_every_system() {
    let variables = variables(online(), &[("TMPDIR", "/tmp")], &[]);
    for name in ["TMPDIR", "TEMP", "TMP"] {
        assert_eq!(get(&variables, name), Some("/private/tmp"));
    }
    assert_eq!(get(&variables, "PWD"), Some("/shop"));
}

#[test]
fn prompts_and_version_checks_of_the_cli_are_disabled() {
    let inherited = [
        ("CHECKLY_E2E_PROMPTS_INJECTIONS", "[true]"),
        ("FORCE_COLOR", "1"),
    ];
    let variables = variables(online(), &inherited, &[]);
    for (name, _) in inherited {
        assert_eq!(get(&variables, name), None);
    }
    let quiet = get(&variables, "CHECKLY_SKIP_NEW_VERSION_CHECK");
    assert_eq!(quiet, Some("true"));
}

#[test]
fn a_server_on_this_machine_is_never_reached_through_a_proxy() {
    let key = Secret::new(KEY);
    let no_proxy = |url, inherited: &[(&str, &str)]| {
        let variables = variables(at(url, &key), inherited, &[]);
        ["no_proxy", "NO_PROXY"].map(|name| get(&variables, name).map(str::to_owned))
    };
    let both = |list: &str| [Some(list.to_owned()), Some(list.to_owned())];
    let (local, six) = ("http://127.0.0.1:3000", "http://[::1]:3000/x");
    assert_eq!(no_proxy(local, &[]), both("127.0.0.1"));
    assert_eq!(no_proxy("http://localhost", &[]), both("localhost"));
    assert_eq!(no_proxy(six, &[]), both("[::1]"));
    let upper = [("NO_PROXY", "intra.example")];
    assert_eq!(no_proxy(local, &upper), both("intra.example,127.0.0.1"));
    assert_eq!(no_proxy("https://api.checklyhq.com", &[]), [None, None]);
}
