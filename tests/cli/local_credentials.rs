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
