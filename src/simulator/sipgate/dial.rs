//! The `Dial` action, and whatever else rings phones: all at once, the first to pick up has the call.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use serde_json::json;

use super::{
    super::{
        leg::{Beginning, Direction, EndedBy, Leg, Sound},
        phone::{self, Pickup},
        record::Placed,
        scenario::digits,
    },
    Call, Cause, Destination, NewCall, Platform, Way,
    life::{self, Ending},
    mailbox, tell,
    xml::{Dial, Whom},
};

/// Phones that are to be rung.
#[derive(Debug)]
pub struct Ring<'a> {
    pub numbers: &'a [String],
    /// What they are shown.
    pub shown: &'a str,
    /// Whether they are the account's own.
    pub own: bool,
    /// How long until the line forwards the call to its mailbox; never, if absent.
    pub forward_after: Option<Duration>,
}

pub async fn dial(platform: &Arc<Platform>, call: &Arc<Call>, wanted: &Dial) -> Ending {
    let numbers = match &wanted.whom {
        Whom::Numbers(numbers) => numbers,
        Whom::Voicemail if call.line.mailbox.is_some() => {
            return mailbox::takes(platform, call).await;
        }
        Whom::Voicemail => {
            platform.exchange.complain("<Voicemail>: the line has no mailbox");
            return life::own_settings(platform, call).await;
        }
    };
    let shown = wanted.caller_id.as_deref().unwrap_or(&call.from);
    let shown = if wanted.anonymous { "anonymous" } else { shown };
    let mailbox = call.line.mailbox.filter(|mailbox| mailbox.after_dial);
    let forward_after = mailbox.map(|mailbox| mailbox.after.0);
    ring(platform, call, &Ring { numbers, shown, own: false, forward_after }).await
}

pub async fn ring(platform: &Arc<Platform>, call: &Arc<Call>, wanted: &Ring<'_>) -> Ending {
    let clock = &platform.exchange.clock;
    let ringing = call.caller.hear(Sound::Ringing);
    let legs =
        Legs(wanted.numbers.iter().map(|number| begin(platform, call, wanted, number)).collect());
    let forwarded = async {
        match wanted.forward_after {
            Some(after) => clock.sleep(after).await,
            None => std::future::pending().await,
        }
    };
    let first = tokio::select! {
        biased;
        () = call.caller.over.cancelled() => return life::gone(call),
        first = first_to_pick_up(platform, &legs.0) => first,
        () = forwarded => return Ending::Continues(mailbox::forward(platform, call)),
        () = clock.sleep(platform.exchange.settings.sipgate_ring_max) => Err(Cause::NoAnswer),
    };
    call.caller.heard_all_of(ringing);
    match first {
        Ok(callee) => {
            legs.only(&callee);
            talk(platform, call, &callee, wanted.own).await
        }
        Err(cause) => Ending::Over(cause),
    }
}

fn begin(platform: &Platform, call: &Call, wanted: &Ring<'_>, number: &str) -> Arc<Leg> {
    let exchange = &platform.exchange;
    let (phone, run) = exchange.phone(number);
    // There is no request here whose answer a fault could hit.
    exchange.dial(run, &phone);
    let run = run.or(call.caller.run);
    let leg = Arc::new(Leg::begin(
        &exchange.clock,
        Beginning {
            id: exchange.id().to_string(),
            conversation: call.id.clone(),
            application: call.account.account.clone(),
            direction: Direction::Outbound,
            from: wanted.shown.to_owned(),
            to: digits(number).to_owned(),
            phone,
            run,
        },
    ));
    leg.state().status = "ringing".into();
    exchange.connect(leg.clone());
    let placed = Placed {
        at: exchange.clock.now(),
        application: call.account.account.clone(),
        to: digits(number).to_owned(),
        from: wanted.shown.to_owned(),
        uuid: Some(leg.id.clone()),
        run,
        status: Some(200),
        body: json!({ "callId": call.id, "own": wanted.own }),
    };
    exchange.keep(|state| &mut state.placed, placed);
    leg
}

/// Whatever ends the ringing or the talk also ends these legs.
struct Legs(Vec<Arc<Leg>>);

impl Legs {
    fn only(&self, winner: &Leg) {
        self.0.iter().filter(|leg| leg.id != winner.id).for_each(|leg| stop(leg));
    }
}

