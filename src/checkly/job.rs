//! One bundling, from the directory to the bundle.

use super::Mode;
use super::diagnostic::{self, Diagnostic};
use super::environment;
use super::error::{MakeError, Who, Why};
use super::find::{self, Cli};
use super::made::Made;
use super::notes;
use super::offline::{self, NoPayload};
use super::verdict;
use crate::model::{Folder, Secret};
use crate::process::{
    self, BUNDLING, CancellationToken, End, ResultFile, Secrets, Timing, Variables,
};
use serde::de::IgnoredAny;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Bundles a project. `inherited` are the variables of this process; the `keys` are redacted from the output.
///
/// Takes seconds and has no time limit: [`CancellationToken::cancel`] ends it.
///
/// # Errors
/// Why there is no bundle, with advice and the program's output.
pub fn make(
    folder: &Folder,
    mode: Mode<'_>,
    inherited: &Variables,
    keys: &[Secret],
    token: &CancellationToken,
) -> Result<Made, MakeError> {
    make_within(BUNDLING, folder, mode, inherited, keys, token)
}

/// Bundles a project for display only: offline, without the files that would have to be uploaded, and with every
/// private location that the project names. The CLI reports unknown locations one at a time.
///
/// # Errors
/// As for [`make`].
pub fn sketch(
    folder: &Folder,
    inherited: &Variables,
    keys: &[Secret],
    token: &CancellationToken,
) -> Result<Made, MakeError> {
    let mut locations: Vec<String> = vec![];
    loop {
        let made = make(folder, Mode::Sketch(&locations), inherited, keys, token);
        match made.as_ref().map_err(MakeError::why) {
            Err(Why::PrivateLocation(slug)) if !locations.contains(slug) => {
                locations.push(slug.clone());
            }
            _ => return made,
        }
    }
}

/// [`make`] with other waiting times.
pub(super) fn make_within(
    timing: Timing,
    folder: &Folder,
    mode: Mode<'_>,
    inherited: &Variables,
    keys: &[Secret],
    token: &CancellationToken,
) -> Result<Made, MakeError> {
    let attempt = |runtimes| attempt(timing, folder, mode, inherited, keys, token, runtimes);
    let made = attempt(&[]);
    match made.as_ref().map_err(MakeError::why) {
        Err(Why::UnknownRuntimes(runtimes)) => attempt(runtimes),
        _ => made,
    }
}

/// Runs the program once. `runtimes` are treated as known.
fn attempt(
    timing: Timing,
    folder: &Folder,
    mode: Mode<'_>,
    inherited: &Variables,
    keys: &[Secret],
    token: &CancellationToken,
    runtimes: &[String],
) -> Result<Made, MakeError> {
    let dir = find::resolve(&folder.dir)?;
    let cwd = find::resolve(folder.cwd.as_ref().unwrap_or(&folder.dir))?;
    let tool = Tool::of(folder, &dir, mode)?;
    let made = Made::empty()?;
    let mut variables =
        environment::of_child(folder, mode, inherited, &cwd, &made.tmp(), made.bundle());
    if !runtimes.is_empty() {
        fs::write(made.preload(), include_str!("runtimes.cjs"))?;
        environment::add_runtimes(&mut variables, &made.preload(), runtimes);
    }
    let secrets = Secrets::of(&variables, keys);
    let (program, arguments) = tool.command(&dir, &cwd, mode, &made);
    let (answer, log) = (File::create(made.answer())?, File::create(made.log())?);
    let mut command = Command::new(&program);
    command
        .args(arguments)
        .current_dir(&cwd)
        .env_clear()
        .envs(&variables)
        .stdin(Stdio::null())
        .stdout(answer)
        .stderr(log);
    let job = Job {
        tool,
        mode,
        made,
        secrets,
        dir,
        runtimes,
    };
    let end = job.run(&mut command, token, timing);
    job.judge(end.map_err(|error| not_started(&program, error))?)
}

/// The program that makes the bundle.
enum Tool<'a> {
    Cli {
        cli: Cli,
        config: PathBuf,
    },
    Command {
        program: &'a str,
        rest: &'a [String],
    },
}

impl<'a> Tool<'a> {
    fn of(folder: &'a Folder, dir: &Path, mode: Mode<'_>) -> Result<Self, MakeError> {
        match folder.command.as_deref() {
            Some([program, rest @ ..]) => Ok(Self::Command { program, rest }),
            Some([]) => Err(Why::NoCommand.into()),
            None => {
                let cli = find::find(&folder.dir)?;
                cli.check(mode)?;
                let config = configuration(folder, dir)?;
                Ok(Self::Cli { cli, config })
            }
        }
    }

    fn who(&self) -> Who {
        match self {
            Self::Cli { .. } => Who::Cli,
            Self::Command { .. } => Who::Command,
        }
    }

