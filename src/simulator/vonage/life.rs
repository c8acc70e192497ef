//! A leg from its first ring to its last event.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::{
    super::{
        leg::{Direction, EndedBy, Leg},
        phone::{self, Pickup},
        scenario::{Does, Scenario, digits},
        settings::Application,
    },
    Answer, Call, LENGTH_TIMER, NewCall, Platform, RINGING_TIMER, Target, detection, events, fetch,
    ncco::{self, Action, play},
    rooms::Entry,
};

/// A visitor calls one of the applications' numbers. `None` if nobody has that number.
pub fn visit(platform: &Arc<Platform>, scenario: Scenario) -> Option<(u64, Arc<Call>)> {
    let application = platform.application_of(&scenario.call.to)?;
    let run = platform.exchange.begin_run(scenario);
    let visit = &run.scenario.call;
    let new = NewCall {
        direction: Direction::Inbound,
        from: digits(&visit.from).to_owned(),
        to: digits(&visit.to).to_owned(),
        phone: visit.phone(),
        run: Some(run.id),
        event: event_target(&application),
        answer: Answer::Ask(Target {
            url: application.answer_url.clone(),
            method: application.answer_method,
        }),
        ringing_timer: RINGING_TIMER,
        length_timer: LENGTH_TIMER,
        detection: None,
    };
    let call = platform.begin(application, new);
    tracing::info!(run = run.id, leg = call.leg.id, "a visitor calls");
    platform.exchange.spawn(inbound(platform.clone(), call.clone()));
    Some((run.id, call))
}

#[must_use]
pub fn event_target(application: &Application) -> Option<Target> {
    application.event_url.clone().map(|url| Target { url, method: application.event_method })
}

/// The platform picks up by itself, a moment after it began to ask what to do.
async fn inbound(platform: Arc<Platform>, call: Arc<Call>) {
    let now = platform.exchange.clock.now();
    events::status_at(&platform, &call, "started", json!({}), now);
    events::status_at(&platform, &call, "ringing", json!({}), now);
    let pick_up = async {
        platform.exchange.clock.sleep(platform.exchange.settings.pick_up_after).await;
        pick_up(&platform, &call);
    };
    let patience = call.leg.phone.hang_up_after.map(|pause| pause.0);
    let program = tokio::select! {
        biased;
        () = call.leg.over.cancelled() => None,
        () = phone::hang_up(&call.leg, patience, Some(call.leg.began_at)) => None,
        (program, ()) = async { tokio::join!(program(&platform, &call), pick_up) } => program,
    };
    if let Some(program) = program {
        perform(&platform, &call, program).await;
    }
    if call.leg.state().answered_at.is_none() {
        events::status(&platform, &call, "cancelled", json!({}));
    }
    finish(&platform, &call);
}

/// A call that was placed: it rings, and what comes of that is the phone's affair.
pub async fn outbound(platform: Arc<Platform>, call: Arc<Call>) {
    let leg = &call.leg;
    tokio::select! {
        () = leg.over.cancelled() => {}
        () = platform.exchange.clock.sleep(platform.exchange.settings.dial_delay) => {}
    }
    let now = platform.exchange.clock.now();
    events::status_at(&platform, &call, "started", json!({}), now);
    if !matches!(leg.phone.does, Does::Unreachable | Does::Invalid | Does::OutOfService) {
        events::status_at(&platform, &call, "ringing", json!({}), now);
    }
    tokio::select! {
        biased;
        () = leg.over.cancelled() => events::status(&platform, &call, "cancelled", json!({})),
        pickup = phone::ring(leg) => return picked_up(&platform, &call, pickup).await,
        () = platform.exchange.clock.sleep(call.ringing_timer) => fail(&platform, &call, "timeout", json!({})).await,
    }
    finish(&platform, &call);
}

async fn picked_up(platform: &Arc<Platform>, call: &Arc<Call>, pickup: Pickup) {
    let (status, extra) = match pickup {
        Pickup::Person | Pickup::Machine => {
            return talk(platform, call, pickup == Pickup::Machine).await;
        }
        Pickup::Busy => ("busy", json!({ "sip_code": 486 })),
        Pickup::Declined => ("rejected", json!({ "detail": "declined", "sip_code": 603 })),
        Pickup::Invalid => ("rejected", json!({ "detail": "invalid_number", "sip_code": 404 })),
        Pickup::Unreachable => ("unanswered", json!({ "detail": "unavailable", "sip_code": 480 })),
        Pickup::OutOfService => {
            ("failed", json!({ "detail": "number_out_of_service", "sip_code": 502 }))
        }
    };
    fail(platform, call, status, extra).await;
    // Only a rejection is final by itself.
    if status == "rejected" {
        call.leg.end(EndedBy::User);
        platform.exchange.touch();
    } else {
        finish(platform, call);
    }
}

