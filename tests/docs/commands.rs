//! Every command in the documents is run in a scratch directory, or is listed here with the reason why not.

use super::pages::{blocks, file_name, pages};
use super::source::root;
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Commands that start like this are not run.
const NOT_RUN: [(&str, &str); 17] = [
    ("cargo build", "`.ci/run` builds the program"),
    ("cargo install", "installs what this test runs"),
    ("cargo run", "`.ci/run` runs the first one; takes a build"),
    ("cargo test", "`.ci/run` runs it"),
    ("cd ", "commands below it need Node.js"),
    ("npm ", "needs the npm registry; `.ci/run` runs `npm ci`"),
    (
        "npx ",
        "needs Node.js; `tests/interop` runs the CLI like this",
    ),
    ("CHECKLY_ENV=local", "the same"),
    ("ENVIRONMENT=staging npx", "the same"),
    ("checkly deploy", "shows what `orchestrate` runs"),
    ("./bundle.sh", "needs Node.js; `.ci/run` runs it"),
    ("node tests/benchmark", "takes minutes on an idle machine"),
    ("gh ", "needs a pull request on GitHub"),
    ("curl ", "`tests/sandbox/script.rs` sends such requests"),
    (
        "export CHECKLY_ACCOUNT_ID=",
        "this test sets these variables",
    ),
    ("export CHECKLY_ENV=", "commands below it need Node.js"),
    (
        "orchestrate sandbox",
        "runs until Ctrl-C; this test deploys to one",
    ),
];

/// What the pages' commands find, unless the page has a manifest of its own.
const MANIFEST: &str = r#"
name = "acme"

[[project]]
name = "shared-alerts"
path = "monitoring/shared-alerts"

[[project]]
name = "checkout"
path = "services/checkout"
depends_on = ["shared-alerts"]
"#;

/// Stands in for the Checkly CLI: a project is called like its directory and has one check.
const CLI: &str = r#"
name=$(basename "$PWD")
check='{"type":"check","logicalId":"home","member":true,"payload":{"checkType":"API"}}'
bundle='{"project":{"name":"'$name'","logicalId":"'$name'"},"sharedFiles":[],"resources":['$check']}'
case "$1 $2" in
"debug parse-project")
    printf '{\n"diagnostics":{"fatal":false,"benign":false,"observations":[]},"payload":%s}\n' "$bundle" ;;
*)
    for word; do case $word in --debug-bundle-output-file=*) printf '%s' "$bundle" >"${word#*=}" ;; esac; done ;;
esac
"#;

#[test]
fn every_command_in_the_documents_runs_or_is_listed_with_the_reason_why_not() {
    let sandbox = Sandbox::start();
    let pages = pages();
    // Pages share nothing but the sandbox, where each has its own account.
    let listed = std::thread::scope(|scope| {
        let threads: Vec<_> = pages
            .iter()
            .map(|page| scope.spawn(|| run_all(page, &sandbox.url)))
            .collect();
        let listed = threads.into_iter().map(|thread| thread.join().unwrap());
        listed.flatten().collect::<BTreeSet<_>>()
    });
    for (start, _) in NOT_RUN {
        assert!(
            listed.contains(start),
            "no command starts with `{start}` any more"
        );
    }
}

/// Runs the page's commands one after the other; returns the entries of the list that it needs.
fn run_all(page: &str, api: &str) -> Vec<&'static str> {
    let mut listed = vec![];
    let mut directory = None;
    let steps = blocks(page, "yaml");
    let steps = steps.iter().flat_map(|block| steps_of(block));
    let blocks = blocks(page, "sh");
    for command in blocks.iter().flat_map(|block| commands(block)).chain(steps) {
        let reason = NOT_RUN.iter().find(|(start, _)| command.starts_with(start));
        if let Some((start, _)) = reason {
            listed.push(*start);
        } else {
            let scratch = directory.get_or_insert_with(|| scratch(page));
            assert_runs(page, &command, scratch.path(), api);
        }
    }
    listed
}

/// The commands of a block: without comments, continued lines joined.
fn commands(block: &str) -> Vec<String> {
    let joined = block.replace("\\\n", " ");
    let lines = joined.lines().map(|line| match line.split_once(" #") {
        Some((command, _)) => command.trim(),
        None => line.trim(),
    });
    let commands = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    commands.map(str::to_owned).collect()
}

