//! A call from the queue or its first ring to its last callback.

use std::{sync::Arc, time::Duration};

use super::{
    super::{
        leg::{Direction, EndedBy, Leg},
        phone::{self, Pickup},
        scenario::{Does, Scenario, digits},
        sound,
    },
    Answer, Call, Callback, NewCall, Platform, Progress, TIME_LIMIT,
    conference::{self, Out},
    detection, events,
    fetch::{self, Program},
    run::{self, Ending},
};

/// Documents that one call may run through.
const DOCUMENTS_MAX: usize = 1000;

/// A visitor calls one of the accounts' numbers. `None` if nobody has that number.
pub fn visit(platform: &Arc<Platform>, scenario: Scenario) -> Option<(u64, Arc<Call>)> {
    let (account, number) = platform.owner_of(&scenario.call.to)?;
    let run = platform.exchange.begin_run(scenario);
    let visit = &run.scenario.call;
    let from = if visit.from == "withheld" { "anonymous" } else { &visit.from };
    let callback =
        number.status().map(|target| Callback { target, events: vec!["completed".into()] });
    let new = NewCall {
        direction: Direction::Inbound,
        from: from.to_owned(),
        to: number.number.clone(),
        phone: visit.phone(),
        run: Some(run.id),
        parent: None,
        answer: Answer::Ask(number.voice()),
        callback,
        fallback: number.fallback(),
        ring_max: Duration::MAX,
        time_limit: TIME_LIMIT,
        detection: None,
        send_digits: None,
    };
    let call = platform.begin(account, new);
    tracing::info!(run = run.id, call = call.leg.id, "a visitor calls");
    platform.exchange.spawn(inbound(platform.clone(), call.clone()));
    Some((run.id, call))
}

/// It rings until the document's first verb that answers.
async fn inbound(platform: Arc<Platform>, call: Arc<Call>) {
    let patience = call.leg.phone.hang_up_after.map(|pause| pause.0);
    tokio::select! {
        biased;
        () = call.leg.over.cancelled() => {}
        () = phone::hang_up(&call.leg, patience, Some(call.leg.began_at)) => {}
        () = answer(&platform, &call) => {}
    }
    finish(&platform, &call);
}

/// A call that was placed: it waits for its turn, rings, and what comes of that is the phone's affair.
pub async fn outbound(platform: Arc<Platform>, call: Arc<Call>, queued: Duration) {
    let leg = &call.leg;
    tokio::select! {
        biased;
        () = leg.over.cancelled() => {
            // A call that is canceled in the queue says nothing at all.
            leg.state().status = "canceled".into();
            return platform.exchange.touch();
        }
        () = platform.exchange.clock.sleep(queued) => {}
    }
    events::status(&platform, &call, "initiated", "initiated");
    let ring = async {
        platform.exchange.clock.sleep(platform.exchange.settings.dial_delay).await;
        if !matches!(leg.phone.does, Does::Unreachable | Does::Invalid | Does::OutOfService) {
            events::status(&platform, &call, "ringing", "ringing");
        }
        phone::ring(leg).await
    };
    let buffer = platform.exchange.settings.twilio_ring_buffer;
    let pickup = tokio::select! {
        biased;
        () = leg.over.cancelled() => None,
        pickup = ring => Some(pickup),
        () = platform.exchange.clock.sleep(call.ring_max.saturating_add(buffer)) => {
            decided(&call, "no-answer", 487);
            None
        }
    };
    match pickup {
        Some(pickup @ (Pickup::Person | Pickup::Machine)) => {
            talk(&platform, &call, pickup == Pickup::Machine).await;
        }
        Some(Pickup::Busy) => decided(&call, "busy", 486),
        Some(Pickup::Declined) => decided(&call, "busy", 603),
        Some(Pickup::Unreachable) => decided(&call, "no-answer", 480),
        Some(Pickup::Invalid) => decided(&call, "failed", 404),
        Some(Pickup::OutOfService) => decided(&call, "failed", 503),
        None => {}
    }
    finish(&platform, &call);
}

fn decided(call: &Call, status: &'static str, sip_code: u16) {
    let mut state = call.state();
    state.ending.get_or_insert(status);
    state.sip_code = sip_code;
}

