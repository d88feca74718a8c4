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

/// Installs a script in place of the Checkly CLI in each of these projects.
fn install(folder: &Folder, projects: &[&str], script: &str) {
    // A freshly written executable cannot be run safely: another test's child process may still have it open.
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

/// Prints the output of `checkly debug parse-project` for a project named after its directory.
const CLI: &str = r#"
[ "$1 $2" = "debug parse-project" ] || exit 1
name=$(basename "$PWD")
printf '{\n"diagnostics":{"fatal":false,"benign":false,"observations":[]},'
printf '"payload":{"project":{"name":"The %s","logicalId":"%s-id"},"sharedFiles":[],"resources":[]}}\n' "$name" "$name"
"#;

#[test]
fn init_reads_logical_ids_with_the_installed_cli() {
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

/// A CLI whose projects are named after their configurations.
const CLI_OF_REGIONS: &str = r#"
region=${3#--config=checkly.}; region=${region%.config.ts}
printf '{\n"diagnostics":{"fatal":false,"benign":false,"observations":[]},'
printf '"payload":{"project":{"name":"Shop","logicalId":"shop-%s"},"sharedFiles":[],"resources":[]}}\n' "$region"
"#;

#[test]
fn every_configuration_in_a_directory_is_a_project() {
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
fn init_finds_the_working_directory_and_the_inputs() {
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
    // The script uses its working directory, the repository, as the logical id.
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
fn init_always_writes_a_valid_manifest() {
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
fn init_reports_projects_that_the_cli_cannot_read() {
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
fn an_interrupt_stops_init_and_its_child_processes() {
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
fn init_writes_a_manifest_for_the_projects_it_finds() {
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
fn init_does_not_change_an_existing_manifest() {
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
fn init_writes_to_the_searched_directory() {
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
    let command = "\n  orchestrate validate --config \"it's 2/projects.toml\"\n";
    assert!(ended.err.ends_with(command), "{}", ended.err);
}

#[test]
fn init_without_a_project_explains_the_search() {
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
fn init_does_not_follow_a_broken_link() {
    let folder = folder(&["shop"]);
    // A broken link counts as an existing file: its target must not be created.
    symlink("gone/x", folder.file("projects.toml")).unwrap();
    orchestrate("init").within(folder.path()).run().expect(1);
}
