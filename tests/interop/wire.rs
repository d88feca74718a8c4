//! On the wire, `orchestrate` equals the CLI, except for what `docs/interop.md` lists.

use super::INSTALLATION;
use super::recording::{Deployed, RECORDING, Round, Who};
use super::request::assert_same;
use std::collections::{BTreeMap, BTreeSet};

fn rounds(who: Who) -> impl Iterator<Item = &'static Round> {
    RECORDING.iter().filter(move |round| round.who == who)
}

#[test]
fn every_project_is_sent_as_by_the_cli() {
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

/// The basis of the comparison above: if the CLI sends less one day, this fails.
#[test]
fn the_cli_reports_where_it_runs_and_which_commit_it_deploys() {
    let said = |place: &str| {
        let round = rounds(Who::Cli).find(|round| round.place == place).unwrap();
        let deploy = &round.projects["warehouse"].requests[0];
        let mut headers = deploy.headers.clone();
        headers.retain(|header| !header.starts_with("x-checkly-cli-version"));
        let mut repo_info = deploy.body.as_ref().unwrap().repo_info.clone();
        if place == "on a machine" {
            // It sends the time of the commit, too.
            let sha = repo_info["commitId"].take();
            assert_eq!(sha.as_str().map(str::len), Some(40));
        }
        let repo_info = serde_json::to_string_pretty(&repo_info).unwrap();
        format!("{}\n{}\n{repo_info}", deploy.line, headers.join("\n"))
    };
    // The same for every version: the test binaries share the files.
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

/// The second deployment of a machine is known to be its own.
#[test]
fn orchestrate_lists_each_account_once_and_bundling_sends_the_clis_requests() {
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

/// If a later CLI sends more requests, `orchestrate` must know why.
#[test]
fn the_cli_sends_other_requests_that_orchestrate_does_not_need() {
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
