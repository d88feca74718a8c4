//! The sources of ids and keys, and that a key is never shown.

use super::support::*;

const USE_PROD: &str = "\n[[project]]\nname = 'a'\nbundle = 'a.json'\naccount = 'prod'\n";

fn prod(account: &str) -> String {
    format!("[accounts.prod]\n{account}\n{USE_PROD}")
}

fn env(name: &str) -> Option<String> {
    match name {
        "ID" => Some("a-1".into()),
        "KEY" => Some("k-1\n".into()),
        "BROKEN" => Some("k\n1".into()),
        "EMPTY" => Some("  ".into()),
        _ => None,
    }
}

fn folder(manifest: &str) -> Folder {
    Folder::new(&[
        (FILE_NAME, manifest),
        ("a.json", ""),
        ("key.txt", "k-2\r\n"),
        ("none.txt", "\n"),
        ("bin/key.sh", "#!/bin/sh\necho \"k-$1 \"\n"),
    ])
}

#[test]
fn a_key_comes_from_a_variable_a_file_or_a_program_without_its_trailing_newline() {
    for (source, key) in [
        ("env = 'KEY'", "k-1"),
        ("file = 'key.txt'", "k-2"),
        ("command = ['sh', 'bin/key.sh', '${env:ID}']", "k-a-1"),
    ] {
        let folder = folder(&prod(&format!(
            "account_id = '${{env:ID}}'\napi_key = {{ {source} }}"
        )));
        let manifest = folder.load_with(&env, |_| {}).unwrap();
        let account = &manifest.accounts["prod"];
        assert_eq!(account.account_id, "a-1");
        assert_eq!(account.api_key.expose(), key);
        let debug = format!("{manifest:?}");
        assert!(!debug.contains(key), "{debug}");
    }
}

#[test]
fn without_accounts_there_is_one_from_the_environment() {
    let manifest = loaded(&[
        (FILE_NAME, "[[project]]\nname='a'\nbundle='a.json'"),
        ("a.json", ""),
    ]);
    let account = &manifest.accounts["default"];
    assert_eq!(
        (account.account_id.as_str(), account.api_key.expose()),
        ("a-1", "k-1")
    );
}

#[test]
fn variables_of_the_default_account_may_end_with_a_newline_too() {
    let folder = folder("[[project]]\nname='a'\nbundle='a.json'");
    let env = |name: &str| Some(format!(" {}\r\n", name.len()));
    let manifest = folder.load_with(&env, |_| {}).unwrap();
    let account = &manifest.accounts["default"];
    assert_eq!(account.account_id, "CHECKLY_ACCOUNT_ID".len().to_string());
    assert_eq!(
        account.api_key.expose(),
        "CHECKLY_API_KEY".len().to_string()
    );
}

#[test]
fn the_only_account_needs_no_mention() {
    let text = prod("account_id = 'x'\napi_key = { env = 'KEY' }").replace("account = 'prod'", "");
    let manifest = folder(&text).load_with(&env, |_| {}).unwrap();
    assert_eq!(manifest.projects[0].account, "prod");
}

#[test]
fn an_unused_account_may_have_unset_variables() {
    let text = format!(
        "[accounts.other]\naccount_id = '${{env:NONE}}'\napi_key = {{ env = 'NONE' }}\n{}",
        prod("account_id = 'x'\napi_key = { env = 'KEY' }")
    );
    let manifest = folder(&text).load_with(&env, |_| {}).unwrap();
    assert_eq!(manifest.accounts.keys().collect::<Vec<_>>(), ["prod"]);
}

#[test]
fn a_sandbox_needs_no_credentials_but_uses_existing_ones() {
    let sandbox = |request: &mut Request<'_>| request.sandbox = true;
    let none = |_: &str| None;
    let undeclared = "[[project]]\nname='a'\nbundle='a.json'".to_owned();
    for (text, id) in [
        (
            prod("account_id = '${env:ID}'\napi_key = { env = 'KEY' }"),
            "sandbox-prod",
        ),
        (
            prod("account_id = '${env:ID}'\napi_key = { file = 'missing.txt' }"),
            "sandbox-prod",
        ),
        (
            prod("account_id = '${env:ID}'\napi_key = { file = '${env:ID}/key.txt' }"),
            "sandbox-prod",
        ),
        (
            prod("account_id = '${env:ID}'\napi_key = { command = ['sh', '-c', 'echo key'] }"),
            "sandbox-prod",
        ),
        (undeclared, "sandbox"),
    ] {
        let manifest = folder(&text).load_with(&none, sandbox).unwrap();
        let account = manifest.accounts.values().next().unwrap();
        assert_eq!(account.account_id, id);
        assert!(fits_no_message(account.api_key.expose()));
    }
    let text = prod("account_id = '${env:ID}'\napi_key = { env = 'KEY' }");
    let manifest = folder(&text).load_with(&env, sandbox).unwrap();
    assert_eq!(manifest.accounts["prod"].api_key.expose(), "k-1");
}