impl Drop for Legs {
    fn drop(&mut self) {
        self.0.iter().for_each(|leg| stop(leg));
    }
}

fn stop(leg: &Leg) {
    let mut state = leg.state();
    match state.status.as_str() {
        "ringing" => state.status = "canceled".into(),
        "answered" => state.status = "completed".into(),
        _ => {}
    }
    drop(state);
    leg.end(EndedBy::Platform);
}

/// The first phone that picks up, or what became of the last one.
async fn first_to_pick_up(platform: &Platform, legs: &[Arc<Leg>]) -> Result<Arc<Leg>, Cause> {
    let mut race: FuturesUnordered<_> = legs.iter().map(|leg| pickup(platform, leg)).collect();
    let mut last = Cause::NotFound;
    while let Some((leg, pickup)) = race.next().await {
        match came_to(pickup) {
            Ok(()) => return Ok(leg),
            Err(cause) => {
                leg.state().status = cause.word().into();
                leg.end(EndedBy::User);
                last = cause;
            }
        }
    }
    Err(last)
}

async fn pickup(platform: &Platform, leg: &Arc<Leg>) -> (Arc<Leg>, Pickup) {
    platform.exchange.clock.sleep(platform.exchange.settings.dial_delay).await;
    let pickup = tokio::select! {
        biased;
        // Hung up by hand while it rang.
        () = leg.over.cancelled() => Pickup::Declined,
        pickup = phone::ring(leg) => pickup,
    };
    (leg.clone(), pickup)
}

/// A machine that picks up counts as an answer: nothing here tells it from a person.
pub fn came_to(pickup: Pickup) -> Result<(), Cause> {
    match pickup {
        Pickup::Person | Pickup::Machine => Ok(()),
        Pickup::Busy => Err(Cause::Busy),
        Pickup::Declined => Err(Cause::NoAnswer),
        Pickup::Unreachable | Pickup::OutOfService => Err(Cause::Congestion),
        Pickup::Invalid => Err(Cause::NotFound),
    }
}

async fn talk(platform: &Arc<Platform>, call: &Arc<Call>, callee: &Arc<Leg>, own: bool) -> Ending {
    let caller = &call.caller;
    let (mut callers, mut callees) = (caller.keys(), callee.keys());
    let mut transfers = call.inbox.lock().await;
    life::pick_up(platform, callee);
    life::pick_up(platform, caller);
    {
        let mut state = call.state();
        state.answered_at = Some(platform.exchange.clock.now());
        state.answering_number = Some(callee.to.clone());
        state.callee = Some(callee.clone());
    }
    tell::answer(call, call.users.first().filter(|_| own));
    meet(caller, callee);
    meet(callee, caller);
    let transferred = loop {
        tokio::select! {
            biased;
            // What is pressed is on the line before whoever pressed it hangs up.
            Ok(key) = callees.recv() => carry(call, key, caller),
            Ok(key) = callers.recv() => carry(call, key, callee),
            () = caller.over.cancelled() => break None,
            () = callee.over.cancelled() => break None,
            Some(number) = transfers.recv() => break Some(number),
        }
    };
    caller.hear(Sound::Left { who: callee.who().to_owned(), room: call.id.clone() });
    stop(callee);
    match transferred {
        Some(number) => Ending::Continues(transfer(platform, call, number)),
        None => Ending::Over(Cause::NormalClearing),
    }
}

fn meet(one: &Leg, other: &Leg) {
    one.hush();
    one.hear(Sound::Joined { who: other.who().to_owned(), room: "bridge".into() });
}

/// Keys travel with the voice, unless the call is on hold. Nobody else learns of them.
fn carry(call: &Call, key: char, to: &Leg) {
    if !call.state().hold {
        to.hear(Sound::Tones { digits: key.to_string() });
    }
}

fn transfer(platform: &Platform, call: &Call, number: String) -> Box<NewCall> {
    let origin = if call.account.habits.transfer_names_origin { call.id.as_str() } else { "" };
    Box::new(NewCall {
        id: platform.call_id(Way::In),
        origin: origin.to_owned(),
        account: call.account.clone(),
        line: call.line.clone(),
        way: Way::In,
        from: call.from.clone(),
        to: number.clone(),
        users: Vec::new(),
        diversion: Some(call.to.clone()),
        destination: Destination::Number(number),
        caller: call.caller.clone(),
    })
}
