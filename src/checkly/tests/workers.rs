//! Bundling workers with a program that replaces node. `tests/interop` uses the real one.

use super::offline::with_payload;
use super::*;

use std::fs::File;
use std::io::Read;
use std::process::Command;
use std::sync::Barrier;
use std::thread;

/// Projects that share an installation of the CLI, and workers.
struct Fleet {
    project: Project,
    workers: Workers,
}

/// Writes the bundle, and notes the worker; nothing is noted as the worker of a process of its own.
const BUNDLE: &str = r#"echo "$worker" >> ran; echo "{\"project\": \"$PWD\"}" > "$bundle""#;

/// The CLI's words.
const NO_LOCATION: &str = "Check home is using a private-location 'oslo' not found in your account";

impl Fleet {
    fn new(limit: usize) -> Self {
        let mut project = Project::new(BUNDLE);
        let bin = project.root.path().join("node_modules/.bin");
        fs::remove_file(bin.join("checkly")).unwrap();
        let fakes = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checkly/tests");
        symlink(fakes.join("fake-bin"), bin.join("checkly")).unwrap();
        symlink(fakes.join("fake-node"), bin.join("node")).unwrap();
        project.directory.bundler = BundlerKind::Shared;
        let workers = Workers::with(limit, |_| true);
        Self { project, workers }
    }

    /// Another project, whose CLI does this.
    fn directory(&self, name: &str, script: &str) -> Directory {
        let dir = self.project.root.path().join(name);
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("checkly.config.ts"), "").unwrap();
        fs::write(dir.join("fake.sh"), format!("{BUNDLE_ARGUMENT}\n{script}")).unwrap();
        Directory {
            dir,
            ..self.project.directory.clone()
        }
    }

    fn bundle(&self, directory: &Directory) -> Result<BundleOutput, BundlingError> {
        self.bundle_with(directory, &CancellationToken::default(), SHORT)
    }

    fn bundle_with(
        &self,
        directory: &Directory,
        token: &CancellationToken,
        timing: Timing,
    ) -> Result<BundleOutput, BundlingError> {
        let bundling = Bundling {
            directory,
            workers: &self.workers,
            ..self.project.bundling(token)
        };
        bundling.run_within(timing, online())
    }

    fn fails(&self, directory: &Directory, mode: Mode<'_>, is_repeated: bool) -> BundlingError {
        let token = CancellationToken::default();
        let bundling = Bundling {
            directory,
            workers: &self.workers,
            is_repeated,
            ..self.project.bundling(&token)
        };
        bundling.run_within(SHORT, mode).unwrap_err()
    }

    /// Bundles a new project with [`BUNDLE`], and returns its worker.
    fn worker(&self, name: &str) -> String {
        let directory = self.directory(name, BUNDLE);
        let made = self.bundle(&directory).unwrap();
        let dir = fs::canonicalize(&directory.dir).unwrap();
        let bundle = fs::read_to_string(made.bundle()).unwrap();
        assert_eq!(bundle, format!("{{\"project\": \"{}\"}}\n", dir.display()));
        let [worker] = &ran(&directory)[..] else {
            panic!("it ran more than once");
        };
        worker.clone()
    }
}

