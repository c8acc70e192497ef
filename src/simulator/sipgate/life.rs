//! A call from its first ring to its last push.

use std::{slice, sync::Arc};

use super::{
    super::{
        leg::{Beginning, Direction, EndedBy, Leg},
        phone,
        scenario::{Scenario, digits},
    },
    Call, Cause, Destination, NewCall, Platform, Way,
    ask::{self, Next},
    dial::{self, Ring},
    gather, mailbox, play,
    push::{self, Push},
    tell,
    xml::{Action, Reason},
};

/// Answers that one call may run through.
const ANSWERS_MAX: usize = 100;

/// How a call came to its end.
#[derive(Debug)]
pub enum Ending {
    Over(Cause),
    /// It was forwarded: its caller goes on in another.
    Continues(Box<NewCall>),
}

/// A visitor calls one of the accounts' numbers; what comes back is the run. `None` if nobody has that number.
pub fn visit(platform: &Arc<Platform>, scenario: Scenario) -> Option<u64> {
    let (account, line) = platform.owner_of(&scenario.call.to)?;
    let exchange = &platform.exchange;
    let run = exchange.begin_run(scenario);
    let visit = &run.scenario.call;
    let from = if visit.from == "withheld" { "anonymous" } else { digits(&visit.from) };
    let to = digits(&line.number).to_owned();
    let id = platform.call_id(Way::In);
    let caller = Arc::new(Leg::begin(
        &exchange.clock,
        Beginning {
            id: id.clone(),
            conversation: id.clone(),
            application: account.account.clone(),
            direction: Direction::Inbound,
            from: from.to_owned(),
            to: to.clone(),
            phone: visit.phone(),
            run: Some(run.id),
        },
    ));
    caller.state().status = "ringing".into();
    exchange.connect(caller.clone());
    exchange.spawn(gives_up(caller.clone()));
    let call = platform.begin(NewCall {
        origin: id.clone(),
        id,
        account,
        way: Way::In,
        from: from.to_owned(),
        to,
        users: line.users.clone(),
        line,
        diversion: None,
        destination: Destination::Line,
        caller,
    });
    tracing::info!(run = run.id, call = call.id, "a visitor calls");
    exchange.spawn(lead(platform.clone(), call));
    Some(run.id)
}

/// The visitor's patience, whatever is being done meanwhile.
async fn gives_up(caller: Arc<Leg>) {
    let patience = caller.phone.hang_up_after.map(|pause| pause.0);
    tokio::select! {
        () = caller.over.cancelled() => {}
        () = phone::hang_up(&caller, patience, Some(caller.began_at)) => {}
    }
}

/// Leads a caller through the call, and through those that take over from it.
pub async fn lead(platform: Arc<Platform>, mut call: Arc<Call>) {
    loop {
        match converse(&platform, &call).await {
            Ending::Over(cause) => {
                if let Some(push) = finish(&platform, &call, cause) {
                    call.post(push);
                }
                call.caller.end(EndedBy::Platform);
                return platform.exchange.touch();
            }
            Ending::Continues(next) => {
                // Told before the next one begins.
                if let Some(push) = finish(&platform, &call, Cause::Forwarded) {
                    push::hand_over(&platform, push).await;
                }
                call = platform.begin(*next);
            }
        }
    }
}

fn finish(platform: &Platform, call: &Arc<Call>, cause: Cause) -> Option<Push> {
    let now = platform.exchange.clock.now();
    let mut state = call.state();
    state.ended = Some((now, cause));
    state.callee = None;
    drop(state);
    call.caller.state().status = cause.word().into();
    tell::hangup(call, cause)
}

