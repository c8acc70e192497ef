//! Going in and out of a conference, and what changes while a leg is in it.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    super::{super::leg::Sound, Call, Callback, Platform, events::field},
    Conference, End, Entry, Member, Out, Refused, Room, Wait,
    events::{about, tell},
    waiting,
};

/// Goes in; what comes back tells when it is out again, and why.
pub fn enter(
    platform: &Arc<Platform>,
    conference: &Arc<Conference>,
    call: &Arc<Call>,
    entry: Entry,
) -> Result<watch::Receiver<Option<Out>>, Refused> {
    let mut room = conference.room();
    admissible(&room, &entry)?;
    room.expected.retain(|expected| expected.leg.id != call.leg.id);
    room.subscribe(platform, entry.callback.clone());
    room.region = room.region.take().or_else(|| entry.region.clone());
    room.anyone_joined = true;

    let (out, inside) = watch::channel(None);
    let member = Member {
        call: call.clone(),
        muted: entry.muted || !entry.starts && !room.started,
        hold: false,
        joined_at: platform.exchange.clock.now(),
        out,
        waiting: CancellationToken::new(),
        entry,
    };
    call.leg.hush();
    {
        let mut leg = call.leg.state();
        leg.room = Some(conference.name.clone());
        leg.conversation.clone_from(&conference.sid);
        leg.muted = member.muted;
    }
    call.state().room = Some(conference.clone());
    let said = about(&member);
    room.members.push(member);
    tell(platform, conference, &mut room, "participant-join", Some(call), said);
    begin_or_wait(platform, conference, &mut room);
    waiting::listen_for_speech(platform, conference, call, inside.clone());
    Ok(inside)
}

fn admissible(room: &Room, entry: &Entry) -> Result<(), Refused> {
    if room.over.is_some() {
        return Err(Refused::Over);
    }
    if entry.label.as_deref().is_some_and(|label| room.member(label).is_some()) {
        return Err(Refused::LabelTaken);
    }
    if entry.coaches.as_deref().is_some_and(|coached| room.member(coached).is_none()) {
        return Err(Refused::NobodyToCoach);
    }
    if room.members.len() >= entry.participants_max {
        return Err(Refused::Full);
    }
    Ok(())
}

impl Room {
    /// The first participant's wish counts; a later one that differs is worth a complaint.
    fn subscribe(&mut self, platform: &Platform, callback: Option<Callback>) {
        match &self.callback {
            None => self.callback = Some(callback),
            Some(first) => {
                if callback.is_some() && *first != callback {
                    platform.exchange.complain(
                        "a later participant asks for other conference callbacks than the first: they are ignored",
                    );
                }
            }
        }
    }
}

/// Two in the room, one of them a starter: then it begins. The newcomer is the last.
fn begin_or_wait(platform: &Arc<Platform>, conference: &Arc<Conference>, room: &mut Room) {
    if room.started {
        let Some((newcomer, others)) = room.members.split_last() else { return };
        for other in others {
            newcomer.meets(other, &conference.name);
            other.meets(newcomer, &conference.name);
        }
        return;
    }
    let begins = room.members.len() >= 2 && room.members.iter().any(|member| member.entry.starts);
    if !begins {
        if let Some(newcomer) = room.members.last() {
            waiting::wait(platform, conference, newcomer, newcomer.entry.wait.clone());
        }
        return;
    }
    room.started = true;
    tell(platform, conference, room, "conference-start", None, Vec::new());
    for member in &mut room.members {
        member.waiting.cancel();
        member.call.leg.hush();
        // Those who waited for a starter were only muted until it came.
        if !member.entry.muted {
            member.muted = false;
            member.call.leg.state().muted = false;
        }
    }
    for (at, member) in room.members.iter().enumerate() {
        for other in &room.members[at + 1..] {
            member.meets(other, &conference.name);
            other.meets(member, &conference.name);
        }
    }
}