/// The worker of each run of a project's CLI; empty for a process of its own.
fn ran(directory: &Directory) -> Vec<String> {
    let text = fs::read_to_string(directory.dir.join("ran")).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn is_running(process: &str) -> bool {
    let status = Command::new("kill").args(["-0", process]).output().unwrap();
    status.status.success()
}

/// No worker.
const ALONE: &str = "";

#[test]
fn one_worker_bundles_one_project_after_the_other() {
    let fleet = Fleet::new(1);
    let worker = fleet.worker("a");
    assert_ne!(worker, ALONE);
    assert_eq!(fleet.worker("b"), worker);
}

#[test]
fn without_shared_no_worker_is_started() {
    let mut fleet = Fleet::new(1);
    fleet.project.directory.bundler = BundlerKind::Process;
    assert_eq!(fleet.worker("a"), ALONE);
}

#[test]
fn workers_end_with_the_run() {
    let fleet = Fleet::new(1);
    let worker = fleet.worker("a");
    assert!(is_running(&worker));
    drop(fleet.workers);
    assert!(!is_running(&worker));
}

#[test]
fn a_worker_with_a_leftover_is_replaced_and_its_result_counts() {
    let fleet = Fleet::new(1);
    let untidy = fleet.directory("untidy", &format!("{BUNDLE}; touch leftover"));
    fleet.bundle(&untidy).unwrap();
    let [worker] = &ran(&untidy)[..] else {
        panic!("it ran more than once");
    };
    assert!(!is_running(worker));
    let next = fleet.worker("a");
    assert!(next != *worker && next != ALONE);
}

#[test]
fn a_project_whose_worker_dies_is_bundled_by_a_process_of_its_own() {
    let fleet = Fleet::new(1);
    let first = fleet.worker("a");
    let script = format!(r#"{BUNDLE}; test -z "$worker" || kill -9 "$worker""#);
    let deadly = fleet.directory("deadly", &script);
    fleet.bundle(&deadly).unwrap();
    assert_eq!(ran(&deadly), [&first, ALONE]);
    let next = fleet.worker("b");
    assert!(next != first && next != ALONE);
}

#[test]
fn after_three_workers_without_a_reply_no_other_is_started() {
    let fleet = Fleet::new(1);
    let runs = |name: &str| {
        let script = format!(r#"{BUNDLE}; test -z "$worker" || kill -9 "$worker""#);
        let deadly = fleet.directory(name, &script);
        fleet.bundle(&deadly).unwrap();
        ran(&deadly).len()
    };
    assert_eq!(["a", "b"].map(runs), [2, 2]);
    assert_ne!(fleet.worker("fine"), ALONE);
    assert_eq!(["c", "d", "e", "f"].map(runs), [2, 2, 2, 1]);
    assert_eq!(fleet.worker("g"), ALONE);
}

#[test]
fn a_worker_in_which_only_the_second_project_fails_is_replaced_and_its_failure_does_not_count() {
    let fleet = Fleet::new(1);
    let first = fleet.worker("a");
    let confused = fleet.directory("confused", &format!(r#"{BUNDLE}; test -z "$worker""#));
    fleet.bundle(&confused).unwrap();
    assert_eq!(ran(&confused), [&first, ALONE]);
    assert!(!is_running(&first));
    assert_ne!(fleet.worker("b"), first);
}

#[test]
fn a_failure_that_a_process_confirms_costs_no_worker() {
    let fleet = Fleet::new(1);
    let first = fleet.worker("a");
    let broken = fleet.directory("broken", &format!("{BUNDLE}; exit 3"));
    fleet.bundle(&broken).unwrap_err();
    assert_eq!(ran(&broken), [&first, ALONE]);
    assert_eq!(fleet.worker("b"), first);
}

#[test]
fn a_project_that_is_repeated_with_a_private_location_needs_no_process() {
    let fleet = Fleet::new(1);
    let first = fleet.worker("a");
    let script = format!(r#"{BUNDLE}; echo "{NO_LOCATION}" >&2; exit 1"#);
    let early = fleet.directory("early", &script);
    for is_repeated in [true, false] {
        let error = fleet.fails(&early, online(), is_repeated);
        assert!(
            matches!(error.cause(), Cause::UnknownLocation(_)),
            "{error}"
        );
    }
    assert_eq!(ran(&early), [&first, &first, ALONE]);
}

#[test]
fn what_is_not_available_offline_needs_no_process() {
    let fleet = Fleet::new(1);
    let first = fleet.worker("a");
    let suite = r#"{"logicalId": "home", "type": "check", "payload": {"codeBundlePath": "/tmp/code.tar.gz"}}"#;
    let error =
        format!("{{\n  \"errors\": [{{\"name\": \"Error\", \"message\": \"{NO_LOCATION}\"}}]\n}}");
    for (name, printed) in [
        (
            "suite",
            with_payload(&format!("{{\"resources\": [{suite}]}}")),
        ),
        ("remote", error),
    ] {
        let project = fleet.directory(name, r#"echo "$worker" >> ran; cat printed"#);
        fs::write(project.dir.join("printed"), printed).unwrap();
        let error = fleet.fails(&project, Mode::Offline, false);
        let is_expected = matches!(
            error.cause(),
            Cause::NeedsUpload(_) | Cause::PrivateLocation(_)
        );
        assert!(is_expected, "{error}");
        assert_eq!(ran(&project), [&*first], "{name}");
    }
}

#[test]
fn a_failure_in_a_new_worker_is_the_clis_own() {
    let fleet = Fleet::new(1);
    let script = r#"echo "$worker" >> ran; echo "Error: no checks" >&2; exit 3"#;
    let broken = fleet.directory("broken", script);
    let error = fleet.bundle(&broken).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the Checkly CLI ended with exit code 3: Error: no checks"
    );
    assert_eq!(error.output(), Some("Error: no checks"));
    let [worker] = &ran(&broken)[..] else {
        panic!("it ran more than once");
    };
    assert_ne!(worker, ALONE);
    assert_eq!(fleet.worker("a"), *worker);
}

#[test]
fn a_worker_without_a_reply_is_given_up_after_half_of_the_time_limit() {
    let fleet = Fleet::new(1);
    let script = format!(r#"{BUNDLE}; test -z "$worker" || sleep 1000"#);
    let mut stuck = fleet.directory("stuck", &script);
    stuck.timeout = Duration::from_millis(1000);
    fleet.bundle(&stuck).unwrap();
    let [worker, alone] = &ran(&stuck)[..] else {
        panic!("it did not run twice");
    };
    assert!(worker != ALONE && alone == ALONE);
    assert!(!is_running(worker));
}

#[test]
fn what_a_project_prints_is_its_own() {
    let fleet = Fleet::new(1);
    let noisy = |name: &str| {
        let script = format!("{BUNDLE}; echo printed by {name} >&2");
        let made = fleet.bundle(&fleet.directory(name, &script)).unwrap();
        let notes: Vec<String> = made
            .notes()
            .iter()
            .map(|note| note.message.clone())
            .collect();
        notes.join("\n")
    };
    assert_eq!(noisy("a"), "printed by a");
    assert_eq!(noisy("bb"), "printed by bb");
    let quiet = fleet.bundle(&fleet.directory("c", BUNDLE)).unwrap();
    assert_eq!(quiet.notes(), []);
}

#[test]
fn variables_that_are_read_once_are_not_shared() {
    let fleet = Fleet::new(2);
    let worker = |name: &str, variable: &str, value: &str| {
        let mut directory = fleet.directory(name, BUNDLE);
        directory.env = [(variable.to_owned(), value.to_owned())].into();
        fleet.bundle(&directory).unwrap();
        ran(&directory)[0].clone()
    };
    let plain = fleet.worker("plain");
    assert_eq!(worker("a", "REGION", "eu"), plain);
    assert_eq!(worker("b", "REGION", "us"), plain);
    // Node reads this one.
    let options = worker("c", "NODE_OPTIONS", "--no-warnings");
    assert_ne!(options, plain);
    assert_eq!(worker("d", "NODE_OPTIONS", "--no-warnings"), options);
    assert_eq!(fleet.worker("e"), plain);
    // The CLI has read this one while it was loaded. There is no place for a third worker.
    let read = worker("f", "READ_EARLY", "1");
    assert!(read != plain && read != options);
    assert!(!is_running(&options) && is_running(&plain) && is_running(&read));
}

#[test]
fn at_most_as_many_workers_run_as_projects_are_bundled_at_once() {
    let fleet = Fleet::new(3);
    let barrier = Barrier::new(3);
    let workers: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = ["a", "b", "c"]
            .into_iter()
            .map(|name| {
                scope.spawn(|| {
                    let pipe = fleet.directory(name, "").dir.join("pipe");
                    assert!(
                        Command::new("mkfifo")
                            .arg(&pipe)
                            .status()
                            .unwrap()
                            .success()
                    );
                    let directory = fleet.directory(name, &format!("cat pipe; {BUNDLE}"));
                    thread::scope(|scope| {
                        let bundling = scope.spawn(|| fleet.bundle(&directory).unwrap());
                        let open = File::options().write(true).open(&pipe).unwrap();
                        barrier.wait(); // all three run
                        drop(open);
                        bundling.join().unwrap();
                    });
                    ran(&directory)[0].clone()
                })
            })
            .collect();
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert!(workers.iter().all(|worker| is_running(worker)));
    let [a, b, c] = &workers[..] else { panic!() };
    assert!(a != b && b != c && a != c);
    assert!(workers.contains(&fleet.worker("d")));
}

#[test]
fn a_stop_ends_the_worker_with_everything_it_has_started() {
    let fleet = Fleet::new(1);
    let worker = fleet.worker("a");
    let directory = fleet.directory(
        "stopped",
        r#"
        exec 9> pipe
        (sleep 1000; echo survived >&9) &
        echo ready >&9
        sleep 1000; echo survived >&9"#,
    );
    let pipe = directory.dir.join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let token = CancellationToken::default();
    let (error, rest) = thread::scope(|scope| {
        let making =
            scope.spawn(|| fleet.bundle_with(&directory, &token, crate::process::BUNDLING));
        let mut said = File::open(pipe).unwrap();
        let mut ready = [0; 6];
        said.read_exact(&mut ready).unwrap();
        token.cancel();
        let mut rest = String::new();
        said.read_to_string(&mut rest).unwrap();
        (making.join().unwrap().unwrap_err(), rest)
    });
    assert!(matches!(error.cause(), Cause::Stopped), "{error}");
    assert_eq!(rest, "");
    assert!(!is_running(&worker));
}

#[test]
fn what_no_worker_can_carry_is_bundled_by_a_process_of_its_own() {
    let mut fleet = Fleet::new(1);
    // A stand-in for node may choose its version by the directory.
    fleet.workers = Workers::new(1);
    assert_eq!(fleet.worker("a"), ALONE);
    fleet.workers = Workers::with(1, |_| true);
    let not_unicode = std::os::unix::ffi::OsStringExt::from_vec(vec![0xff]);
    fleet.project.inherited.insert("RAW".into(), not_unicode);
    assert_eq!(fleet.worker("b"), ALONE);
}

#[test]
fn a_workers_key_is_no_argument_and_its_files_are_private() {
    let fleet = Fleet::new(1);
    let script =
        format!(r#"{BUNDLE}; ps -o args= -p "$worker" > arguments; echo "$CHECKLY_API_KEY" > key"#);
    let directory = fleet.directory("a", &script);
    fleet.bundle(&directory).unwrap();
    let read = |file: &str| fs::read_to_string(directory.dir.join(file)).unwrap();
    assert_eq!(read("key").trim_end(), KEY);
    let arguments = read("arguments");
    assert!(!arguments.contains(KEY), "{arguments}");
    let script = arguments
        .split(' ')
        .find(|word| word.ends_with("worker.cjs"))
        .unwrap();
    let dir = Path::new(script).parent().unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(dir).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o700);
    drop(fleet.workers);
    assert!(!dir.exists());
}
