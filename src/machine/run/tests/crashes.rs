//! Actors that panic.

use super::*;

fn follow(project: usize) -> [Output; 2] {
    let project = ProjectIx(project);
    [
        Output::Restart(project),
        Output::Send(project, Message::Follow("ours".into())),
    ]
}

fn crashed(rig: &Rig) -> Option<(ProjectResult, Option<Reason>, Option<&str>)> {
    rig.events.iter().find_map(|event| match event {
        Event::Finished(row) => Some((row.result, row.reason, row.cause.as_deref())),
        _ => None,
    })
}

#[test]
fn a_successor_follows_the_deployment_of_a_crashed_actor_and_the_project_is_crashed() {
    let mut rig = Rig::of(independent(2), Limits::bare(1));
    assert_eq!(rig.begin(), [0]);
    rig.send(0);
    rig.accept(0);
    assert_eq!(rig.update(0, Update::Stopped), follow(0));
    assert_eq!(crashed(&rig), None);
    // The slot is taken until the deployment ends.
    assert_eq!(started(&rig.end(0, true)), [1]);
    let ended = Some("its deployment: succeeded");
    assert_eq!(
        crashed(&rig),
        Some((ProjectResult::Crashed, Some(Reason::Panic), ended))
    );
}

#[test]
fn a_successor_cancels_what_was_cancelled() {
    let mut rig = Rig::of(independent(1), Limits::bare(2));
    rig.begin();
    rig.send(0);
    rig.accept(0);
    rig.on(Input::Interrupt(Signal::Sigint));
    rig.now += 2 * SECOND;
    let cancel = Output::Send(
        ProjectIx(0),
        Message::Cancel {
            cause: Reason::Interrupted.into(),
            force: false,
        },
    );
    assert!(rig.on(Input::Interrupt(Signal::Sigint)).contains(&cancel));
    let [restart, follow] = follow(0);
    assert_eq!(rig.update(0, Update::Stopped), [restart, follow, cancel]);
}

#[test]
fn there_is_one_successor_and_none_without_a_deployment() {
    let mut rig = Rig::of(independent(2), Limits::bare(2));
    rig.begin();
    rig.send(0);
    rig.update(0, Update::Stopped);
    let of_bug = Some((ProjectResult::Crashed, Some(Reason::Panic), None));
    assert_eq!(crashed(&rig), of_bug);
    rig.send(1);
    rig.accept(1);
    rig.update(1, Update::Stopped);
    rig.update(1, Update::Stopped);
    assert_eq!(crashed(&rig), of_bug);
}