#[test]
fn a_sandbox_does_not_excuse_other_unset_variables() {
    let text = format!(
        "name = '${{env:NONE}}'\n{}",
        prod("account_id = 'x'\napi_key = { env = 'KEY' }")
    );
    let folder = folder(&text);
    let problems = folder
        .load_with(&env, |request| request.sandbox = true)
        .unwrap_err();
    assert_eq!(problems.len(), 1);
}

#[test]
fn mistakes_in_credentials_are_reported_at_their_position() {
    let text = "
[accounts.prod]
account_id = '${env:NONE}'
api_key = { env = 'NONE' }
[accounts.eu]
account_id = '${env:EMPTY}'
api_key = { file = 'missing.txt' }
[accounts.us]
account_id = '${env:}'
api_key = { file = 'none.txt' }
[accounts.jp]
api_key = { env = 'BROKEN' }
[accounts.uk]
account_id = 'x'
api_key = { env = 'KEY', file = 'key.txt' }
[accounts.de]
account_id = 'x'
api_key = { env = 'MY KEY' }
[accounts.fr]
account_id = 'x'
api_key = { command = ['op', 'read', 'x'] }
";
    let mut text = text.to_owned();
    for name in ["prod", "eu", "us", "jp", "uk", "de", "fr"] {
        text += &format!("[[project]]\nname = '{name}'\nbundle = 'a.json'\naccount = '{name}'\n");
    }
    let folder = folder(&text);
    let problems = folder.load_with(&env, |_| {}).unwrap_err();
    insta::assert_snapshot!("credentials", folder.render(&problems));
}

