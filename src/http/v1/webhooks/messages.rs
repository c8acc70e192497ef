//! What webhooks are told, as the document shows it: version 1 of the vocabulary.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::application::webhooks::message::Envelope;

/// A message to a webhook: the body of a POST with the headers `webhook-id`, `webhook-timestamp` (seconds since 1970) and
/// `webhook-signature` (`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, once for each secret that counts).
///
/// Answer 2xx within 5 seconds to take it; 410 switches the webhook off. Everything else is tried again for a day, as
/// `Retry-After` asks if it is there. A message may come twice: its id tells. New fields and types may be added at any time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WebhookMessage {
    /// The same however often it comes.
    pub id: Uuid,
    /// The version of the vocabulary.
    #[schema(example = 1, minimum = 1)]
    pub version: u32,
    /// When it happened.
    #[serde(with = "time::serde::rfc3339")]
    pub timestamp: OffsetDateTime,
    /// What happened.
    #[serde(flatten)]
    pub what: WebhookEvent,
}

impl WebhookMessage {
    /// As it is sent.
    pub fn of(envelope: &Envelope) -> Result<Self, serde_json::Error> {
        serde_json::from_value(serde_json::to_value(envelope)?)
    }
}

/// What happened: its type, and what there is to say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", content = "data")]
pub enum WebhookEvent {
    /// A visitor called a line.
    #[serde(rename = "call.rang")]
    CallRang(CallRangData),
    /// The visitor may go on.
    #[serde(rename = "caller.admitted")]
    CallerAdmitted(CallerAdmittedData),
    /// The visitor may not go on.
    #[serde(rename = "caller.refused")]
    CallerRefused(CallerRefusedData),
    /// The caller gave too many wrong PINs and is blocked for a while.
    #[serde(rename = "caller.blocked")]
    CallerBlocked(CallerBlockedData),
    /// Too many wrong PINs came at the entrance, from whomever: it takes none for a while.
    #[serde(rename = "entrance.blocked")]
    EntranceBlocked(EntranceBlockedData),
    /// The PIN of a valid pass was given.
    #[serde(rename = "pin.accepted")]
    PinAccepted(PinAcceptedData),
    /// No valid pass has the PIN that was given.
    #[serde(rename = "pin.refused")]
    PinRefused(PinRefusedData),
    /// A group of residents starts to ring.
    #[serde(rename = "call.ringing")]
    CallRinging(CallRingingData),
    /// Someone accepted the visitor.
    #[serde(rename = "call.accepted")]
    CallAccepted(CallAcceptedData),
    /// Someone refused the visitor.
    #[serde(rename = "call.declined")]
    CallDeclined(CallDeclinedData),
    /// The open digits were sent to the door.
    #[serde(rename = "door.opened")]
    DoorOpened(DoorOpenedData),
    /// The open digits were not sent, or may not have been.
    #[serde(rename = "door.open_failed")]
    DoorOpenFailed(DoorOpenFailedData),
    /// Someone came into the room that the call's phones share.
    #[serde(rename = "participant.joined")]
    ParticipantJoined(ParticipantJoinedData),
    /// Someone left the room.
    #[serde(rename = "participant.left")]
    ParticipantLeft(ParticipantLeftData),
    /// Someone was muted.
    #[serde(rename = "participant.muted")]
    ParticipantMuted(ParticipantMutedData),
    /// Someone may speak again.
    #[serde(rename = "participant.unmuted")]
    ParticipantUnmuted(ParticipantUnmutedData),
    /// Someone was put on hold.
    #[serde(rename = "participant.held")]
    ParticipantHeld(ParticipantHeldData),
    /// Someone is no longer on hold.
    #[serde(rename = "participant.resumed")]
    ParticipantResumed(ParticipantResumedData),
    /// The call is over.
    #[serde(rename = "call.ended")]
    CallEnded(CallEndedData),
    /// A webhook of the firm was switched off: told to those for all buildings.
    #[serde(rename = "webhook.disabled")]
    WebhookDisabled(WebhookDisabledData),
    /// Nothing happened: someone tries whether this webhook works.
    #[serde(rename = "ping")]
    Ping(PingData),
}

