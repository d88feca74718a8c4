//! Credentials from `.env` or `checkly login`: their source is printed, and they are not used in CI.

use super::api::Sandbox;
use super::folder::Folder;
use super::program::{Program, orchestrate};

const KEY: &str = "cu_0123456789abcdef0123456789abcdef";

fn deploy(sandbox: &Sandbox, folder: &Folder) -> Program {
    orchestrate("-v --yes --message-format json --api-url")
        .arg(&sandbox.url)
        .without("CHECKLY_ACCOUNT_ID")
        .without("CHECKLY_API_KEY")
        .env("CHECKLY_ENV", "local")
        .env("HOME", folder.path().join("home"))
        .env("RUST_LOG", "trace")
        .within(folder.path())
}

fn log_in(folder: &Folder) {
    let dir = match cfg!(target_os = "macos") {
        true => "home/Library/Preferences/@checkly/cli-local",
        false => "home/.config/@checkly/cli-local",
    };
    let dir = folder.path().join(dir);
    std::fs::create_dir_all(&dir).unwrap();
    let auth = format!("{{\n\t\"apiKey\": \"{KEY}\"\n}}");
    std::fs::write(dir.join("auth.json"), auth).unwrap();
    let data = "{\n\t\"accountId\": \"5c2ac9b4\",\n\t\"accountName\": \"Acme\\u001b[31m Inc.\"\n}";
    std::fs::write(dir.join("config.json"), data).unwrap();
}

#[test]
fn the_checkly_cli_login_is_used_and_named_without_its_key() {
    let (sandbox, folder) = (Sandbox::start(0.05), Folder::of(&["shop"]));
    log_in(&folder);
    let ended = deploy(&sandbox, &folder).run().expect(0);
    let said = "Using credentials from `checkly login` (account Acme";
    assert!(ended.err.contains(said), "{}", ended.err);
    assert!(ended.out.contains("5c2ac9b4"), "{}", ended.out);
    for text in [&ended.out, &ended.err] {
        assert!(!text.contains("0123456789abcdef"), "{text}");
        assert!(!text.contains("\u{1b}[31m Inc."), "{text}");
    }
    let ended = deploy(&sandbox, &folder).env("CI", "true").run().expect(78);
    assert!(
        ended.err.contains("CHECKLY_API_KEY is not set"),
        "{}",
        ended.err
    );
}

#[test]
fn a_dotenv_file_next_to_the_manifest_is_used_and_named() {
    let (sandbox, folder) = (Sandbox::start(0.05), Folder::of(&["shop"]));
    let dotenv = format!("CHECKLY_ACCOUNT_ID=account-2\nCHECKLY_API_KEY=\"{KEY}\"\n");
    std::fs::write(folder.path().join(".env"), dotenv).unwrap();
    let ended = deploy(&sandbox, &folder).run().expect(0);
    assert!(
        ended.err.contains("Using credentials from .env."),
        "{}",
        ended.err
    );
    assert!(ended.out.contains("account-2"), "{}", ended.out);
    assert!(!ended.err.contains("0123456789abcdef"), "{}", ended.err);
}

#[test]
fn the_key_command_and_the_bundle_of_an_unselected_project_are_not_needed() {
    let (sandbox, folder) = (Sandbox::start(0.05), Folder::of(&["a", "b"]));
    let accounts = r#"
[accounts.main]
account_id = "a-1"
api_key = { command = ["echo", "cu_main12345"] }

[accounts.other]
account_id = "${env:NOT_SET}"
api_key = { command = ["touch", "ran"] }
"#;
    let manifest = folder.read("projects.toml");
    let manifest = manifest.replace("name = \"a\"", "name = \"a\"\naccount = \"main\"");
    let manifest = manifest.replace("name = \"b\"", "name = \"b\"\naccount = \"other\"");
    folder.write("projects.toml", &(accounts.to_owned() + &manifest));
    std::fs::remove_file(folder.file("b.json")).unwrap();
    for selection in ["--only a", "--exclude b"] {
        let run = orchestrate(&format!(
            "--yes {selection} --message-format json --api-url"
        ));
        let ended = run.arg(&sandbox.url).within(folder.path()).run().expect(0);
        assert_eq!(super::program::results(&ended.report()), ["a succeeded -"]);
    }
    assert!(!folder.file("ran").exists());
    let run = orchestrate("--yes --api-url").arg(&sandbox.url);
    let ended = run.within(folder.path()).run().expect(78);
    assert!(ended.err.contains("b.json"), "{}", ended.err);
}

#[test]
fn the_api_url_may_end_with_a_line_break() {
    let (sandbox, folder) = (Sandbox::start(0.05), Folder::of(&["a"]));
    let url = format!("{}\n", sandbox.url);
    let run = orchestrate("--yes").env("CHECKLY_API_URL", url);
    run.within(folder.path()).run().expect(0);
}

#[cfg(unix)]
#[test]
fn a_key_that_is_not_unicode_is_set_but_invalid() {
    use std::os::unix::ffi::OsStrExt;
    let key = std::ffi::OsStr::from_bytes(b"cu_\xff");
    let folder = Folder::of(&["a"]);
    let run = orchestrate("--yes").env("CHECKLY_API_KEY", key);
    let ended = run.within(folder.path()).run().expect(78);
    assert!(
        ended
            .err
            .contains("CHECKLY_API_KEY is not a valid credential"),
        "{}",
        ended.err
    );
}
