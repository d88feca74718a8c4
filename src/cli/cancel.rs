//! `orchestrate cancel`: cancels the deployments that a run left in flight, from any terminal, even while it is in progress.

use super::args::{CancelArgs, Command, PlanArgs};
use super::console::{failing, say, show};
use super::load::{self, Loader};
use super::{Exit, console, resume, signals};
use crate::api::Identity;
use crate::journal::{Earlier, OpenError};
use crate::log::Ledger;
use crate::manifest::{self, LogicalId};
use crate::model::{DeploymentId, Ending, ProjectIx, Resumption};
use crate::run::{self, EarlierRun, LeftRunning};
use crate::ui::one_line;
use crate::words;
use std::collections::{BTreeMap, HashSet};

pub(super) fn main(args: &CancelArgs) -> Result<Exit, Exit> {
    actix::System::new().block_on(cancel(args))
}

/// A deployment of the run that may still be running.
struct InFlight {
    logical_id: Option<String>,
    deployment: DeploymentId,
}

async fn cancel(args: &CancelArgs) -> Result<Exit, Exit> {
    let earlier = resume::find(args.run.as_deref(), args.config.as_deref(), &args.state)?;
    let run = earlier.run().clone();
    let in_flight = in_flight(&earlier.ledger());
    if in_flight.is_empty() && args.names.is_empty() {
        say(&format!("Run {run} has no deployment in flight."));
        return Ok(Exit::SUCCESS);
    }
    let PlanArgs {
        mut input, target, ..
    } = match resume::command(&earlier, &[])? {
        Command::Deploy(deploy) => deploy.plan,
        Command::Destroy(destroy) => destroy.plan,
        _ => return Err(Exit::INTERNAL), // only these two have journals
    };
    input.config = Some(resume::config(
        args.config.as_deref(),
        earlier.invocation(),
    )?);
    let names: HashSet<String> = in_flight.keys().cloned().collect();
    let overrides = manifest::Overrides {
        api_url: load::api_url(&target),
        ..manifest::Overrides::default()
    };
    let mut loader = Loader::new(&input, overrides, false, &args.common)?;
    let (mut manifest, all) = loader.keep(&names)?;
    let mut exit = Exit::SUCCESS;
    if args.names.is_empty() {
        let is_known = |name: &str| all.iter().any(|project| project.name == name);
        let gone = in_flight.iter().filter(|(name, _)| !is_known(name));
        for (name, InFlight { deployment, .. }) in gone {
            exit = exit.or_failure();
            say(&format!(
                "{}: not cancelled: it is no longer in the manifest ({deployment})",
                one_line(name)
            ));
        }
    } else {
        let named = manifest::named(&all, "cancel", &args.names)
            .map_err(|problems| console::refused(&problems, &args.common))?;
        manifest.projects.retain(|it| named.contains(&*it.name));
        if manifest.projects.is_empty() {
            say(&format!(
                "Run {run} has no deployment of {} in flight.",
                one_line(&args.names.join(", "))
            ));
            return Ok(Exit::SUCCESS);
        }
    }
    if earlier.is_running {
        say(&format!(
            "Run {run} is in progress: it continues with its other projects. To stop it, press Ctrl-C in its terminal."
        ));
    }
    // Only its name is sent.
    for project in &mut manifest.projects {
        let known = in_flight
            .get(&project.name)
            .and_then(|it| it.logical_id.clone());
        project.logical_id = known.map(|id| LogicalId {
            id,
            place: project.place.clone(),
        });
    }
    if manifest.projects.is_empty() {
        return Ok(exit);
    }
    let plan = run::plan_to_destroy(&manifest, &load::env)
        .map_err(|problems| show(&problems, &args.common))?;
    let targets: Vec<(ProjectIx, DeploymentId)> = plan
        .jobs
        .iter()
        .enumerate()
        .filter_map(|(ix, job)| {
            let deployment = &in_flight.get(&*job.planned.name)?.deployment;
            Some((ProjectIx(ix), deployment.clone()))
        })
        .collect();
    say(&format!(
        "Cancelling {} of run {run}.",
        words::count(targets.len(), "deployment")
    ));
    let identity = Identity::from_env(&load::env);
    let on_outage = console::show_outages();
    let cancelling = run::cancel_deployments(&plan, &identity, &targets, &on_outage);
    let ended = signals::uninterrupted(cancelling).await?;
    let ended = ended.map_err(failing(Exit::INVALID))?;
    let (mut failures, mut cancelled) = (vec![], vec![]);
    for ((project, deployment), ended) in targets.iter().zip(&ended) {
        let job = &plan.jobs[project.0];
        let says = match ended {
            Ok(LeftRunning::No(Ending::Cancelled)) => {
                cancelled.push((job.planned.name.clone(), deployment.clone()));
                "cancelled".to_owned()
            }
            Ok(LeftRunning::No(Ending::Succeeded { .. })) => "already succeeded".to_owned(),
            Ok(LeftRunning::No(Ending::Failed(_))) => "already failed".to_owned(),
            Ok(LeftRunning::Unknown) => "not found on the server".to_owned(),
            Ok(LeftRunning::Yes) => {
                exit = exit.or_failure();
                "still running; the cancellation is not confirmed".to_owned()
            }
            Err(failure) => {
                failures.push((&*job.planned.account, failure));
                format!("not cancelled: {}", failure.error.message)
            }
        };
        say(&format!(
            "{}: {} ({deployment})",
            one_line(&job.planned.name),
            one_line(&says)
        ));
    }
    // A run in progress learns it from the server.
    if !earlier.is_running
        && !cancelled.is_empty()
        && let Err(error) = record(&earlier, &cancelled)
    {
        say(&format!(
            "warning: `orchestrate resume` will ask the API again how the deployments ended: {error}"
        ));
    }
    console::show_failures(failures.into_iter())?;
    Ok(exit)
}

/// Records in the journal of a run that deployments of it are cancelled.
fn record(earlier: &Earlier, cancelled: &[(String, DeploymentId)]) -> Result<(), OpenError> {
    let mut run = EarlierRun::open(&earlier.path)?;
    let recorded = run.cancelled(run::now(), cancelled);
    recorded.map_err(|error| OpenError::Io {
        path: earlier.path.clone(),
        error,
    })
}

/// What the server may still have of the run, by the names of the projects.
fn in_flight(ledger: &Ledger) -> BTreeMap<String, InFlight> {
    let left = ledger.left().filter_map(|(project, left, _)| match left {
        Resumption::Follow { deployment_id } => Some((
            project.name.clone(),
            InFlight {
                logical_id: project.logical_id.clone(),
                deployment: deployment_id,
            },
        )),
        _ => None,
    });
    left.collect()
}
