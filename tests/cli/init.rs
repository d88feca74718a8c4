//! `orchestrate init`.

use super::folder::Folder;
use super::program::orchestrate;
use std::os::unix::fs::symlink;
use std::path::Path;

fn folder(projects: &[&str]) -> Folder {
    let folder = Folder::empty();
    for project in projects {
        folder.write(&format!("{project}/checkly.config.ts"), "");
    }
    folder
}

/// Installs something in the place of the Checkly CLI: a script that is run in the folder of each of these projects.
fn install(folder: &Folder, projects: &[&str], script: &str) {
    // A program that a test has just written could not be run safely: another test's child may still hold it open.
    let fake = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checkly/tests/fake-checkly");
    folder.write(
        "node_modules/checkly/package.json",
        r#"{"version":"9.9.9"}"#,
    );
    std::fs::create_dir(folder.file("node_modules/.bin")).unwrap();
    symlink(fake, folder.file("node_modules/.bin/checkly")).unwrap();
    for project in projects {
        folder.write(&format!("{project}/fake.sh"), script);
    }
}

/// Prints what `checkly debug parse-project` does, of a project that is called like its folder.
const CLI: &str = r#"
[ "$1 $2" = "debug parse-project" ] || exit 1
name=$(basename "$PWD")
printf '{\n"diagnostics":{"fatal":false,"benign":false,"observations":[]},'
printf '"payload":{"project":{"name":"The %s","logicalId":"%s-id"},"sharedFiles":[],"resources":[]}}\n' "$name" "$name"
"#;