/// The commands of a pipeline that run this program: those of a shard for each of its four shards.
fn steps_of(pipeline: &str) -> Vec<String> {
    let steps = pipeline.lines().filter_map(|line| {
        let step = line.trim_start().strip_prefix("- ")?;
        let command = step.strip_prefix("run: ").unwrap_or(step);
        command.starts_with("orchestrate").then_some(command)
    });
    let of_shards = steps.flat_map(|command| {
        let of_shard = move |shard: usize| {
            let shards = [
                ("${{ matrix.shard }}", shard),
                ("$CI_NODE_INDEX", shard),
                ("$CI_NODE_TOTAL", 4),
                ("$JOB_COMPLETION_INDEX", shard - 1),
                ("JOB_COMPLETION_INDEX", shard - 1),
            ];
            let replace =
                |text: String, (name, value): (&str, usize)| text.replace(name, &value.to_string());
            let command = shards.into_iter().fold(command.to_owned(), replace);
            let command = command.replace("/journals/", "volume/"); // is mounted
            command.replace("${{ github.event.before }}", "HEAD~1")
        };
        let is_of_shard = command.contains("--partition");
        (1..=if is_of_shard { 4 } else { 1 }).map(of_shard)
    });
    of_shards.collect()
}

#[test]
fn commands_are_read_as_a_shell_reads_them() {
    let block = "# first\na --b c  # why\n\nx \\\n  y\n";
    assert_eq!(commands(block), ["a --b c", "x    y"]);
}

/// A git repository with two Checkly projects, the page's manifest, and the files that its blocks name in their first line.
fn scratch(page: &str) -> tempfile::TempDir {
    let scratch = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = scratch.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let bin = scratch.path().join("node_modules/.bin");
    fs::create_dir_all(&bin).unwrap();
    write(
        "node_modules/checkly/package.json",
        r#"{"version":"9.5.0"}"#,
    );
    let cli = root().join("src/checkly/tests/fake-checkly");
    symlink(cli, bin.join("checkly")).unwrap();
    symlink(env!("CARGO_BIN_EXE_orchestrate"), bin.join("orchestrate")).unwrap();
    for project in ["monitoring/shared-alerts", "services/checkout"] {
        write(&format!("{project}/checkly.config.ts"), "");
        write(&format!("{project}/fake.sh"), CLI);
    }
    let manifests = blocks(page, "toml");
    match page {
        "docs/first-deployment.md" => {} // `orchestrate init` writes it
        "README.md" => write("projects.toml", &manifests[0]),
        "docs/ci.md" => write("projects.toml", &format!("{MANIFEST}{}", manifests[0])),
        _ => write("projects.toml", MANIFEST),
    }
    for block in manifests {
        if let Some(name) = file_name(&block) {
            write(name, &block);
        }
    }
    if page == "docs/sandbox.md" {
        write("seed.json", &blocks(page, "json")[0]);
    }
    // Two commits, for `--affected`.
    git(scratch.path(), "init --quiet");
    for paths in ["services", "."] {
        git(scratch.path(), &format!("add {paths}"));
        git(
            scratch.path(),
            "-c user.name=a -c user.email=a@b.c commit --quiet -m change",
        );
    }
    scratch
}

fn git(directory: &Path, arguments: &str) {
    let status = Command::new("git")
        .args(arguments.split(' '))
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .status();
    assert!(status.unwrap().success(), "git {arguments}");
}

fn assert_runs(page: &str, command: &str, directory: &Path, api: &str) {
    let path = std::env::var("PATH").unwrap_or_default();
    let bin = directory.join("node_modules/.bin");
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(directory)
        .stdin(Stdio::null())
        .env_clear()
        .env("PATH", format!("{}:{path}", bin.display()))
        .env("HOME", directory)
        .env("CHECKLY_ACCOUNT_ID", page.replace(['/', '.'], "-"))
        .env("CHECKLY_API_KEY", "key")
        .env("CHECKLY_API_URL", api)
        .env("CI_COMMIT_BEFORE_SHA", "HEAD~1")
        .output()
        .unwrap();
    // Without a terminal, a deletion must be confirmed in advance.
    let expected = if command.starts_with("orchestrate destroy") {
        2
    } else {
        0
    };
    assert_eq!(
        output.status.code(),
        Some(expected),
        "{page}: {command}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// `orchestrate sandbox`, until it is dropped.
struct Sandbox {
    url: String,
    process: Child,
}

impl Sandbox {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_orchestrate"))
            .args("sandbox --port 0 --time-scale 0.01".split(' '))
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let url = lines
            .map(Result::unwrap)
            .find_map(|line| Some(line[line.find("http://127.0.0.1:")?..].to_owned()));
        let url = url.unwrap();
        let end = url.find([';', ' ']).unwrap_or(url.len());
        Self {
            url: url[..end].to_owned(),
            process,
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
