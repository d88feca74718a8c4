//! The caller's identity for the API: the headers that the Checkly CLI would send from here.

use super::connect::ClientError;
use awc::http::header::HeaderValue;

/// The published CLI version whose protocol this program implements. The API parses the header as a version and
/// rejects unknown ones, so this program cannot send its own.
const CLI_VERSION: &str = "9.5.0";

/// What the `x-checkly-…` headers say about the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `x-checkly-cli-version`: a published version of the Checkly CLI.
    pub cli_version: String,
    /// `x-checkly-ci-name`: the CI product, if recognized.
    pub ci_name: Option<String>,
    /// `x-checkly-operator`: what runs the command; `manual` if nothing is recognized.
    pub operator: String,
}

impl Identity {
    /// Reads the environment as the Checkly CLI 9 does; empty variables count as unset.
    ///
    /// `CHECKLY_E2E_CLI_VERSION` overrides the version, as in the CLI. The CLI's detection by files at fixed paths is
    /// not implemented.
    pub fn from_env(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let env = |name: &str| env(name).filter(|value| !value.is_empty());
        Self {
            cli_version: env("CHECKLY_E2E_CLI_VERSION").unwrap_or_else(|| CLI_VERSION.to_owned()),
            ci_name: ci_name(&env).map(str::to_owned),
            operator: operator(&env),
        }
    }

    /// Whether a person can probably answer a prompt: neither a CI system nor an agent has started the program.
    pub fn is_attended(&self) -> bool {
        let people = ["manual", "vscode", "kiro", "replit", "firebase-studio"];
        self.ci_name.is_none() && people.contains(&self.operator.as_str())
    }

    /// The headers of every request.
    pub(super) fn headers(&self) -> Result<Vec<(&'static str, HeaderValue)>, ClientError> {
        let header = |name, value: &str| {
            HeaderValue::from_str(value)
                .map(|header| (name, header))
                .map_err(|_| ClientError::Header {
                    name,
                    value: value.to_owned(),
                })
        };
        let mut headers = vec![
            header("x-checkly-source", "CLI")?,
            header("x-checkly-cli-version", &self.cli_version)?,
            header("x-checkly-operator", &self.operator)?,
        ];
        if let Some(name) = &self.ci_name {
            headers.push(header("x-checkly-ci-name", name)?);
        }
        Ok(headers)
    }
}

type Env<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// The CI products in the order and with the names of the package `ci-info` 4, each with a variable that identifies
/// it.
const CI: &[(&str, &str)] = &[
    ("AGOLA_GIT_REF", "Agola CI"),
    ("ALPIC_HOST", "Alpic"),
    ("AC_APPCIRCLE", "Appcircle"),
    ("APPVEYOR", "AppVeyor"),
    ("CODEBUILD_BUILD_ARN", "AWS CodeBuild"),
    ("TF_BUILD", "Azure Pipelines"),
    ("bamboo_planKey", "Bamboo"),
    ("BITBUCKET_COMMIT", "Bitbucket Pipelines"),
    ("BITRISE_IO", "Bitrise"),
    ("BUDDY_WORKSPACE_ID", "Buddy"),
    ("BUILDKITE", "Buildkite"),
    ("CAPAWESOME_CLOUD", "Capawesome Cloud"),
    ("CIRCLECI", "CircleCI"),
    ("CIRRUS_CI", "Cirrus CI"),
    ("CF_PAGES", "Cloudflare Pages"),
    ("WORKERS_CI", "Cloudflare Workers"),
    ("CF_BUILD_ID", "Codefresh"),
    ("CM_BUILD_ID", "Codemagic"),
    ("CI_NAME", "Codeship"),
    ("DRONE", "Drone"),
    ("DSARI", "dsari"),
    ("EARTHLY_CI", "Earthly"),
    ("EAS_BUILD", "Expo Application Services"),
    ("GERRIT_PROJECT", "Gerrit"),
    ("GITEA_ACTIONS", "Gitea Actions"),
    ("GITHUB_ACTIONS", "GitHub Actions"),
    ("GITLAB_CI", "GitLab CI"),
    ("GO_PIPELINE_LABEL", "GoCD"),
    ("BUILDER_OUTPUT", "Google Cloud Build"),
    ("HARNESS_BUILD_ID", "Harness CI"),
    ("NODE", "Heroku"),
    ("HUDSON_URL", "Hudson"),
    ("JENKINS_URL", "Jenkins"),
    ("LAYERCI", "LayerCI"),
    ("MAGNUM", "Magnum CI"),
    ("NETLIFY", "Netlify CI"),
    ("NEVERCODE", "Nevercode"),
    ("PROW_JOB_ID", "Prow"),
    ("RELEASE_BUILD_ID", "ReleaseHub"),
    ("RENDER", "Render"),
    ("RWX", "RWX"),
    ("SAILCI", "Sail CI"),
    ("SCREWDRIVER", "Screwdriver"),
    ("SEMAPHORE", "Semaphore"),
    ("CI_NAME", "Sourcehut"),
    ("STRIDER", "Strider CD"),
    ("TASK_ID", "TaskCluster"),
    ("TEAMCITY_VERSION", "TeamCity"),
    ("TRAVIS", "Travis CI"),
    ("VELA", "Vela"),
    ("NOW_BUILDER", "Vercel"),
    ("VERCEL", "Vercel"),
    ("APPCENTER_BUILD_ID", "Visual Studio App Center"),
    ("CI", "Woodpecker"),
    ("CI_XCODE_PROJECT", "Xcode Cloud"),
    ("XCS", "Xcode Server"),
];