async fn talk(platform: &Arc<Platform>, call: &Arc<Call>, machine: bool) {
    pick_up(platform, call);
    let all = async {
        if let Some(keys) = &call.send_digits {
            sound::press(&call.leg, keys).await;
        }
        detection::run(platform, call, machine).await;
        answer(platform, call).await;
    };
    tokio::select! {
        biased;
        () = call.leg.over.cancelled() => {}
        () = all => {}
    }
}

/// The call is answered, and paid for, from now on.
pub fn pick_up(platform: &Arc<Platform>, call: &Arc<Call>) {
    if call.leg.state().answered_at.is_some() {
        return;
    }
    call.leg.answered();
    call.progress.send_replace(Progress::Answered);
    events::status(platform, call, "answered", "in-progress");
    platform.exchange.spawn(phone::live(call.leg.clone()));
    let limit = call.state().time_limit;
    platform.exchange.spawn(cut_off(call.leg.clone(), limit));
}

async fn cut_off(leg: Arc<Leg>, after: Duration) {
    tokio::select! {
        () = leg.over.cancelled() => {}
        () = leg.clock().sleep(after) => leg.end(EndedBy::Platform),
    }
}

async fn answer(platform: &Arc<Platform>, call: &Arc<Call>) {
    match &call.answer {
        Answer::Inline(program) => perform(platform, call, program.clone()).await,
        Answer::Ask(target) => {
            let program = fetch::ask(platform, call, "answer", target, Vec::new()).await;
            perform(platform, call, program).await;
        }
        Answer::Join { conference, entry } => {
            let mut inbox = call.inbox.lock().await;
            let program = tokio::select! {
                biased;
                Some(new) = inbox.recv() => Some(new),
                () = stay(platform, call, conference, entry) => None,
            };
            drop(inbox);
            if let Some(program) = program {
                conference::leave(platform, call, Out::Updated);
                perform(platform, call, program).await;
            }
        }
        Answer::Bridge { screen } => {
            if let Some(target) = screen {
                let program = fetch::ask(platform, call, "answer", target, Vec::new()).await;
                if !matches!(run::document(platform, call, program).await, Ending::Finished) {
                    return;
                }
            }
            call.progress.send_replace(Progress::Ready);
            // From here on, the leg that dialled says how long it lasts.
            std::future::pending().await
        }
    }
}

async fn stay(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    room: &Arc<conference::Conference>,
    entry: &conference::Entry,
) {
    match conference::enter(platform, room, call, entry.clone()) {
        Ok(out) => {
            conference::until_out(out).await;
        }
        Err(what) => platform.exchange.complain(what.to_string()),
    }
}

/// Runs documents until one comes to its end or the leg is gone; a new one takes the place of the current one at any moment.
async fn perform(platform: &Arc<Platform>, call: &Arc<Call>, mut program: Program) {
    let mut inbox = call.inbox.lock().await;
    for _ in 0..DOCUMENTS_MAX {
        let ending = tokio::select! {
            biased;
            () = call.leg.over.cancelled() => return,
            Some(new) = inbox.recv() => {
                conference::leave(platform, call, Out::Updated);
                Ending::Next(new)
            }
            ending = run::document(platform, call, program) => ending,
        };
        call.leg.hush();
        match ending {
            Ending::Next(next) => program = next,
            Ending::Finished | Ending::HungUp => return,
            Ending::Rejected(status) => return decided(call, status, 603),
        }
    }
    platform.exchange.complain("a call went through a thousand documents: a paid loop");
}

fn finish(platform: &Arc<Platform>, call: &Arc<Call>) {
    conference::leave(platform, call, Out::HungUp);
    call.leg.end(EndedBy::Platform);
    let answered = call.leg.state().answered_at.is_some();
    let by_user = call.leg.state().ended_by == Some(EndedBy::User);
    let status = match call.state().ending {
        Some(status) if !answered => status,
        _ if answered => "completed",
        // A visitor who gives up before the answer.
        _ if call.leg.direction == Direction::Inbound && by_user => "canceled",
        _ if call.leg.direction == Direction::Inbound => "no-answer",
        _ => "canceled",
    };
    if status == "canceled" {
        call.state().sip_code = 487;
    }
    platform.streams.stop_all(&call.leg.id);
    events::status(platform, call, "completed", status);
    if let Answer::Join { conference, entry } = &call.answer {
        conference::add_failed(platform, conference, call, entry, status);
    }
}

/// A number as this carrier writes it.
#[must_use]
pub fn e164(number: &str) -> String {
    let digits = digits(number.trim());
    format!("+{digits}")
}
