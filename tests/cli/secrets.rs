//! An API key is never in any output, even with full logging.

use super::api::{Sandbox, nobody};
use super::folder::Folder;
use super::program::{Program, orchestrate};

const KEY: &str = "cu_0123456789abcdef0123456789abcdef";

/// Runs it with full logging, and searches all its output for the key.
#[track_caller]
fn keeps_the_key(program: Program, folder: &Folder, code: i32) {
    let ended = program
        .env("RUST_LOG", "trace")
        .within(folder.path())
        .run()
        .expect(code);
    let mut all = vec![ended.out, ended.err];
    all.extend(
        folder
            .names()
            .iter()
            .filter(|name| ["x.json", "x.md", "plan.json"].contains(&name.as_str()))
            .map(|name| folder.read(name)),
    );
    for text in all {
        // Not even a part of it.
        assert!(
            !text.contains(KEY) && !text.contains("0123456789abcdef"),
            "{text}"
        );
    }
}

fn deploy(url: &str) -> Program {
    orchestrate("-v --output --retries 1 --message-format json --report-file x.json --api-url")
        .arg(url)
}

#[test]
fn the_log_is_not_empty() {
    let folder = Folder::of(&["shop"]);
    let ended = orchestrate("--sandbox --time-scale 0.05")
        .env("RUST_LOG", "trace")
        .within(folder.path())
        .run()
        .expect(0);
    assert!(
        ended.err.contains("TRACE") && ended.err.contains("actix"),
        "{}",
        ended.err
    );
}

#[test]
fn a_key_from_the_environment() {
    let (sandbox, folder) = (Sandbox::start(0.05), Folder::of(&["shop"]));
    keeps_the_key(deploy(&sandbox.url).env("CHECKLY_API_KEY", KEY), &folder, 0);
    keeps_the_key(deploy(&nobody()).env("CHECKLY_API_KEY", KEY), &folder, 75);
    keeps_the_key(orchestrate("list").env("CHECKLY_API_KEY", KEY), &folder, 0);
    keeps_the_key(
        orchestrate("validate").env("CHECKLY_API_KEY", KEY),
        &folder,
        0,
    );
}

#[test]
fn a_key_from_a_file() {
    let sandbox = Sandbox::start(0.05);
    let settings = "[accounts.default]\naccount_id = 'a'\napi_key = { file = 'key' }";
    let folder = Folder::of(&["shop"]).with(settings);
    folder.write("key", &format!("{KEY}\n"));
    keeps_the_key(deploy(&sandbox.url).without("CHECKLY_API_KEY"), &folder, 0);
}

#[test]
fn a_refused_key() {
    let (sandbox, folder) = (Sandbox::start(0.05), Folder::of(&["shop"]));
    let key = format!("invalid-{KEY}");
    keeps_the_key(
        deploy(&sandbox.url).env("CHECKLY_API_KEY", key),
        &folder,
        77,
    );
}

#[test]
fn a_key_that_cannot_be_sent() {
    let (sandbox, folder) = (Sandbox::start(0.05), Folder::of(&["shop"]));
    for key in [
        format!("{KEY}\n{KEY}"),
        format!("{KEY}\u{7f}"),
        format!("{KEY} é"),
    ] {
        keeps_the_key(
            deploy(&sandbox.url).env("CHECKLY_API_KEY", key),
            &folder,
            78,
        );
    }
}

#[test]
fn a_key_in_the_wrong_place() {
    let folder = Folder::of(&["shop"]).with(&format!(
        "[accounts.default]\naccount_id = 'a'\napi_key = '{KEY}'"
    ));
    keeps_the_key(orchestrate("validate"), &folder, 78);
    let folder = Folder::of(&["shop"]).with(&format!(
        "[accounts.default]\naccount_id = 'a'\napi_key = {{ env = '{KEY}' }}"
    ));
    keeps_the_key(orchestrate("preview"), &folder, 78);
    keeps_the_key(orchestrate("validate"), &folder, 0);
    let folder = Folder::of(&["shop"]).with(&format!("[accounts.default]\naccount_id = 'a'\napi_key = {{ command = ['no-such-command', '{KEY}'] }}"));
    keeps_the_key(orchestrate("preview"), &folder, 78);
    keeps_the_key(orchestrate("validate"), &folder, 0);
    let folder = Folder::of(&["shop"]);
    let url = format!("http://user:{KEY}@127.0.0.1:1");
    keeps_the_key(orchestrate("validate --api-url").arg(url), &folder, 78);
}