#[test]
fn a_failed_key_program_is_reported_with_its_output_without_the_key() {
    let key = "cu_0123456789abcdef0123456789abcdef";
    let commands = [
        "'no-such-program', 'x'",
        "'./no-such-program'",
        "'bin/key.sh'",
        "'sh', '-c', 'echo not signed in >&2; echo run op signin >&2; exit 3'",
        "'sh', '-c', 'echo SECRET-PRINTED; echo it is SECRET-PRINTED or KEY >&2; exit 1'",
        "'sh', '-c', 'kill -9 $$'",
        "'sh', '-c', 'printf \" \\n\"'",
        "'sh', '-c', 'printf \"\\377\"'",
        "'sh', '-c', 'echo two words'",
        "'${env:NONE}'",
        "'sh', '-c', 'i=0; while [ $i -lt 300 ]; do echo word $i >&2; i=$((i+1)); done; exit 1'",
    ];
    let mut text = String::new();
    for (at, command) in commands.iter().enumerate() {
        let command = command.replace("KEY", key);
        text += &format!("[accounts.a{at}]\naccount_id = 'x'\napi_key.command = [{command}]\n");
        text += &format!("[[project]]\nname = 'p{at}'\nbundle = 'a.json'\naccount = 'a{at}'\n");
    }
    let folder = folder(&text);
    let problems = folder.load_with(&env, |_| {}).unwrap_err();
    let told: Vec<_> = problems.iter().map(|problem| &*problem.what).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    cannot get the API key: there is no program `no-such-program`
    cannot get the API key: there is no program `./no-such-program`
    cannot get the API key: `sh` failed with exit status: 1: …  255 word 256 word 257 word 258 word 259 word 260 word 261 word 262 word 263 word 264 word 265 word 266 word 267 word 268 word 269 word 270 word 271 word 272 word 273 word 274 word 275 word 276 word 277 word 278 word 279 word 280 word 281 word 282 word 283 word 284 word 285 word 286 word 287 word 288 word 289 word 290 word 291 word 292 word 293 word 294 word 295 word 296 word 297 word 298 word 299
    cannot get the API key: cannot run `bin/key.sh`: permission denied
    cannot get the API key: `sh` failed with exit status: 3: not signed in run op signin
    cannot get the API key: `sh` failed with exit status: 1: it is *** or ***********************************
    cannot get the API key: `sh` failed with signal: 9 (SIGKILL)
    cannot get the API key: `sh` printed nothing
    cannot get the API key: `sh` printed text that is not UTF-8
    this value is not a valid credential
    the environment variable NONE is not set
    ");
    insta::assert_snapshot!(folder.render(&problems[3..4]), @r"
    error: cannot get the API key: cannot run `bin/key.sh`: permission denied
      --> projects.toml:17:19
       |
    17 | api_key.command = ['bin/key.sh']
       |                   ^^^^^^^^^^^^^^
       |
       = help: run the program by hand: it must print only the key and exit with 0

    1 problem in projects.toml: nothing was sent
    ");
    assert!(!format!("{told:?}").contains("SECRET-PRINTED"));
    assert!(!format!("{problems:?}").contains(key));
}

#[test]
fn a_key_at_the_point_of_truncation_is_redacted() {
    let key = "cu_0123456789abcdef0123456789abcdef";
    let said = format!("{key} {}", "x".repeat(380));
    let command = format!("'sh', '-c', 'echo {said} >&2; exit 1'");
    let folder = folder(&prod(&format!(
        "account_id = 'x'\napi_key.command = [{command}]"
    )));
    let problems = folder.load_with(&env, |_| {}).unwrap_err();
    let told = &problems[0].what;
    assert!(told.contains(": … **"), "{told}");
    assert!(!told.contains("abcdef"), "{told}");
}

#[test]
fn a_program_is_run_only_if_its_key_is_needed() {
    let touch = "account_id = 'x'\napi_key = { command = ['sh', '-c', 'echo k-1; touch ran'] }";
    let text = format!(
        "[accounts.other]\n{touch}\n{}",
        prod("account_id = 'x'\napi_key = { env = 'KEY' }")
    );
    let folder = folder(&text);
    let ran = folder.0.path().join("ran");
    folder.load_with(&env, |_| {}).unwrap();
    assert!(!ran.exists());
    let folder = self::folder(&prod(touch));
    let ran = folder.0.path().join("ran");
    folder
        .load_with(&env, |request| request.sandbox = true)
        .unwrap();
    assert!(!ran.exists());
    folder.load_with(&env, |_| {}).unwrap();
    assert!(ran.exists(), "in the manifest's directory");
}

#[test]
fn without_credentials_the_advice_says_what_to_export() {
    let folder = folder("[[project]]\nname='a'\nbundle='a.json'");
    let problems = folder.load_with(&|_| None, |_| {}).unwrap_err();
    insta::assert_snapshot!(folder.render(&problems), @r#"
    error: the environment variable CHECKLY_ACCOUNT_ID is not set
     |
     = help: export CHECKLY_ACCOUNT_ID=…, declare an account in the manifest ([accounts.NAME]), or run `npx checkly login` on a developer machine

    error: the environment variable CHECKLY_API_KEY is not set
     |
     = help: export CHECKLY_API_KEY=…, declare an account in the manifest ([accounts.NAME]), or run `npx checkly login` on a developer machine

    2 problems: nothing was sent
    "#);
}

/// Wherever a valid or invalid manifest contains a key, no problem may show it.
#[test]
fn a_literal_key_is_never_shown() {
    const PLAIN: &str = "Zx9Qw7Lm3Kp5";
    const CHECKLY: &str = "cu_0123456789abcdef0123456789abcdef";
    let places = [
        "[accounts.prod]\naccount_id = 'x'\napi_key = \"LITERAL\"\n",
        "[accounts.prod]\napi_key = 'LITERAL' # LITERAL\n",
        "[accounts.prod]\napi_key = \"\"\"\nKEY\"\"\"\n",
        "[accounts.prod]\napi_key = [\"LITERAL\"]\n",
        "[accounts.prod]\napi_key = { value = \"LITERAL\" }\n",
        "[accounts.prod]\napi_key = { env = \"LITERAL-\" }\n",
        "[accounts.prod.api_key]\nvalue = \"LITERAL\"\n",
        "[accounts.prod]\nkey = \"LITERAL\"\n",
        "[accounts.prod]\naccount_id = { x = \"LITERAL\" }\n",
        "[accounts]\nprod = \"LITERAL\"\n",
        "accounts.prod = { api_key = \"LITERAL\" }\n",
        "accounts = \"LITERAL\"\n",
        "api_key = \"LITERAL\"\n",
        "apiKey = \"LITERAL\"\n",
        "[defaults]\nCHECKLY_API_KEY = \"LITERAL\"\n",
        "[defaults]\nenv = { CHECKLY_API_KEY = \"LITERAL\" }\n",
        "[[project]]\ntoken = \"LITERAL\"\n",
        "zzz = 1\n# api_key = \"LITERAL\"\n",
        "[api]\nurl = \"https://me:LITERAL@api.checklyhq.com\"\n",
        // The rest is not TOML.
        "[accounts.prod]\napi_key = LITERAL\n",
        "[accounts.prod]\napi_key = \"LITERAL\n",
        "[accounts.prod]\nkey = LITERAL\n",
        "[accounts.prod]\napi_key = \"\"\"\nKEY\n",
        "[accounts.prod]\napi_key = \"LITERAL\" \"LITERAL\"\n",
        "api_key LITERAL = = \"LITERAL\"\n",
        "accounts = { prod = { api_key = \"LITERAL\"\n",
        "api_key = { value = LITERAL }\n",
    ];
    for place in places {
        for key in [PLAIN, CHECKLY] {
            let text = format!("{}{USE_PROD}", place.replace("LITERAL", key));
            let folder = folder(&text);
            let problems = folder.load_with(&env, |_| {}).unwrap_err();
            assert!(!problems.is_empty());
            let seen = format!("{problems:?}{}", folder.render(&problems));
            assert!(!seen.contains(key), "{text}\n{}", folder.render(&problems));
            for problem in &problems {
                let Some(place) = &problem.place else {
                    continue;
                };
                assert_eq!(place.text.len(), text.len(), "offsets stay right");
            }
        }
    }
    let anywhere =
        format!("[[project]]\nname = '{CHECKLY}'\ndepends_on = ['{CHECKLY}', '{CHECKLY}x']\n");
    let folder = folder(&anywhere);
    let problems = folder.load_with(&env, |_| {}).unwrap_err();
    assert!(!format!("{problems:?}").contains(CHECKLY));
}

#[test]
fn a_key_that_is_invalid_in_a_header_is_not_shown_either() {
    let folder = folder("[[project]]\nname='a'\nbundle='a.json'");
    let env = |_: &str| Some("Zx9Qw7 Lm3Kp5".to_owned());
    let problems = folder.load_with(&env, |_| {}).unwrap_err();
    assert_eq!(problems.len(), 2);
    assert!(!format!("{problems:?}").contains("Zx9Qw7"));
}

#[test]
fn missing_credentials_are_reported_even_if_the_project_lacks_something_else() {
    let folder = folder("[[project]]\nname = 'a'\n");
    let problems = folder.load_with(&|_| None, |_| {}).unwrap_err();
    let mut told: Vec<_> = problems.into_iter().map(|problem| problem.what).collect();
    told.sort();
    assert_eq!(
        told,
        [
            "`a` has neither `path` nor `bundle`",
            "the environment variable CHECKLY_ACCOUNT_ID is not set",
            "the environment variable CHECKLY_API_KEY is not set",
        ]
    );
}

#[test]
fn a_name_that_merely_resembles_a_secret_is_shown() {
    let text = "[profile.token-refresh]\ntimeout = '5x'\n[[project]]\nname = 'token'\nbundle = 'gone.json'\n";
    let told = told(text);
    assert!(told.contains("timeout = '5x'"), "{told}");
    assert!(told.contains("bundle = 'gone.json'"), "{told}");
}

/// A key is redacted from everything that is shown, so a sandbox's must not be a word that messages contain.
fn fits_no_message(key: &str) -> bool {
    key.starts_with("cu_") && key.len() > 8 && !key.contains(' ')
}

/// Files as written by the Checkly CLI 8.23.2 and 9.5.0; `tests/interop/local.rs` runs it.
const AUTH: &str = "{\n\t\"apiKey\": \"cu_0123456789abcdef0123456789abcdef\"\n}";
const DATA: &str = "{\n\t\"accountId\": \"5c2ac9b4\",\n\t\"accountName\": \"Acme Inc.\"\n}";

const DEFAULT: &str = "[[project]]\nname='a'\nbundle='a.json'";

/// A manifest's directory with a login for each of these APIs.
fn logged_in(manifest: &str, logins: &[&str], more: &[(&str, &str)]) -> Folder {
    let files: Vec<_> = logins
        .iter()
        .flat_map(|login| {
            let dir = match cfg!(target_os = "macos") {
                true => "home/Library/Preferences",
                false => "home/.config",
            };
            [("auth", AUTH), ("config", DATA)]
                .map(|(name, text)| (format!("{dir}/@checkly/{login}/{name}.json"), text))
        })
        .collect();
    let files = files.iter().map(|(name, text)| (name.as_str(), *text));
    let all = [(FILE_NAME, manifest), ("a.json", "")];
    Folder::new(
        &files
            .chain(all)
            .chain(more.iter().copied())
            .collect::<Vec<_>>(),
    )
}

/// The default account, with these variables set.
fn account_with(folder: &Folder, variables: &[(&str, &str)]) -> Result<(String, String), String> {
    let home = folder.0.path().join("home").display().to_string();
    let env = |name: &str| {
        let set = variables.iter().find(|(set, _)| *set == name);
        let home = (name == "HOME").then(|| home.clone());
        set.map(|(_, value)| (*value).to_owned()).or(home)
    };
    let manifest = folder.load_with(&env, |_| {});
    let manifest = manifest.map_err(|problems| folder.render(&problems))?;
    let account = manifest.accounts.values().next().unwrap();
    let root = format!("{}/", folder.0.path().display());
    let found = account
        .found_in
        .clone()
        .unwrap_or_default()
        .replace(&root, "");
    Ok((
        format!("{} {}", account.account_id, account.api_key.expose()),
        found,
    ))
}

const LOGIN: (&str, &str) = (
    "5c2ac9b4 cu_0123456789abcdef0123456789abcdef",
    "`checkly login` (account Acme Inc.)",
);

fn found(folder: &Folder, variables: &[(&str, &str)], expected: (&str, &str)) {
    let account = account_with(folder, variables).unwrap_or_else(|told| panic!("{told}"));
    assert_eq!((account.0.as_str(), account.1.as_str()), expected);
}

#[test]
fn without_variables_the_account_comes_from_checkly_login() {
    let folder = logged_in(DEFAULT, &["cli"], &[]);
    found(&folder, &[], LOGIN);
    found(&folder, &[("CI", "false"), ("BUILD_ID", "7")], LOGIN);
    let set = [("CHECKLY_ACCOUNT_ID", "a-1"), ("CHECKLY_API_KEY", "k-1")];
    found(&folder, &set, ("a-1 k-1", ""));
}

#[test]
fn a_login_is_used_only_for_its_api() {
    let folder = logged_in(DEFAULT, &["cli-production"], &[]);
    assert!(account_with(&folder, &[]).is_err());
    found(&folder, &[("CHECKLY_ENV", "production")], LOGIN);
    let local = format!("[api]\nurl = 'http://127.0.0.1:3000'\n{DEFAULT}");
    let folder = logged_in(&local, &["cli", "cli-production"], &[]);
    assert!(account_with(&folder, &[]).is_err());
    assert!(account_with(&folder, &[("CHECKLY_ENV", "production")]).is_err());
    let folder = logged_in(&local, &["cli-local"], &[]);
    found(&folder, &[("CHECKLY_ENV", "local")], LOGIN);
}

#[test]
fn a_login_is_never_mixed_with_the_environment() {
    let folder = logged_in(DEFAULT, &["cli"], &[]);
    for (name, missing) in [
        ("CHECKLY_API_KEY", "CHECKLY_ACCOUNT_ID"),
        ("CHECKLY_ACCOUNT_ID", "CHECKLY_API_KEY"),
    ] {
        let told = account_with(&folder, &[(name, "x-1")]).unwrap_err();
        assert!(told.contains(&format!("{missing} is not set")), "{told}");
        let told = account_with(&folder, &[(name, "")]).unwrap_err();
        assert!(told.contains(&format!("{name} is empty")), "{told}");
    }
}

#[test]
fn in_ci_only_the_environment_counts() {
    let dotenv = (".env", "CHECKLY_ACCOUNT_ID=a-2\nCHECKLY_API_KEY=k-2\n");
    let folder = logged_in(DEFAULT, &["cli"], &[dotenv]);
    for name in ["CI", "BUILD_ID", "TF_BUILD"] {
        let told = account_with(&folder, &[(name, "true")]).unwrap_err();
        assert!(told.contains("CHECKLY_API_KEY is not set"), "{told}");
    }
    found(&folder, &[], ("a-2 k-2", ".env"));
}

#[test]
fn unset_credentials_are_read_from_the_manifests_dotenv_file() {
    let dotenv = (
        ".env",
        "CHECKLY_ACCOUNT_ID=a-2\nexport CHECKLY_API_KEY='k-2' # mine\nKEY=k-3",
    );
    let folder = logged_in(DEFAULT, &["cli"], &[dotenv]);
    found(&folder, &[("CHECKLY_API_KEY", "k-1")], ("a-2 k-1", ".env"));
    let declared = prod("account_id = 'a-3'\napi_key = { env = 'KEY' }");
    let folder = logged_in(&declared, &[], &[dotenv]);
    found(&folder, &[], ("a-3 k-3", ".env"));
    found(&folder, &[("KEY", "k-1")], ("a-3 k-1", ""));
    // A login does not apply to declared accounts.
    let folder = logged_in(&declared, &["cli"], &[]);
    assert!(account_with(&folder, &[]).is_err());
}

#[test]
fn an_unreadable_login_is_reported_without_its_content() {
    let file = match cfg!(target_os = "macos") {
        true => "home/Library/Preferences/@checkly/cli/auth.json",
        false => "home/.config/@checkly/cli/auth.json",
    };
    let folder = logged_in(
        DEFAULT,
        &[],
        &[(file, "{ apiKey: cu_0123456789abcdef0123456789abcdef")],
    );
    let told = account_with(&folder, &[]).unwrap_err();
    assert!(
        told.contains("cannot read the credentials of `checkly login`"),
        "{told}"
    );
    assert!(!told.contains("0123456789"), "{told}");
}

/// It is part of the value: a shell would have removed it, a `.env` file or a CI system's form does not.
#[test]
fn a_credential_in_quotes_is_refused() {
    for quoted in [
        "\"cu_x123456789\"",
        "'cu_x123456789'",
        "`cu_x`",
        "\"cu_x\"\n",
    ] {
        let folder = folder(&prod("account_id = 'x'\napi_key = { env = 'KEY' }"));
        let env = |name: &str| (name == "KEY").then(|| quoted.to_owned());
        let told = folder.render(&folder.load_with(&env, |_| {}).unwrap_err());
        assert!(told.contains("it is in quotes"), "{told}");
        assert!(!told.contains("cu_x"), "{told}");
    }
}

/// An agent, for example, keeps the output open.
#[test]
fn a_key_program_that_leaves_a_child_running_is_not_waited_for() {
    let command = "sleep 1000 & echo $! >child; echo cu_abcdef123456";
    let folder = folder(&prod(&format!(
        "account_id = 'x'\napi_key = {{ command = ['sh', '-c', '{command}'] }}"
    )));
    let manifest = folder.load_with(&env, |_| {}).unwrap();
    assert_eq!(
        manifest.accounts["prod"].api_key.expose(),
        "cu_abcdef123456"
    );
    let child = std::fs::read_to_string(folder.0.path().join("child")).unwrap();
    let killed = std::process::Command::new("kill")
        .arg(child.trim())
        .status();
    assert!(killed.unwrap().success(), "it was still running");
}

#[test]
fn a_variable_that_only_an_ignored_dotenv_file_sets_is_named_with_it() {
    let folder = Folder::new(&[
        (FILE_NAME, "[[project]]\nname='a'\nbundle='a.json'"),
        ("a.json", ""),
        (
            ".env",
            "CHECKLY_ACCOUNT_ID=x\nCHECKLY_API_KEY=cu_123456789\n",
        ),
    ]);
    let env = |name: &str| (name == "CI").then(|| "true".to_owned());
    let told = folder.render(&folder.load_with(&env, |_| {}).unwrap_err());
    assert!(
        told.contains(".env sets it, but is not read in CI"),
        "{told}"
    );
    assert!(!told.contains("cu_1"), "{told}");
}
