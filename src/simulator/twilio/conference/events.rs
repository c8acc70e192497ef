//! Conference callbacks: told to the first participant's address, numbered, one after the other.

use super::{
    super::{
        super::network::News,
        Platform,
        events::{field, stamp},
        hooks::{Fields, Hook},
    },
    Conference, Member, Room,
};

pub const EVENTS: &[&str] =
    &["start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement"];

/// The word that subscribes to an event.
fn word(event: &str) -> &'static str {
    match event {
        "conference-start" => "start",
        "conference-end" => "end",
        "participant-join" => "join",
        "participant-leave" => "leave",
        "participant-mute" | "participant-unmute" => "mute",
        "participant-hold" | "participant-unhold" => "hold",
        "participant-modify" => "modify",
        "participant-speech-start" | "participant-speech-stop" => "speaker",
        _ => "announcement",
    }
}

/// What is said of a participant.
pub fn about(member: &Member) -> Fields {
    let mut fields = vec![
        field("CallSid", &member.call.leg.id),
        field("Muted", member.muted.to_string()),
        field("Hold", member.hold.to_string()),
        field("Coaching", member.entry.coaches.is_some().to_string()),
        field("EndConferenceOnExit", member.entry.ends.to_string()),
        field("StartConferenceOnEnter", member.entry.starts.to_string()),
    ];
    if let Some(label) = &member.entry.label {
        fields.push(field("ParticipantLabel", label));
    }
    fields
}

/// Tells an event, if the first participant wanted to know.
pub fn tell(
    platform: &Platform,
    conference: &Conference,
    room: &mut Room,
    event: &'static str,
    member: Option<&super::Call>,
    more: Fields,
) {
    platform.exchange.touch();
    room.updated_at = Some(platform.exchange.clock.now());
    let Some(Some(callback)) = &room.callback else { return };
    if !callback.events.iter().any(|wanted| wanted == word(event)) {
        return;
    }
    let number = room.sequence + platform.exchange.settings.twilio_conference_sequence_from;
    room.sequence += 1;
    let mut fields = vec![
        field("ConferenceSid", &conference.sid),
        field("FriendlyName", &conference.name),
        field("AccountSid", &conference.account.sid),
        field("SequenceNumber", number.to_string()),
        field("Timestamp", stamp(platform.exchange.clock.now())),
        field("StatusCallbackEvent", event),
    ];
    fields.extend(more);
    // The postman only goes when the simulator stops.
    let _ = conference.post.send(Hook {
        kind: "conference",
        what: event.into(),
        news: if event == "participant-join" { News::Joined } else { News::Other },
        leg: member.map(|call| call.leg.clone()),
        account: conference.account.clone(),
        target: callback.target.clone(),
        fields,
    });
}