    fn cli(&self) -> Option<&Cli> {
        match self {
            Self::Cli { cli, .. } => Some(cli),
            Self::Command { .. } => None,
        }
    }

    /// The program and its arguments. Credentials are never among them: every user of a machine can read arguments.
    fn command(
        &self,
        dir: &Path,
        cwd: &Path,
        mode: Mode<'_>,
        made: &Made,
    ) -> (OsString, Vec<OsString>) {
        let (cli, config) = match self {
            Self::Cli { cli, config } => (cli, config),
            Self::Command { program, rest } => {
                let bundle = made.bundle().as_os_str();
                let rest = rest.iter().map(|argument| put(argument, bundle)).collect();
                // A relative path starts at the working directory; a plain name is looked up in PATH.
                let program = match program.contains('/') {
                    // Joined by components, so `./bundle.sh` is shown as `shop/bundle.sh`.
                    true => cwd.join(program).components().collect::<PathBuf>().into(),
                    false => program.into(),
                };
                return (program, rest);
            }
        };
        let config_flag = config_flag(config, dir, cwd);
        let arguments = match mode {
            Mode::Offline | Mode::Sketch(_) => {
                let locations = match mode {
                    Mode::Sketch(locations) => locations,
                    _ => &[],
                };
                let pretend = |(ix, slug): (usize, &String)| {
                    // Any id works, but each location needs its own.
                    let id = format!("00000000-0000-4000-8000-{ix:012}");
                    format!("--inject-private-location={id}:{slug}").into()
                };
                let mut arguments = vec!["debug".into(), "parse-project".into(), config_flag];
                arguments.extend(locations.iter().enumerate().map(pretend));
                arguments
            }
            Mode::Online { .. } => {
                let mut file_flag = OsString::from("--debug-bundle-output-file=");
                file_flag.push(made.bundle());
                // `--force` skips the prompt.
                let mut arguments: Vec<OsString> = vec!["deploy".into()];
                arguments.extend(["--force", "--debug-bundle"].map(OsString::from));
                arguments.extend([file_flag, config_flag]);
                arguments
            }
        };
        (cli.program.clone().into(), arguments)
    }
}

/// An argument with the bundle's path in place of `{bundle}`.
fn put(argument: &str, bundle: &OsStr) -> OsString {
    let mut parts = argument.split("{bundle}");
    let mut whole = OsString::from(parts.next().unwrap_or_default());
    for part in parts {
        whole.push(bundle);
        whole.push(part);
    }
    whole
}

/// The path of the configuration of the project in `dir`, for a CLI that runs in `cwd`.
pub(super) fn config_flag(config: &Path, dir: &Path, cwd: &Path) -> OsString {
    let mut flag = OsString::from("--config=");
    let config = dir.join(config);
    flag.push(config.strip_prefix(cwd).unwrap_or(&config));
    flag
}

/// The configuration's path in the project's directory.
pub(super) fn configuration(folder: &Folder, dir: &Path) -> Result<PathBuf, MakeError> {
    let usual = Folder::CONFIGURATIONS.map(PathBuf::from);
    let candidates = match &folder.config {
        Some(config) => std::slice::from_ref(config),
        None => &usual,
    };
    let mut there = candidates.iter().filter(|file| dir.join(file).is_file());
    let none = || Why::NoConfiguration {
        dir: folder.dir.clone(),
        config: folder.config.clone(),
    };
    Ok(there.next().ok_or_else(none)?.clone())
}

fn not_started(program: &OsStr, error: io::Error) -> MakeError {
    let program = program.to_string_lossy().into_owned();
    Why::NotStarted { program, error }.into()
}

fn is_json(bundle: &Path) -> bool {
    let content = fs::read(bundle).unwrap_or_default();
    content.starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(&content).is_ok()
}

/// A running bundling.
struct Job<'a> {
    tool: Tool<'a>,
    mode: Mode<'a>,
    made: Made,
    secrets: Secrets,
    /// The project's directory, absolute.
    dir: PathBuf,
    /// Runtimes that are treated as known.
    runtimes: &'a [String],
}

