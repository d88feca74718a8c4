//! Bundling workers with the real CLI.

use super::request::Request;
use super::rig::sandbox;
use super::scratch::Scratch;
use std::fs;

/// How many projects are bundled, and which kill their worker.
const PROJECTS: usize = 40;
const DEADLY: [usize; 6] = [2, 11, 12, 23, 31, 39];

#[actix::test]
async fn workers_bundle_the_example_as_processes_do() {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Sell"));
    let args = [
        "validate",
        "--bundle",
        "--compare",
        "--config",
        "from-folders.toml",
    ];
    let ended = scratch.orchestrate(sandbox.url(), &args).await.expect(0);
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(said.contains("also by workers: no difference"), "{said}");
    assert!(!said.contains(" 0 also by workers"), "{said}");
}

/// All projects import a module with an alert channel, which is missing in the second bundle if it is evaluated only once.
#[actix::test]
async fn every_bundle_is_right_although_workers_are_killed() {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Sell"));
    let repo = scratch.repo();
    let manifest = "[defaults]\nbundler = 'shared'\n[[project]]\npath = 'fleet/*'\n";
    fs::write(repo.join("fleet.toml"), manifest).unwrap();
    let channel = "import { EmailAlertChannel } from 'checkly/constructs'
        export const channel = new EmailAlertChannel('on-call', { address: 'on-call@example.com' })";
    fs::write(repo.join("fleet.ts"), channel).unwrap();
    for number in 0..PROJECTS {
        let kill = "import { existsSync, writeFileSync } from 'node:fs'
            const killed = `${__dirname}/killed`
            if (!existsSync(killed)) {
                writeFileSync(killed, '')
                process.kill(process.pid, 'SIGKILL')
            }\n";
        let check = format!(
            "{}import {{ UrlMonitor }} from 'checkly/constructs'
            import {{ channel }} from '../../fleet'
            new UrlMonitor('url-{number}', {{ name: 'Shop', alertChannels: [channel],
                request: {{ url: 'https://example.com/{number}' }} }})",
            if DEADLY.contains(&number) { kill } else { "" }
        );
        scratch.project(&format!("fleet/p{number}"), &format!("p{number}"), &check);
    }
    let args = ["deploy", "--config", "fleet.toml"];
    scratch.orchestrate(sandbox.url(), &args).await.expect(0);
    for number in DEADLY {
        assert!(repo.join(format!("fleet/p{number}/killed")).exists());
    }
    let mut deployed: Vec<usize> = vec![];
    for request in &sandbox.requests() {
        let Some(body) = Request::new(request).body else {
            continue;
        };
        let project = body.project["logicalId"].as_str().unwrap().to_owned();
        let number = project.trim_start_matches('p');
        let resources: Vec<&str> = body.resources.keys().map(String::as_str).collect();
        let expected = [
            "alert-channel on-call".to_owned(),
            format!(
                "alert-channel-subscription check-alert-channel-subscription#url-{number}#on-call"
            ),
            format!("check url-{number}"),
        ];
        assert_eq!(resources, expected);
        deployed.push(number.parse().unwrap());
    }
    deployed.sort_unstable();
    assert_eq!(deployed, Vec::from_iter(0..PROJECTS));
}