/// Declares what is told of a call: which call it is about, and the fields of its own.
macro_rules! of_calls {
    ($($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty,)* })+) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
        pub struct $name {
            /// The call.
            pub call_id: Uuid,
            /// Its building.
            pub building_id: Uuid,
            /// Its entrance.
            pub entrance_id: Uuid,
            /// The line that was called.
            pub line_id: Uuid,
            /// The unit that is visited; null until that is clear.
            pub unit_id: Option<Uuid>,
            $($(#[$attribute])* pub $field: $type,)*
        }
    )+ };
}

of_calls! {
    /// A visitor called a line.
    CallRangData {
        /// Who called: E.164, its middle hidden unless the webhook is told whole numbers; null: withheld; `[erased]`: erased since.
        #[schema(example = "+44••••••••01")]
        caller: Option<String>,
    }
    /// The visitor may go on.
    CallerAdmittedData {
        /// As what: `panel`, `allowlisted`, `stranger` or `stranger_with_pin`.
        #[schema(example = "panel")]
        admitted_as: String,
    }
    /// The visitor may not go on.
    CallerRefusedData {
        /// Why: `loop` (a line of the firm's own), `blocked`, `stranger` or `withheld`.
        #[schema(example = "stranger")]
        reason: String,
    }
    /// The caller is blocked from now on.
    CallerBlockedData {
        /// The block.
        block_id: Uuid,
        /// Who called, as in `call.rang`.
        #[schema(example = "+44••••••••01")]
        caller: Option<String>,
        /// Until when.
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    }
    /// The entrance takes no PINs from now on; residents are rung from there all the same. Lift the block if it was no attack.
    EntranceBlockedData {
        /// The block.
        block_id: Uuid,
        /// Until when.
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    }
    /// The PIN of a valid pass was given.
    PinAcceptedData {
        /// The pass.
        pass_id: Uuid,
    }
    /// No valid pass has the PIN.
    PinRefusedData {
        /// From 1, in this call.
        #[schema(example = 1, minimum = 1)]
        attempt: u32,
        /// Wrong ones of this caller within the time that counts; 0: none was given.
        #[schema(example = 3, minimum = 0)]
        wrong_pins: u32,
    }
    /// A group starts to ring.
    CallRingingData {
        /// Its place in the flow, from 0.
        #[schema(example = 0, minimum = 0)]
        group: u32,
        /// When it is over.
        #[serde(with = "time::serde::rfc3339")]
        ends_at: OffsetDateTime,
    }
    /// Someone accepted.
    CallAcceptedData {
        /// On which leg.
        leg_id: Uuid,
        /// Who; null: the concierge.
        resident_id: Option<Uuid>,
        /// How: `key`, `detect` or `none`.
        #[schema(example = "key")]
        how: String,
    }
    /// Someone refused.
    CallDeclinedData {
        /// On which leg.
        leg_id: Uuid,
        /// Who; null: the concierge.
        resident_id: Option<Uuid>,
        /// How: `phone` or `key`.
        #[schema(example = "phone")]
        how: String,
    }
    /// The open digits were sent. Whether the door moved, nobody can hear.
    DoorOpenedData {
        /// From 1, in this call.
        #[schema(example = 1, minimum = 1)]
        opening: u32,
        /// On whose word: `resident`, `concierge`, `pass` or `manager`.
        #[schema(example = "resident")]
        opened_by: String,
        /// The resident, pass or user; null: the concierge.
        opener_id: Option<Uuid>,
    }
    /// The open digits were not sent, or may not have been.
    DoorOpenFailedData {
        /// From 1, in this call.
        #[schema(example = 1, minimum = 1)]
        opening: u32,
        /// `certain`: they were not sent; `unknown`: nobody knows.
        #[schema(example = "certain")]
        certainty: String,
    }
    /// Someone came into the room that the call's phones share.
    ParticipantJoinedData {
        /// On which leg.
        leg_id: Uuid,
        /// Who; null: the visitor or the concierge.
        resident_id: Option<Uuid>,
        /// Its place among the carrier's news of the room, where the carrier counts them: they may come in any order, and the
        /// highest of a leg is how things are.
        #[schema(example = 4)]
        sequence: Option<u32>,
    }
    /// Someone was muted.
    ParticipantMutedData {
        /// On which leg.
        leg_id: Uuid,
        /// Who; null: the visitor or the concierge.
        resident_id: Option<Uuid>,
        /// Its place among the carrier's news of the room, as in `participant.joined`.
        #[schema(example = 4)]
        sequence: Option<u32>,
    }
    /// Someone may speak again.
    ParticipantUnmutedData {
        /// On which leg.
        leg_id: Uuid,
        /// Who; null: the visitor or the concierge.
        resident_id: Option<Uuid>,
        /// Its place among the carrier's news of the room, as in `participant.joined`.
        #[schema(example = 4)]
        sequence: Option<u32>,
    }
    /// Someone was put on hold.
    ParticipantHeldData {
        /// On which leg.
        leg_id: Uuid,
        /// Who; null: the visitor or the concierge.
        resident_id: Option<Uuid>,
        /// Its place among the carrier's news of the room, as in `participant.joined`.
        #[schema(example = 4)]
        sequence: Option<u32>,
    }
    /// Someone is no longer on hold.
    ParticipantResumedData {
        /// On which leg.
        leg_id: Uuid,
        /// Who; null: the visitor or the concierge.
        resident_id: Option<Uuid>,
        /// Its place among the carrier's news of the room, as in `participant.joined`.
        #[schema(example = 4)]
        sequence: Option<u32>,
    }
    /// Someone left the room.
    ParticipantLeftData {
        /// On which leg.
        leg_id: Uuid,
        /// Who; null: the visitor or the concierge.
        resident_id: Option<Uuid>,
        /// Why: `hung_up`, `never_came`, `redirected`, `removed` or `room_ended`; null where the carrier does not tell.
        #[schema(example = "hung_up")]
        why: Option<String>,
        /// Its place among the carrier's news of the room, as in the other messages about participants.
        #[schema(example = 5)]
        sequence: Option<u32>,
    }
    /// The call is over.
    CallEndedData {
        /// What came of it, as in the call.
        #[schema(example = "opened")]
        outcome: String,
        /// Why, as in the call.
        #[schema(example = "resident_hung_up")]
        cause: String,
        /// How its end became known, where nobody reported it: `carrier_calls` or `carrier_history`, by the carrier's own
        /// records; `presumed`, if they did not tell either. Else null.
        #[schema(example = "carrier_calls")]
        reconciled: Option<String>,
    }
}