impl Job<'_> {
    fn run(
        &self,
        command: &mut Command,
        token: &CancellationToken,
        timing: Timing,
    ) -> io::Result<End> {
        // After its last upload, the CLI may wait until the server closes the connection. Only the CLI is known to be
        // done when its bundle is complete.
        let may_linger = matches!(
            (&self.tool, self.mode),
            (Tool::Cli { .. }, Mode::Online { .. })
        );
        let result = may_linger.then(|| ResultFile {
            path: self.made.bundle(),
            is_complete: is_json,
        });
        process::run(command, token, timing, result)
    }

    fn judge(self, end: End) -> Result<Made, MakeError> {
        // The CLI's diagnostics come first, and its final error last.
        let said = || {
            let [answer, log] = [self.made.answer(), self.made.log()];
            [answer, log]
                .map(|file| process::end_of(&file, &self.secrets))
                .concat()
        };
        let words = || process::plain(&said(), &self.secrets);
        let who = self.tool.who();
        match end {
            End::Stopped => return Err(MakeError::from(Why::Stopped).saying(words())),
            End::Exited(status) if !status.success() => {
                let said = said();
                let is_offline = !matches!(self.mode, Mode::Online { .. });
                let asks_api = || said.contains(environment::NOWHERE.trim_start_matches("http://"));
                let why = match verdict::of(self.tool.cli(), self.mode, status, &said) {
                    Why::Failed {
                        who: Who::Command, ..
                    } if is_offline && asks_api() => Why::AsksApi,
                    Why::Failed { .. } if self.made.is_full() => Why::DiskFull,
                    why => why,
                };
                let said = match why {
                    Why::Invalid(_) => diagnostic::words(&diagnostic::all(&said)),
                    _ => said,
                };
                return Err(MakeError::from(why).saying(process::plain(&said, &self.secrets)));
            }
            End::Exited(_) | End::KilledAfterOutput => {}
        }
        let mut uploaded_from = None;
        let stderr = process::end_of(&self.made.log(), &self.secrets);
        let printed = || diagnostic::all(&process::end_of(&self.made.answer(), &self.secrets));
        let diagnostics = match (&self.tool, self.mode) {
            (Tool::Command { .. }, _) => printed(),
            (Tool::Cli { config, .. }, Mode::Online { .. }) => {
                uploaded_from = self.dir.join(config).parent().map(Path::to_owned);
                printed()
            }
            (Tool::Cli { cli, config }, _) => self.read_answer(cli, config)?,
        };
        let shown = |text: &str| process::plain(text, &self.secrets);
        let notes = notes::of(&diagnostics, &stderr, &shown);
        match self.made.seal()? {
            None => Err(MakeError::from(Why::NoBundle(who)).saying(words())),
            Some(0) => Err(MakeError::from(Why::EmptyBundle(who)).saying(words())),
            Some(_) => {
                let mut made = self.made;
                made.uploaded_from = uploaded_from;
                made.notes = notes;
                Ok(made)
            }
        }
    }

    /// Writes the payload from the CLI's output to the bundle, and returns the other diagnostics.
    fn read_answer(&self, cli: &Cli, config: &Path) -> Result<Vec<Diagnostic>, MakeError> {
        let printed = fs::read(self.made.answer())?;
        let printed = String::from_utf8_lossy(&printed);
        let config = self.dir.join(config);
        let dir = config.parent().unwrap_or(&self.dir);
        let payload = match self.mode {
            Mode::Sketch(_) => offline::payload(&printed, cli.version.as_deref()),
            _ => offline::whole(&printed, dir, cli.version.as_deref()),
        };
        match payload {
            Ok(answer) => {
                fs::write(self.made.bundle(), answer.payload)?;
                let version = cli.version.as_deref().unwrap_or("of unknown version");
                let of_runtimes = self.runtimes.iter().map(|name| Diagnostic {
                    is_fatal: false,
                    title: format!("Checkly CLI {version} does not know runtime {name}"),
                    message: "offline, checks on it are validated as on the newest runtime that the CLI knows"
                        .to_owned(),
                });
                let diagnostics = of_runtimes.chain(answer.diagnostics);
                Ok(self.clean(diagnostics.collect()))
            }
            Err(NoPayload::Mistakes(mistakes)) => {
                let mistakes = self.clean(mistakes);
                let unknown = diagnostic::unknown_runtimes(&mistakes);
                if self.runtimes.is_empty() && !unknown.is_empty() {
                    return Err(Why::UnknownRuntimes(unknown.into_iter().collect()).into());
                }
                let words = diagnostic::words(&mistakes);
                let why = match verdict::missing(&words) {
                    Some(program) => Why::NoProgram(program),
                    None => Why::Invalid(diagnostic::headline(&mistakes).unwrap_or_else(|| {
                        "the Checkly CLI reports mistakes in the project".to_owned()
                    })),
                };
                Err(MakeError::from(why).saying(process::plain(&words, &self.secrets)))
            }
            Err(NoPayload::Other(why)) => {
                let log = process::tail(&self.made.log(), &self.secrets);
                let why = match why {
                    // Old versions ask whether another command was meant, and succeed.
                    Why::Unreadable(_) if verdict::is_too_old(&log) => cli.too_old(self.mode),
                    why => why,
                };
                Err(MakeError::from(why).saying(log))
            }
        }
    }

    fn clean(&self, diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let clean = |it: Diagnostic| it.clean(&self.secrets);
        diagnostics.into_iter().map(clean).collect()
    }
}