#[test]
fn init_asks_the_installed_cli_what_projects_call_themselves() {
    let projects = ["services/shop", "services/mail"];
    let folder = folder(&projects);
    install(&folder, &projects, CLI);
    let ended = orchestrate("init").within(folder.path()).run().expect(0);
    insta::assert_snapshot!(ended.err, @r"
    found 2 Checkly projects; reading logical ids with the installed Checkly CLI
    wrote projects.toml: 2 projects
    next: review projects.toml, then run
      orchestrate validate
    ");
    let text = folder.read("projects.toml");
    let (_, projects) = text.split_once("[[project]]").unwrap();
    insta::assert_snapshot!(projects, @r#"
     # The mail
    name = "mail"
    path = "services/mail"
    logical_id = "mail-id"
    inputs = ["services/mail/**"]
    tags = ["services"]

    [[project]] # The shop
    name = "shop"
    path = "services/shop"
    logical_id = "shop-id"
    inputs = ["services/shop/**"]
    tags = ["services"]
    "#);
    let ended = orchestrate("list --format json")
        .within(folder.path())
        .run()
        .expect(0);
    assert_eq!(ended.listed(), ["mail", "shop"]);
}

/// A CLI whose projects are called as their configurations are.
const CLI_OF_REGIONS: &str = r#"
region=${3#--config=checkly.}; region=${region%.config.ts}
printf '{\n"diagnostics":{"fatal":false,"benign":false,"observations":[]},'
printf '"payload":{"project":{"name":"Shop","logicalId":"shop-%s"},"sharedFiles":[],"resources":[]}}\n' "$region"
"#;

#[test]
fn several_configurations_of_one_directory_are_as_many_projects() {
    let folder = Folder::empty();
    install(&folder, &["shop"], CLI_OF_REGIONS);
    for region in ["ap", "eu", "sa", "us"] {
        let file = format!("shop/checkly.{region}.config.ts");
        folder.write(&file, "export default defineConfig({})");
    }
    let ended = orchestrate("init").within(folder.path()).run().expect(0);
    assert!(
        ended.err.contains("wrote projects.toml: 4 projects\n"),
        "{}",
        ended.err
    );
    let ended = orchestrate("list --format json")
        .within(folder.path())
        .run()
        .expect(0);
    assert_eq!(ended.listed(), ["shop-ap", "shop-eu", "shop-sa", "shop-us"]);
}

#[test]
fn a_project_is_bundled_from_where_the_repository_runs_the_cli_and_affected_by_what_it_uses() {
    let folder = Folder::empty();
    install(&folder, &["."], &CLI.replace("%s-id", "%s"));
    folder.write(".gitignore", "node_modules\nfake.sh\n");
    folder.write(
        "monitoring/web/checkly.config.ts",
        "import { all } from '../../lib/all'",
    );
    folder.write("monitoring/mail/checkly.config.ts", "");
    folder.write("lib/all.ts", "");
    let script = "checkly deploy --config monitoring/web/checkly.config.ts";
    folder.write(
        "package.json",
        &format!("{{\"scripts\": {{\"deploy\": \"{script}\"}}}}"),
    );
    folder.write("package-lock.json", "{}");
    let git = |args: &str| {
        let git = std::process::Command::new("git")
            .args([
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@b",
                "-c",
                "init.defaultBranch=main",
            ])
            .args(args.split(' '))
            .current_dir(folder.path())
            .output();
        assert!(git.unwrap().status.success(), "{args}");
    };
    git("init");
    orchestrate("init").within(folder.path()).run().expect(0);
    let text = folder.read("projects.toml");
    let name = folder.path().file_name().unwrap().to_str().unwrap();
    let web = text.split_once("name = \"web\"\n").unwrap().1;
    // The CLI was started in the repository's directory, which this one takes for its logical id.
    let expected = format!(
        "path = \"monitoring/web\"\nlogical_id = \"{name}\"\ncwd = \".\"\n\
         inputs = [\"monitoring/web/**\", \"lib/**\", \"package-lock.json\", \"package.json\"]\n"
    );
    assert!(web.starts_with(&expected), "{text}");
    git("add .");
    git("commit -m all");
    for (file, affected) in [
        ("lib/all.ts", &["web"][..]),
        ("package-lock.json", &["mail", "web"]),
        ("monitoring/mail/x.check.ts", &["mail"]),
    ] {
        folder.write(file, "changed");
        let ended = orchestrate("list --affected=HEAD --format json")
            .within(folder.path())
            .run()
            .expect(0);
        assert_eq!(ended.listed(), affected, "{file}");
        git("add .");
        git("commit -m changed");
    }
}

#[test]
fn what_init_writes_is_valid_whatever_it_found() {
    let projects = [
        "a/checkly",
        "b/checkly",
        "b",
        "odd [1]",
        "q\"uo\\te",
        "x/$${y}",
        "${z}",
        "é/tests",
    ];
    let folder = folder(&projects);
    let one_for_all = CLI.replace("The %s", "x").replace("%s-id", "id");
    let one_for_all = one_for_all.replace(r#""$name" "$name""#, "");
    install(&folder, &projects, &one_for_all);
    let ended = orchestrate("init").within(folder.path()).run().expect(0);
    assert!(
        ended
            .err
            .contains("\n7 more are commented out: their logical ids belong to other projects; "),
        "{}",
        ended.err
    );
    let validate = || {
        orchestrate("list --format json")
            .within(folder.path())
            .run()
    };
    assert_eq!(validate().expect(0).listed().len(), 1);
    std::fs::remove_file(folder.file("projects.toml")).unwrap();
    std::fs::remove_dir_all(folder.file("node_modules")).unwrap();
    orchestrate("init").within(folder.path()).run().expect(0);
    assert_eq!(validate().expect(0).listed().len(), 8);
}

#[test]
fn a_project_that_the_cli_cannot_read_is_told_with_the_reason() {
    let folder = folder(&["shop"]);
    install(
        &folder,
        &["shop"],
        "echo 'Error: no such thing' >&2; exit 1",
    );
    orchestrate("init").within(folder.path()).run().expect(0);
    let text = folder.read("projects.toml");
    assert!(text.contains("# logical_id = \"…\" # not read: "), "{text}");
    assert!(text.contains(": Error: no such thing\n"), "{text}");
}

#[test]
fn an_interrupt_ends_init_and_what_it_has_started() {
    let folder = folder(&["shop"]);
    let script = "echo $$ > ../pid; mkfifo fifo; echo > ../started; read line < fifo";
    install(&folder, &["shop"], script);
    let fifo = folder.file("started");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let running = orchestrate("init").within(folder.path()).start();
    std::fs::read(&fifo).unwrap(); // until the CLI runs
    running.signal("INT");
    let ended = running.end().expect(130);
    assert!(ended.err.ends_with("interrupted\n"), "{}", ended.err);
    assert!(!folder.file("projects.toml").exists());
    let pid = folder.read("pid");
    let is_there = std::process::Command::new("kill")
        .args(["-0", pid.trim()])
        .output();
    assert!(!is_there.unwrap().status.success(), "{pid} still runs");
}

#[test]
fn init_writes_a_manifest_for_what_it_finds_and_says_so() {
    let folder = folder(&["services/shop", "services/mail", "node_modules/x"]);
    let ended = orchestrate("init").within(folder.path()).run().expect(0);
    assert_eq!(ended.out, "");
    insta::assert_snapshot!(ended.err, @r"
    found 2 Checkly projects; reading logical ids with the installed Checkly CLI
    wrote projects.toml: 2 projects
    no logical_id for mail, shop: the Checkly CLI is not installed
    next: review projects.toml, then run
      orchestrate validate
    ");
    let text = folder.read("projects.toml");
    assert!(
        text.contains("\nname = \"mail\"\npath = \"services/mail\"\n"),
        "{text}"
    );
    assert!(text.contains("\ntags = [\"services\"]\n"), "{text}");
    assert!(!text.contains("node_modules"), "{text}");
}

#[test]
fn init_leaves_a_manifest_that_exists_as_it_is() {
    let folder = folder(&["shop"]);
    folder.write("projects.toml", "mine");
    let ended = orchestrate("init").within(folder.path()).run().expect(1);
    insta::assert_snapshot!(ended.err, @r"
    error: projects.toml already exists and was not changed
    help: run `orchestrate validate` to check it, or move it to start over
    ");
    assert_eq!(folder.read("projects.toml"), "mine");
}

#[test]
fn init_of_another_folder_writes_there() {
    let folder = folder(&["a/shop", "b/mail"]);
    let ended = orchestrate("init a").within(folder.path()).run().expect(0);
    assert!(
        ended.err.contains("wrote a/projects.toml: 1 project\n"),
        "{}",
        ended.err
    );
    assert!(
        ended
            .err
            .ends_with("\n  orchestrate validate --config a/projects.toml\n"),
        "{}",
        ended.err
    );
    assert!(folder.read("a/projects.toml").contains("path = \"shop\""));
    assert_eq!(folder.names(), ["a", "b"]);
    folder.write("it's 2/checkly.config.ts", "");
    let ended = orchestrate("init")
        .arg("it's 2")
        .within(folder.path())
        .run()
        .expect(0);
    let command = "\n  orchestrate validate --config 'it'\\''s 2/projects.toml'\n";
    assert!(ended.err.ends_with(command), "{}", ended.err);
}

#[test]
fn init_without_a_project_says_where_it_has_looked() {
    let folder = folder(&[".hidden/shop"]);
    let ended = orchestrate("init").within(folder.path()).run().expect(1);
    insta::assert_snapshot!(ended.err, @r"
    error: no Checkly project in . or below: no checkly.config.ts (or .mts, .cts, .js, .mjs, .cjs), and no variant such as checkly.eu.config.ts
    help: hidden directories, node_modules, and paths in .gitignore are not searched; to search another directory, run: orchestrate init DIR
    ");
    assert_eq!(folder.names(), [".hidden"]);
    let ended = orchestrate("init nowhere")
        .within(folder.path())
        .run()
        .expect(64);
    assert_eq!(ended.err, "error: nowhere is not a directory\n");
}

#[test]
fn init_where_nothing_can_be_written_says_so() {
    let folder = folder(&["shop"]);
    // A link that leads nowhere is something, too: what it would lead to is not ours.
    symlink("gone/x", folder.file("projects.toml")).unwrap();
    orchestrate("init").within(folder.path()).run().expect(1);
}