#[test]
fn a_key_printed_by_a_hook() {
    let sandbox = Sandbox::start(0.05);
    let key = format!("weird-{}", &KEY[3..]);
    let settings = "[accounts.default]\naccount_id = 'a'\napi_key = { env = 'PROD_CK' }\n\
        [defaults]\nhooks.post = ['sh', '-c', 'echo leak $PROD_CK; exit 1']\n\
        [hooks]\non_failure = ['sh', '-c', 'echo leak $PROD_CK; exit 1']";
    let folder = Folder::of(&["shop"]).with(settings);
    let program = deploy(&sandbox.url).without("CHECKLY_API_KEY").arg("--yes");
    keeps_the_key(program.env("PROD_CK", &key), &folder, 1);
    assert_eq!(folder.read("x.json").matches("leak ***").count(), 3);
}

#[test]
fn a_key_printed_during_bundling() {
    let key = format!("weird-{}", &KEY[3..]);
    let folder = Folder::empty();
    let project = "bundle_command = ['sh', '-c', 'echo leak $PROD_CK; exit 1']";
    folder.write("shop/checkly.config.ts", "");
    folder.write(
        "projects.toml",
        &format!(
            "[accounts.default]\naccount_id = 'a'\napi_key = {{ env = 'PROD_CK' }}\n\
             [[project]]\nname = 'shop'\npath = 'shop'\n{project}"
        ),
    );
    for command in ["validate --bundle", "preview --report-file x.json"] {
        let program = orchestrate(command).without("CHECKLY_API_KEY");
        let program = program.env("PROD_CK", &key).within(folder.path());
        let ended = program.run();
        let all = ended.out + &ended.err;
        assert!(
            all.contains("leak ***") && !all.contains(&KEY[3..]),
            "{all}"
        );
    }
    assert!(!folder.read("x.json").contains(&KEY[3..]));
}

/// A diff repeats the ids in a bundle, and an error whatever the server has seen.
#[test]
fn a_key_of_another_account_that_the_server_repeats() {
    let key = format!("weird-{}", &KEY[3..]);
    let accounts = "[accounts.main]\naccount_id = 'a'\napi_key = { env = 'MAIN' }\n\
        [accounts.other]\naccount_id = 'b'\napi_key = { env = 'OTHER' }";
    let error = format!(
        "[[rule]]\nproject = 'cart'\non = 'deploy'\nfault.fail = {{ at = 50, code = '{key}', message = 'your {key}' }}"
    );
    let sandbox = Sandbox::scripted(0.05, &error);
    let folder = Folder::of(&["shop", "cart", "mail"]).with(accounts);
    let projects = folder.read("projects.toml");
    let projects = projects
        .replace("name = \"shop\"", "name = \"shop\"\naccount = 'main'")
        .replace("name = \"cart\"", "name = \"cart\"\naccount = 'main'")
        .replace("name = \"mail\"", "name = \"mail\"\naccount = 'other'");
    folder.write("projects.toml", &projects);
    let bundle = folder.read("shop.json").replace("check-1", &key);
    assert!(bundle.contains(&key));
    folder.write("shop.json", &bundle);
    let with_keys = |command: &str| {
        let program = orchestrate(command).arg("--api-url").arg(&sandbox.url);
        let program = program
            .without("CHECKLY_API_KEY")
            .without("CHECKLY_ACCOUNT_ID");
        program.env("MAIN", "main-key-123456").env("OTHER", &key)
    };
    let outputs = "-v --output --report-file x.json --report-file x.md";
    keeps_the_key(
        with_keys(&format!("preview {outputs} --out plan.json")),
        &folder,
        0,
    );
    assert!(folder.read("x.json").contains("***"));
    keeps_the_key(with_keys(&format!("deploy --yes {outputs}")), &folder, 1);
    let deploy = format!("deploy --yes {outputs} --message-format json");
    keeps_the_key(with_keys(&deploy), &folder, 1);
    assert!(folder.read("x.md").contains("your `***`"));
}