impl Member {
    fn meets(&self, other: &Self, room: &str) {
        let addressed = |coaches: &Option<String>| {
            coaches.as_ref().is_none_or(|coached| *coached == self.call.leg.id)
        };
        if !self.hold && !other.hold && !other.muted && addressed(&other.entry.coaches) {
            self.call.leg.hush();
            self.call.leg.hear(Sound::Joined {
                who: other.call.leg.who().to_owned(),
                room: room.to_owned(),
            });
        }
    }

    fn reason(&self, out: Out) -> &'static str {
        match out {
            Out::HungUp | Out::Left | Out::WaitFailed => "participant_hung_up",
            Out::Updated | Out::Kicked => "participant_updated_via_api",
            Out::Ended => "moderator_ended_conference",
        }
    }
}

/// Leaves whatever conference it is in; one that may end it, does.
pub fn leave(platform: &Arc<Platform>, call: &Arc<Call>, out: Out) {
    let Some(conference) = call.state().room.take() else { return };
    let mut room = conference.room();
    let Some(at) = room.members.iter().position(|member| member.call.leg.id == call.leg.id) else {
        return;
    };
    let gone = room.members.remove(at);
    let reason = gone.reason(out);
    depart(platform, &conference, &mut room, &gone, reason);
    for member in &room.members {
        if room.started {
            member.call.leg.hear(Sound::Left {
                who: call.leg.who().to_owned(),
                room: conference.name.clone(),
            });
        }
    }
    let kicked = out == Out::Kicked;
    if gone.entry.ends {
        let reason = if kicked {
            "participant-with-end-conference-on-exit-kicked"
        } else {
            "participant-with-end-conference-on-exit-left"
        };
        end(platform, &conference, &mut room, reason, "moderator_ended_conference", Some(&gone));
    } else if room.members.is_empty() && room.expected.is_empty() {
        let reason = if kicked { "last-participant-kicked" } else { "last-participant-left" };
        end(platform, &conference, &mut room, reason, "moderator_ended_conference", Some(&gone));
    } else if let [last] = room.members.as_slice()
        && room.started
        && !last.hold
    {
        last.call.leg.hear(Sound::Silence);
    }
}

/// A leg goes out: told, and quiet.
fn depart(
    platform: &Platform,
    conference: &Conference,
    room: &mut Room,
    gone: &Member,
    reason: &'static str,
) {
    gone.waiting.cancel();
    gone.call.leg.hush();
    gone.call.leg.state().room = None;
    let up = gone.call.leg.is_up();
    let mut said = about(gone);
    said.push(field("ParticipantCallStatus", if up { "in-progress" } else { "completed" }));
    said.push(field("ReasonParticipantLeft", reason));
    tell(platform, conference, room, "participant-leave", Some(&gone.call), said);
}

/// The conference is over for everyone who is still in it.
pub fn end(
    platform: &Arc<Platform>,
    conference: &Arc<Conference>,
    room: &mut Room,
    reason: &'static str,
    theirs: &'static str,
    by: Option<&Member>,
) {
    if room.over.is_some() {
        return;
    }
    let by_sid = by.map(|member| member.call.leg.id.clone());
    room.over = Some(End { reason, by: by_sid.clone() });
    for member in std::mem::take(&mut room.members) {
        depart(platform, conference, room, &member, theirs);
        member.call.state().room = None;
        member.out.send_replace(Some(Out::Ended));
    }
    let mut said =
        vec![field("ReasonConferenceEnded", reason), field("Reason", reason.replace('-', " "))];
    if let Some(by) = by_sid {
        said.push(field("CallSidEndingConference", by));
    }
    if let Some(label) = by.and_then(|member| member.entry.label.clone()) {
        said.push(field("ParticipantLabelEndingConference", label));
    }
    tell(platform, conference, room, "conference-end", None, said);
}

/// Waits until the leg is out for a reason that is not its own.
pub async fn until_out(mut inside: watch::Receiver<Option<Out>>) -> Out {
    match inside.wait_for(Option::is_some).await.map(|out| *out) {
        Ok(Some(out)) => out,
        Ok(None) | Err(_) => Out::Left,
    }
}

