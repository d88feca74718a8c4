//! On the wire, `orchestrate` cannot be told from the CLI, but for what `docs/interop.md` says.

use crate::INSTALLATION;
use crate::recording::{Deployed, RECORDING, Round, Who};
use crate::request::assert_same;
use std::collections::{BTreeMap, BTreeSet};

fn rounds(who: Who) -> impl Iterator<Item = &'static Round> {
    RECORDING.iter().filter(move |round| round.who == who)
}

#[test]
fn every_project_goes_over_the_wire_as_the_cli_sends_it() {
    let mut compared = 0;
    for ours in RECORDING.iter().filter(|round| round.who != Who::Cli) {
        let cli = rounds(Who::Cli).find(|cli| cli.place == ours.place);
        for (name, Deployed { requests, .. }) in &cli.unwrap().projects {
            let what = format!("{name} from {:?} {}", ours.who, ours.place);
            assert_same(&what, requests, &ours.projects[name].requests);
            compared += 1;
        }
    }
    let from_bundles = usize::from(INSTALLATION.made_the_bundles);
    assert_eq!(compared, 20 + 20 * from_bundles);
}

/// What the comparison above rests on: should the CLI say less one day, equal would still be equal.
#[test]
fn the_cli_says_where_it_runs_and_what_commit_it_deploys() {
    let said = |place: &str| {
        let round = rounds(Who::Cli).find(|round| round.place == place).unwrap();
        let deploy = &round.projects["warehouse"].requests[0];
        let mut headers = deploy.headers.clone();
        headers.retain(|header| !header.starts_with("x-checkly-cli-version"));
        let mut repo_info = deploy.body.as_ref().unwrap().repo_info.clone();
        if place == "on a machine" {
            // It names the time of the commit, too.
            let sha = repo_info["commitId"].take();
            assert_eq!(sha.as_str().map(str::len), Some(40));
        }
        let repo_info = serde_json::to_string_pretty(&repo_info).unwrap();
        format!("{}\n{}\n{repo_info}", deploy.line, headers.join("\n"))
    };
    // The same words of every version: the files are shared by the crates of tests.
    insta::with_settings!({prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("what_the_cli_says_on_a_machine", said("on a machine"));
        insta::assert_snapshot!("what_the_cli_says_in_ci", said("in CI"));
    });
}

#[test]
fn a_clean_deployment_is_two_requests() {
    for round in RECORDING.iter().filter(|round| round.who != Who::Cli) {
        for (name, Deployed { requests, .. }) in &round.projects {
            let lines: Vec<_> = requests.iter().map(|one| one.line.as_str()).collect();
            let events = format!("GET /v1/projects/{name}/deployments/{{id}}/events");
            assert_eq!(lines.len(), 2, "{lines:?}");
            assert!(lines[0].starts_with("POST /v1/projects/deploy?dryRun=false&"));
            assert_eq!(lines[1], events);
        }
    }
}

/// What is deployed for the second time from a machine is known to be its own.
#[test]
fn besides_an_account_is_asked_once_whose_its_projects_are_and_for_folders_what_the_cli_asks_to_bundle()
 {
    let mut places = BTreeSet::new();
    for round in RECORDING.iter().filter(|round| round.who != Who::Cli) {
        let is_first = places.insert(round.place);
        let ten = |line| std::iter::repeat_n(line, 10 * usize::from(round.who == Who::Folders));
        let asked: Vec<_> = ten("GET /next/accounts/acme")
            .chain(is_first.then_some("GET /next/projects"))
            .chain(ten("GET /v1/runtimes"))
            .collect();
        let mut others = round.others.clone();
        others.sort();
        assert_eq!(others, asked, "{:?} {}", round.who, round.place);
    }
    assert_eq!(places.len(), 2);
}

/// Should it ask for more one day, `orchestrate` has to know what for.
#[test]
fn besides_its_deployments_the_cli_asks_only_for_what_orchestrate_does_without() {
    let mut kinds = BTreeMap::new();
    for line in rounds(Who::Cli).flat_map(|round| &round.others) {
        let kind = match line.strip_prefix("GET /v1/checks/") {
            Some(_) => "GET /v1/checks/{id}",
            None => line,
        };
        *kinds.entry(kind).or_insert(0) += 1;
    }
    insta::assert_debug_snapshot!(kinds, @r#"
    {
        "GET /next/accounts/acme": 20,
        "GET /v1/checks/{id}": 18,
        "GET /v1/runtimes": 20,
    }
    "#);
}
