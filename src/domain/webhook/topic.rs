//! The public vocabulary: what a webhook can be told. Names here never change their meaning; what happens inside may.

use std::fmt;
use std::str::FromStr;

/// The version of the vocabulary and of all shapes in it. A new field or a new name keeps it; anything else raises it.
pub const VERSION: u32 = 1;

/// Something that a webhook can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// A visitor called a line.
    CallRang,
    /// The visitor may go on.
    CallerAdmitted,
    /// The visitor may not go on.
    CallerRefused,
    /// The caller is blocked from now on, after too many wrong PINs.
    CallerBlocked,
    /// The entrance takes no PINs from now on, after too many wrong ones from whomever.
    EntranceBlocked,
    /// The PIN of a valid pass was given.
    PinAccepted,
    /// No valid pass has the PIN that was given.
    PinRefused,
    /// A group of residents starts to ring.
    CallRinging,
    /// Someone accepted the visitor.
    CallAccepted,
    /// Someone refused the visitor.
    CallDeclined,
    /// The open digits were sent to the door.
    DoorOpened,
    /// The open digits were not sent, or may not have been.
    DoorOpenFailed,
    /// Someone came into the room that the call's phones share.
    ParticipantJoined,
    /// Someone left the room.
    ParticipantLeft,
    /// Someone was muted.
    ParticipantMuted,
    /// Someone may speak again.
    ParticipantUnmuted,
    /// Someone was put on hold.
    ParticipantHeld,
    /// Someone is no longer on hold.
    ParticipantResumed,
    /// The call is over.
    CallEnded,
    /// A webhook is switched off, because it is gone or failed for days.
    WebhookDisabled,
    /// Nothing happened: someone tries whether the webhook works.
    Ping,
}

/// Not in the vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not one of {list}", list = Topic::names().join(", "))]
pub struct UnknownTopic(String);

impl Topic {
    /// All that a webhook can ask for. A ping comes when someone asks for it.
    pub const ALL: [Self; 20] = [
        Self::CallRang,
        Self::CallerAdmitted,
        Self::CallerRefused,
        Self::CallerBlocked,
        Self::EntranceBlocked,
        Self::PinAccepted,
        Self::PinRefused,
        Self::CallRinging,
        Self::CallAccepted,
        Self::CallDeclined,
        Self::DoorOpened,
        Self::DoorOpenFailed,
        Self::ParticipantJoined,
        Self::ParticipantLeft,
        Self::ParticipantMuted,
        Self::ParticipantUnmuted,
        Self::ParticipantHeld,
        Self::ParticipantResumed,
        Self::CallEnded,
        Self::WebhookDisabled,
    ];

    /// Its public name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CallRang => "call.rang",
            Self::CallerAdmitted => "caller.admitted",
            Self::CallerRefused => "caller.refused",
            Self::CallerBlocked => "caller.blocked",
            Self::EntranceBlocked => "entrance.blocked",
            Self::PinAccepted => "pin.accepted",
            Self::PinRefused => "pin.refused",
            Self::CallRinging => "call.ringing",
            Self::CallAccepted => "call.accepted",
            Self::CallDeclined => "call.declined",
            Self::DoorOpened => "door.opened",
            Self::DoorOpenFailed => "door.open_failed",
            Self::ParticipantJoined => "participant.joined",
            Self::ParticipantLeft => "participant.left",
            Self::ParticipantMuted => "participant.muted",
            Self::ParticipantUnmuted => "participant.unmuted",
            Self::ParticipantHeld => "participant.held",
            Self::ParticipantResumed => "participant.resumed",
            Self::CallEnded => "call.ended",
            Self::WebhookDisabled => "webhook.disabled",
            Self::Ping => "ping",
        }
    }

    /// The type of the stored events that it tells of; a ping tells of none.
    pub const fn stored_as(self) -> &'static str {
        match self {
            Self::CallRang => "CallRang",
            Self::CallerAdmitted => "CallerAdmitted",
            Self::CallerRefused => "CallerRefused",
            Self::CallerBlocked => "CallerBlocked",
            Self::EntranceBlocked => "EntranceBlocked",
            Self::PinAccepted => "PinAccepted",
            Self::PinRefused => "PinRefused",
            Self::CallRinging => "GroupStarted",
            Self::CallAccepted => "CallAccepted",
            Self::CallDeclined => "CallDeclined",
            Self::DoorOpened => "DoorOpened",
            Self::DoorOpenFailed => "DoorOpenFailed",
            Self::ParticipantJoined => "LegJoined",
            Self::ParticipantLeft => "LegLeft",
            Self::ParticipantMuted => "LegMuted",
            Self::ParticipantUnmuted => "LegUnmuted",
            Self::ParticipantHeld => "LegHeld",
            Self::ParticipantResumed => "LegResumed",
            Self::CallEnded => "CallEnded",
            Self::WebhookDisabled => "WebhookDisabled",
            Self::Ping => "",
        }
    }

    /// What stored events of this type are told as, if they are told at all.
    pub fn of_stored(kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.stored_as() == kind)
    }

    /// All names that a webhook can ask for.
    pub fn names() -> [&'static str; Self::ALL.len()] {
        Self::ALL.map(Self::name)
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Topic {
    type Err = UnknownTopic;

    fn from_str(name: &str) -> Result<Self, UnknownTopic> {
        let known = Self::ALL.into_iter().chain([Self::Ping]).find(|topic| topic.name() == name);
        known.ok_or_else(|| UnknownTopic(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_is_found_by_its_name_and_by_what_is_stored() {
        for topic in Topic::ALL {
            assert_eq!(topic.name().parse(), Ok(topic));
            assert_eq!(Topic::of_stored(topic.stored_as()), Some(topic));
        }
        assert_eq!("ping".parse(), Ok(Topic::Ping));
        assert!("call.rung".parse::<Topic>().is_err());
    }

    #[test]
    fn what_is_nobodys_business_is_not_told() {
        for kind in ["DialRequested", "LegRedirected", "SubjectErased", "DirectoryChanged", ""] {
            assert_eq!(Topic::of_stored(kind), None, "{kind}");
        }
    }

    #[test]
    fn who_asks_for_what_there_is_not_is_told_what_there_is() {
        let refused = "call.rung".parse::<Topic>().unwrap_err();

        assert_eq!(Topic::names(), Topic::ALL.map(|topic| topic.to_string()));
        assert_eq!(
            refused.to_string(),
            "call.rung is not one of call.rang, caller.admitted, caller.refused, caller.blocked, entrance.blocked, pin.accepted, \
             pin.refused, call.ringing, call.accepted, call.declined, door.opened, door.open_failed, participant.joined, participant.left, \
             participant.muted, participant.unmuted, participant.held, participant.resumed, call.ended, webhook.disabled"
        );
    }
}