/// A phone is rung to join: the room exists from now on, with the settings of its first participant.
pub fn expect(
    platform: &Platform,
    conference: &Conference,
    call: &Arc<Call>,
    callback: Option<Callback>,
) {
    let mut room = conference.room();
    room.subscribe(platform, callback);
    room.expected.push(call.clone());
}

/// A phone that was to join never answered.
pub fn add_failed(
    platform: &Arc<Platform>,
    conference: &Arc<Conference>,
    call: &Arc<Call>,
    entry: &Entry,
    status: &str,
) {
    let mut room = conference.room();
    let expected = room.expected.len();
    room.expected.retain(|expected| expected.leg.id != call.leg.id);
    if room.expected.len() == expected {
        return;
    }
    let mut said = vec![field("CallSid", &call.leg.id)];
    if let Some(label) = &entry.label {
        said.push(field("ParticipantLabel", label));
    }
    said.push(field("ParticipantCallStatus", status));
    said.push(field("ReasonParticipantLeft", "participant_add_failed"));
    tell(platform, conference, &mut room, "participant-leave", Some(call), said);
    if room.members.is_empty() && room.expected.is_empty() {
        if room.anyone_joined {
            let reason = "last-participant-left";
            end(platform, conference, &mut room, reason, "participant_hung_up", None);
        } else {
            room.over = Some(End { reason: "last-participant-left", by: None });
        }
    }
}

/// Puts a leg out; it goes on after its `Dial`.
pub fn kick(platform: &Arc<Platform>, call: &Arc<Call>) {
    let Some(conference) = call.state().room.clone() else { return };
    let told = {
        let room = conference.room();
        room.member(&call.leg.id).map(|member| member.out.clone())
    };
    leave(platform, call, Out::Kicked);
    if let Some(out) = told {
        out.send_replace(Some(Out::Kicked));
    }
}

/// What the API may change about a participant.
#[derive(Debug)]
pub enum Change {
    Muted(bool),
    /// What is heard on hold, or the end of it.
    Hold(Option<Wait>),
    Ends(bool),
    Coaches(Option<String>),
    BeepOnExit,
    Wait(Wait),
}

pub fn change(
    platform: &Arc<Platform>,
    conference: &Arc<Conference>,
    call: &Arc<Call>,
    change: Change,
) {
    let mut room = conference.room();
    let Some(at) = room.members.iter().position(|member| member.call.leg.id == call.leg.id) else {
        return;
    };
    let started = room.started;
    let member = &mut room.members[at];
    let event = match change {
        Change::Muted(muted) => {
            let before = std::mem::replace(&mut member.muted, muted);
            member.entry.muted = muted;
            call.leg.state().muted = muted;
            (before != muted).then_some(if muted {
                "participant-mute"
            } else {
                "participant-unmute"
            })
        }
        Change::Hold(Some(music)) => {
            let before = std::mem::replace(&mut member.hold, true);
            member.waiting.cancel();
            member.waiting = CancellationToken::new();
            call.leg.hush();
            waiting::wait(platform, conference, member, music);
            (!before).then_some("participant-hold")
        }
        Change::Hold(None) => {
            let before = std::mem::replace(&mut member.hold, false);
            if before {
                member.waiting.cancel();
                call.leg.hush();
                if started {
                    call.leg.hear(Sound::Silence);
                }
            }
            before.then_some("participant-unhold")
        }
        Change::Ends(ends) => {
            member.entry.ends = ends;
            Some("participant-modify")
        }
        Change::Coaches(coaches) => {
            member.entry.coaches = coaches;
            Some("participant-modify")
        }
        Change::BeepOnExit => Some("participant-modify"),
        Change::Wait(wait) => {
            member.entry.wait = wait;
            Some("participant-modify")
        }
    };
    let said = about(member);
    if let Some(event) = event {
        tell(platform, conference, &mut room, event, Some(call), said);
    }
}

/// Ends it for everyone, at the customer's word.
pub fn end_by_api(platform: &Arc<Platform>, conference: &Arc<Conference>) {
    let mut room = conference.room();
    let reason = "conference-ended-via-api";
    end(platform, conference, &mut room, reason, "conference_ended_via_api", None);
}