/// Tells why it came to nothing. For a synchronous connect, the reply may say what the caller hears next.
async fn fail(platform: &Arc<Platform>, call: &Arc<Call>, status: &str, extra: Value) {
    let Answer::Bridge { steers: Some(caller), .. } = &call.answer else {
        return events::status(platform, call, status, extra);
    };
    call.leg.state().status = status.into();
    let hook = events::status_hook(call, status, extra, platform.exchange.clock.now());
    if let (Some(hook), Some(caller)) = (hook, caller.upgrade())
        && let Some(program) = fetch::ask_event(platform, call, &hook).await
    {
        // The caller may have gone meanwhile; then nobody hears it.
        let _ = caller.programs.send(program);
    }
}

async fn talk(platform: &Arc<Platform>, call: &Arc<Call>, machine: bool) {
    pick_up(platform, call);
    let program = tokio::select! {
        biased;
        () = call.leg.over.cancelled() => None,
        program = async {
            detection::run(platform, call, machine).await;
            program(platform, call).await
        } => program,
    };
    if let Some(program) = program {
        perform(platform, call, program).await;
    }
    finish(platform, call);
}

fn pick_up(platform: &Arc<Platform>, call: &Arc<Call>) {
    call.leg.answered();
    events::status(
        platform,
        call,
        "answered",
        json!({ "start_time": null, "rate": null, "network": null }),
    );
    platform.exchange.spawn(phone::live(call.leg.clone()));
    platform.exchange.spawn(cut_off(call.leg.clone(), call.length_timer));
}

async fn cut_off(leg: Arc<Leg>, after: Duration) {
    tokio::select! {
        () = leg.over.cancelled() => {}
        () = leg.clock().sleep(after) => leg.end(EndedBy::Platform),
    }
}

async fn program(platform: &Arc<Platform>, call: &Call) -> Option<Vec<Action>> {
    match &call.answer {
        Answer::Inline(program) => Some(program.clone()),
        Answer::Ask(target) => fetch::ask(platform, call, target).await,
        Answer::Bridge { whisper: Some(target), .. } => fetch::ask(platform, call, target).await,
        Answer::Bridge { whisper: None, .. } => Some(Vec::new()),
    }
}

/// Plays NCCOs until one runs out or the leg is gone; a new one takes the place of the current one at any moment.
async fn perform(platform: &Arc<Platform>, call: &Arc<Call>, mut program: Vec<Action>) {
    let mut inbox = call.inbox.lock().await;
    loop {
        let ending = tokio::select! {
            biased;
            () = call.leg.over.cancelled() => return,
            Some(new) = inbox.recv() => play::Ending::Replaced(new),
            ending = play::play(platform, call, program) => ending,
        };
        leave(platform, call);
        match ending {
            play::Ending::Replaced(new) => program = new,
            play::Ending::Finished => match &call.answer {
                Answer::Bridge { conversation, .. } => {
                    return bridge(platform, call, conversation).await;
                }
                Answer::Inline(_) | Answer::Ask(_) => return,
            },
        }
    }
}

/// Out of a named room, a leg is in a conversation of its own again.
fn leave(platform: &Platform, call: &Call) {
    call.leg.hush();
    if call.leg.state().room.is_some() {
        platform.rooms.leave(&call.leg);
    }
}

async fn bridge(platform: &Arc<Platform>, call: &Arc<Call>, conversation: &str) {
    if call.leg.over.is_cancelled() {
        return;
    }
    if call.leg.state().conversation != conversation {
        events::transfer(platform, call, conversation);
    }
    let over = platform.rooms.enter(conversation, "bridge", &call.leg, Entry::default());
    tokio::select! {
        () = call.leg.over.cancelled() => {}
        () = over.cancelled() => {}
    }
}

fn finish(platform: &Platform, call: &Call) {
    platform.rooms.leave(&call.leg);
    call.leg.end(EndedBy::Platform);
    events::completed(platform, call);
}

/// Reads an inline NCCO from the calls API.
pub fn inline(ncco: &Value) -> Result<Vec<Action>, ncco::NccoError> {
    ncco::check::actions(ncco)
}