/// Asks, does what is answered, and asks again where that says so.
async fn converse(platform: &Arc<Platform>, call: &Arc<Call>) -> Ending {
    let mut next = ask::about_call(platform, call).await;
    let refused = matches!(next, Next::Do(Action::Reject(_) | Action::Hangup));
    if call.way == Way::Out && !refused {
        tell::device_rings(platform, call);
        if let Err(ending) = caller_picks_up(platform, call).await {
            return ending;
        }
    }
    for _ in 0..ANSWERS_MAX {
        if call.caller.over.is_cancelled() {
            return gone(call);
        }
        let Next::Do(action) = next else { return own_settings(platform, call).await };
        next = match action {
            Action::Play(url) => {
                pick_up(platform, &call.caller);
                let caller = slice::from_ref(&call.caller);
                tokio::select! {
                    biased;
                    () = call.caller.over.cancelled() => return gone(call),
                    () = play::file(platform, call, &url, caller) => {}
                }
                // Then it is delivered as it would have been.
                Next::OwnSettings
            }
            Action::Gather(wanted) => gather::gather(platform, call, &wanted).await,
            Action::Dial(wanted) => return dial::dial(platform, call, &wanted).await,
            Action::Reject(Reason::Busy) => return Ending::Over(Cause::Busy),
            Action::Reject(Reason::Rejected) => return Ending::Over(Cause::NoAnswer),
            Action::Hangup => return Ending::Over(Cause::NormalClearing),
        };
    }
    platform.exchange.complain("a call went through a hundred answers: a paid loop");
    Ending::Over(Cause::NormalClearing)
}

/// A placed call rings the one who placed it first.
async fn caller_picks_up(platform: &Arc<Platform>, call: &Arc<Call>) -> Result<(), Ending> {
    let caller = &call.caller;
    let clock = &platform.exchange.clock;
    let ring = async {
        clock.sleep(platform.exchange.settings.dial_delay).await;
        phone::ring(caller).await
    };
    let came_to = tokio::select! {
        biased;
        () = caller.over.cancelled() => return Err(gone(call)),
        pickup = ring => dial::came_to(pickup),
        () = clock.sleep(platform.exchange.settings.sipgate_ring_max) => Err(Cause::NoAnswer),
    };
    came_to.map_err(Ending::Over)?;
    pick_up(platform, caller);
    Ok(())
}

/// What becomes of a call when the customer does not say.
pub async fn own_settings(platform: &Arc<Platform>, call: &Arc<Call>) -> Ending {
    if call.caller.over.is_cancelled() {
        return gone(call);
    }
    let (number, own) = match &call.destination {
        Destination::Mailbox => return mailbox::takes(platform, call).await,
        Destination::Number(number) => (Some(number), false),
        Destination::Line => (call.line.put_through_to.as_ref(), true),
    };
    let mailbox = call.line.mailbox.filter(|_| own);
    let forward_after = mailbox.map(|mailbox| mailbox.after.0);
    match (number, forward_after) {
        (Some(number), _) => {
            let number = digits(number).to_owned();
            let numbers = slice::from_ref(&number);
            let shown = &call.from;
            dial::ring(platform, call, &Ring { numbers, shown, own, forward_after }).await
        }
        (None, Some(after)) => {
            tokio::select! {
                biased;
                () = call.caller.over.cancelled() => gone(call),
                () = platform.exchange.clock.sleep(after) => {
                    Ending::Continues(mailbox::forward(platform, call))
                }
            }
        }
        (None, None) => Ending::Over(Cause::NotFound),
    }
}

/// A phone has picked up, or its call was taken to be told something.
pub fn pick_up(platform: &Platform, leg: &Arc<Leg>) {
    if leg.state().answered_at.is_some() || leg.over.is_cancelled() {
        return;
    }
    leg.answered();
    leg.state().status = "answered".into();
    platform.exchange.touch();
    platform.exchange.spawn(phone::live(leg.clone()));
}

/// The caller is gone: given up, unless somebody had answered or the call was ended from here.
#[must_use]
pub fn gone(call: &Call) -> Ending {
    let answered = call.state().answered_at.is_some();
    let by_user = call.caller.state().ended_by == Some(EndedBy::User);
    Ending::Over(if by_user && !answered { Cause::Cancel } else { Cause::NormalClearing })
}
