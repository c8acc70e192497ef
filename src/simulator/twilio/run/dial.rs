//! The `Dial` verb: phones are rung and bridged, or the leg goes to a conference.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::sync::broadcast;

use super::{
    super::{
        super::leg::{Direction, EndedBy, Sound},
        Answer, Call, NewCall, Platform, Progress, Target,
        conference::{self, Entry, Out, Wait},
        events::field,
        hooks::Fields,
        life,
        twiml::{Dial, Number, Whom},
    },
    Ending, next,
};

/// What comes of it; nothing means that the document goes on with the next verb.
pub async fn dial(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    wanted: &Dial,
    source: Option<&Target>,
) -> Option<Ending> {
    let told = match &wanted.whom {
        Whom::Numbers(list) => numbers(platform, call, wanted, list, source).await,
        Whom::Conference { name, entry } => {
            room(platform, call, wanted, (name, entry), source).await?
        }
    };
    call.leg.hush();
    let action = wanted.action.as_ref()?;
    Some(next(platform, call, action, source, told).await)
}

fn told(status: &str, bridged: bool) -> Fields {
    vec![field("DialCallStatus", status), field("DialBridged", bridged.to_string())]
}

async fn numbers(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    wanted: &Dial,
    list: &[Number],
    source: Option<&Target>,
) -> Fields {
    let together = if wanted.sequential { 1 } else { list.len().max(1) };
    let mut last = told("failed", false);
    for group in list.chunks(together) {
        let ringing = call.leg.hear(Sound::Ringing);
        let children = Children(
            group.iter().map(|number| ring(platform, call, wanted, number, source)).collect(),
        );
        let winner = first_to_answer(&children.0).await;
        call.leg.heard_all_of(ringing);
        match winner {
            Ok(child) => {
                children.only(&child);
                return talk(platform, call, wanted, &child).await;
            }
            Err(status) => {
                last = told(status, false);
                last.extend(group_sid(&children));
            }
        }
    }
    last
}

fn group_sid(children: &Children) -> Option<(String, String)> {
    children.0.last().map(|child| field("DialCallSid", &child.leg.id))
}

/// Whatever ends the verb also ends the legs that it placed.
struct Children(Vec<Arc<Call>>);

impl Children {
    fn only(&self, winner: &Arc<Call>) {
        let others = self.0.iter().filter(|child| child.leg.id != winner.leg.id);
        others.for_each(|child| child.leg.end(EndedBy::Platform));
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        self.0.iter().for_each(|child| child.leg.end(EndedBy::Platform));
    }
}

/// The first child that picks up, or what became of the last one.
async fn first_to_answer(children: &[Arc<Call>]) -> Result<Arc<Call>, &'static str> {
    let mut race: FuturesUnordered<_> =
        children.iter().map(|child| reaches(child, Progress::Answered)).collect();
    let mut status = "failed";
    while let Some((child, answered)) = race.next().await {
        if answered {
            return Ok(child);
        }
        status = child.state().ending.unwrap_or("canceled");
    }
    Err(status)
}

/// Whether it gets that far before it is over.
async fn reaches(child: &Arc<Call>, wanted: Progress) -> (Arc<Call>, bool) {
    let mut progress = child.progress.subscribe();
    let reached = tokio::select! {
        biased;
        reached = progress.wait_for(|now| *now >= wanted) => reached.is_ok(),
        () = child.leg.over.cancelled() => false,
    };
    (child.clone(), reached)
}

async fn talk(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    wanted: &Dial,
    child: &Arc<Call>,
) -> Fields {
    let (_, bridged) = reaches(child, Progress::Ready).await;
    if bridged {
        life::pick_up(platform, call);
        meet(call, child);
        meet(child, call);
        let mut keys = call.leg.keys();
        tokio::select! {
            () = child.leg.over.cancelled() => {}
            () = star(&mut keys, wanted.hangup_on_star) => {}
            () = platform.exchange.clock.sleep(wanted.time_limit) => {}
        }
        child.leg.end(EndedBy::Platform);
    }
    let mut fields = told("completed", bridged);
    fields.push(field("DialCallSid", &child.leg.id));
    fields.push(field("DialCallDuration", child.seconds().to_string()));
    fields
}

fn meet(one: &Call, other: &Call) {
    one.leg.hush();
    one.leg.hear(Sound::Joined { who: other.leg.who().to_owned(), room: "bridge".into() });
}

/// Waits for `*` if it means anything here.
async fn star(keys: &mut broadcast::Receiver<char>, acts: bool) {
    while acts && let Ok(key) = keys.recv().await {
        if key == '*' {
            return;
        }
    }
    std::future::pending().await
}

/// Legs that are dialled so are neither queued nor counted against the pace.
fn ring(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    wanted: &Dial,
    number: &Number,
    source: Option<&Target>,
) -> Arc<Call> {
    let (phone, run) = platform.exchange.phone(&number.number);
    platform.exchange.dial(run, &phone);
    let from = wanted.caller_id.clone().unwrap_or_else(|| call.leg.from.clone());
    let own = from == call.leg.from || from == call.leg.to;
    if !own && !call.account.may_show(&from) {
        platform.exchange.complain("<Dial callerId> is neither of this call nor of the account");
    }
    let screen = number.screen.as_ref().map(|action| {
        let url = source.map_or_else(|| action.url.clone(), |source| source.resolve(&action.url));
        Target::new(&url, action.method)
    });
    let new = NewCall {
        direction: Direction::Outbound,
        from,
        to: number.number.clone(),
        phone,
        run: run.or(call.leg.run),
        parent: Some(call.leg.id.clone()),
        answer: Answer::Bridge { screen },
        callback: number.callback.clone(),
        fallback: None,
        ring_max: wanted.timeout,
        time_limit: wanted.time_limit,
        detection: number.detection.clone(),
        send_digits: number.send_digits.clone(),
    };
    let child = platform.begin(call.account.clone(), new);
    platform.exchange.spawn(life::outbound(platform.clone(), child.clone(), Duration::ZERO));
    child
}

/// Nothing comes back if the leg did not get in: then the next verb has its turn.
async fn room(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    wanted: &Dial,
    (name, entry): (&str, &Entry),
    source: Option<&Target>,
) -> Option<Fields> {
    let mut entry = entry.clone();
    if let (Wait::Ask(target), Some(source)) = (&mut entry.wait, source) {
        target.url = source.resolve(&target.url);
    }
    let room = platform.conferences.named(platform, &call.account, name);
    let inside = match conference::enter(platform, &room, call, entry) {
        Ok(inside) => inside,
        Err(refused) => {
            platform.exchange.complain(refused.to_string());
            return refused.ends_the_verb().then(|| told("failed", false));
        }
    };
    let mut keys = call.leg.keys();
    let out = tokio::select! {
        biased;
        out = conference::until_out(inside) => out,
        () = star(&mut keys, wanted.hangup_on_star) => Out::Left,
        () = platform.exchange.clock.sleep(wanted.time_limit) => Out::Left,
    };
    conference::leave(platform, call, out);
    // After a conference there is neither a SID nor a length.
    Some(if out == Out::WaitFailed { told("failed", false) } else { told("answered", true) })
}