/// A webhook was switched off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WebhookDisabledData {
    /// Which.
    pub webhook_id: Uuid,
    /// `gone`: it answered 410; `failing`: nothing but failures for five days.
    #[schema(example = "failing")]
    pub reason: String,
}

/// A ping.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PingData {
    /// The webhook that is tried.
    pub webhook_id: Uuid,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::call::event::Event;
    use crate::domain::webhook::announcement::{Detail, announce};
    use crate::domain::webhook::topic::{self, Topic};

    const ID: &str = "01890000-0000-7000-8000-000000000001";

    /// The events as they are kept for ever, so that what is told of them is checked against what was really stored.
    fn stored(kind: &str) -> Event {
        let path = format!("{}/tests/golden/events/{kind}.v1.json", env!("CARGO_MANIFEST_DIR"));
        let data: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        serde_json::from_value(json!({ "type": kind, "data": data })).unwrap()
    }

    fn told(topic: Topic) -> Value {
        let data = match topic {
            Topic::WebhookDisabled => json!({ "webhook_id": ID, "reason": "gone" }),
            Topic::Ping => json!({ "webhook_id": ID }),
            Topic::CallRang => json!(announce(&[stored("CallRang")], Detail::Masked).unwrap()),
            _ => {
                let events = [stored("CallRang"), stored(topic.stored_as())];
                json!(announce(&events, Detail::Masked).unwrap())
            }
        };
        json!({ "id": ID, "type": topic.name(), "version": topic::VERSION, "timestamp": "2026-11-20T12:00:00Z", "data": data })
    }

    #[test]
    fn the_document_tells_every_field_of_every_message_and_no_other() {
        for topic in Topic::ALL.into_iter().chain([Topic::Ping]) {
            let sent = told(topic);

            let documented: WebhookMessage = serde_json::from_value(sent.clone()).unwrap();

            assert_eq!(serde_json::to_value(documented).unwrap(), sent, "{topic}");
        }
    }
}