/// If several products are recognized, the last one counts, as in `ci-info`; `CI=false` means none.
fn ci_name(env: &Env<'_>) -> Option<&'static str> {
    if env("CI").as_deref() == Some("false") {
        return None;
    }
    let recognised = |variable, name| {
        let value = env(variable)?;
        // Most variables only need to be set.
        let enough = match name {
            "Codeship" => value == "codeship",
            "Sourcehut" => value == "sourcehut",
            "Woodpecker" => value == "woodpecker",
            "Heroku" => value.contains("/app/.heroku/node/bin/node"),
            // Jenkins's URL alone may be set on a developer's machine.
            "Jenkins" => env("BUILD_ID").is_some(),
            "TaskCluster" => env("RUN_ID").is_some(),
            _ => true,
        };
        enough.then_some(name)
    };
    let mut latest_first = CI.iter().rev();
    latest_first.find_map(|(variable, name)| recognised(variable, *name))
}

/// Variables that identify programs that run commands for their user, the more specific ones first.
const AGENTS: &[(&str, &str)] = &[
    ("CLAUDE_CODE_IS_COWORK", "claude-cowork"),
    ("AMP_CURRENT_THREAD_ID", "amp"),
    ("CLAUDECODE", "claude-code"),
    ("CLAUDE_CODE", "claude-code"),
    ("CURSOR_TRACE_ID", "cursor"),
    ("CURSOR_AGENT", "cursor"),
    ("VSCODE_AGENT", "vscode-agent"),
    ("COPILOT_AGENT", "vscode-agent"),
    ("COPILOT_CLI", "github-copilot-cli"),
    ("GITHUB_COPILOT", "github-copilot"),
    ("COPILOT_MODEL", "github-copilot"),
    ("COPILOT_ALLOW_ALL", "github-copilot"),
    ("COPILOT_GITHUB_TOKEN", "github-copilot"),
    ("AIDER", "aider"),
    ("WINDSURF", "windsurf"),
    ("WINDSURF_AGENT", "windsurf"),
    ("CODEIUM_ENV", "windsurf"),
    ("CLINE_ACTIVE", "cline"),
    ("CODEX_SANDBOX", "codex-cli"),
    ("CODEX_CI", "codex-cli"),
    ("CODEX_THREAD_ID", "codex-cli"),
    ("GEMINI_CLI", "gemini-cli"),
    ("OPENCODE", "opencode"),
    ("ANTIGRAVITY_AGENT", "antigravity"),
    ("AUGMENT_AGENT", "augment-cli"),
    ("ANDROID_STUDIO_AGENT", "android-studio-agent"),
    ("KIRO_AGENT_PATH", "kiro-agent"),
    ("TRAE_AI_SHELL_ID", "trae"),
    ("GOOSE_TERMINAL", "goose"),
];

/// Aliases that a user may write in `AI_AGENT` or `AGENT`.
const ALIASES: &[(&str, &str)] = &[
    ("claude", "claude-code"),
    ("cowork", "claude-cowork"),
    ("codex", "codex-cli"),
    ("openai-codex", "codex-cli"),
    ("cursor-cli", "cursor"),
    ("gemini", "gemini-cli"),
    ("copilot", "github-copilot"),
    ("copilot-cli", "github-copilot-cli"),
    ("github-copilot-vscode-agent", "vscode-agent"),
    ("github_copilot_vscode_agent", "vscode-agent"),
    ("augment", "augment-cli"),
];

/// The CLI's `detectOperator`: a named agent, a recognized one, an unnamed one, the CI, the editor, a person.
fn operator(env: &Env<'_>) -> String {
    let set = |name: &str| env(name).is_some();
    let is = |name: &str, value: &str| env(name).as_deref() == Some(value);
    let named = named_agent(env("AI_AGENT")).or_else(|| named_agent(env("AGENT")));
    if let Some(named) = named.as_deref().filter(|name| *name != "agent") {
        return named.to_owned();
    }
    let recognised = AGENTS.iter().find(|(name, _)| set(name));
    let operator = match recognised {
        Some((_, operator)) => operator,
        None if is("CURSOR_EXTENSION_HOST_ROLE", "agent-exec") => "cursor",
        None if is("GITHUB_AW", "true") => "github-agentic-workflow",
        None if env("PATH").is_some_and(|path| path.contains("/.pi/agent")) => "pi",
        None if named.is_some() => "agent",
        None if set("GITHUB_ACTIONS") => "github-actions",
        None if set("GITLAB_CI") => "gitlab-ci",
        None if set("CI") => "ci",
        None if is("TERM_PROGRAM", "vscode") => "vscode",
        None if is("TERM_PROGRAM", "kiro") => "kiro",
        None if set("REPL_ID") => "replit",
        None if set("MONOSPACE_ENV") => "firebase-studio",
        None => "manual",
    };
    operator.to_owned()
}

/// The meaning of a user's `AI_AGENT` or `AGENT`: a name, `agent` for a yes, or nothing for a no.
fn named_agent(value: Option<String>) -> Option<String> {
    let name = value?.trim().to_ascii_lowercase();
    if ["", "0", "false", "no", "off"].contains(&name.as_str()) {
        return None;
    }
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let valid = name.len() <= 64
        && name.starts_with(is_word)
        && name.chars().all(|c| is_word(c) || c == '_' || c == '-');
    if !valid || ["1", "true", "yes", "on", "manual"].contains(&name.as_str()) {
        return Some("agent".to_owned());
    }
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name);
    Some(alias.map_or_else(|| name.replace('_', "-"), |(_, name)| (*name).to_owned()))
}

#[cfg(test)]
mod tests;
