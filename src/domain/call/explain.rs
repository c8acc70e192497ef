//! Why: the rule that produced an event, and what it looked at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Why an event is there: stored with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Because {
    /// The rule.
    pub rule: Rule,
    /// What it looked at. No personal data.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, Value>,
}

impl Because {
    /// This rule, with nothing worth naming.
    pub fn of(rule: Rule) -> Self {
        Self { rule, inputs: BTreeMap::new() }
    }

    /// … which looked at this.
    #[must_use]
    pub fn given(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.inputs.insert(name.to_owned(), value.into());
        self
    }
}

impl From<Rule> for Because {
    fn from(rule: Rule) -> Self {
        Self::of(rule)
    }
}

/// Declares the rules, each with the sentence that explains it to a manager.
macro_rules! rules {
    ($($name:ident: $sentence:literal,)+) => {
        /// A rule of `decide`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "each rule's sentence says what it means")]
        pub enum Rule {
            $($name,)+
        }

        impl Rule {
            /// All rules.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Its name, as it is stored.
            pub fn name(self) -> String {
                let name = serde_json::to_value(self).ok();
                name.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
            }

            /// What the rule says, for people.
            pub const fn sentence(self) -> &'static str {
                match self {
                    $(Self::$name => $sentence,)+
                }
            }
        }
    };
}

rules! {
    LineWasCalled: "A call came in on one of the building's lines.",
    OwnNumbersNeverRing: "The caller is one of our own lines: letting it through would make a loop.",
    BlockedNumbersAreRefused: "The caller's number is blocked.",
    PanelsMayRing: "The caller is the panel of this entrance.",
    AllowlistedMayRing: "The caller's number is on the building's allowlist.",
    StrangersAreRejected: "Nobody listed the caller's number, and the building rejects strangers.",
    StrangersGiveAPin: "Nobody listed the caller's number, and the building asks strangers for a PIN.",
    StrangersMayRing: "Nobody listed the caller's number, and the building lets strangers ring.",
    WithheldIsRejected: "The caller hides the number, and the building rejects that.",
    WithheldGivesAPin: "The caller hides the number, and the building asks for a PIN then.",
    WithheldMayRing: "The caller hides the number, and the building lets such callers ring.",
    LineLeadsToOneUnit: "The line leads to just one unit.",
    SeveralUnitsNeedACode: "Several units are behind this entrance: the visitor keys in the unit's code.",
    CodeNamesTheUnit: "The code that was keyed in is this unit's.",
    CodeIsUnknown: "No unit behind this entrance has the code that was keyed in.",
    TooManyWrongCodes: "The code was wrong too often.",
    PinOpens: "The PIN belongs to a pass that is valid here and now.",
    PinIsWrong: "No valid pass has this PIN.",
    TooManyWrongPins: "The PIN was wrong too often.",
    WrongPinsBlockTheCaller: "The caller gave so many wrong PINs that the number is blocked for a while.",
    WrongPinsBlockTheEntrance: "So many wrong PINs came at this entrance, from whomever, that it takes none for a while.",
    FlowRingsInOrder: "The unit's flow rings its groups in order; this one is next.",
    OutsideTheGroupsHours: "The group rings at certain hours only, and not now.",
    NotLivingHereToday: "Today is before this resident's move-in or after the move-out.",
    DoNotDisturb: "This resident is not to be disturbed now.",
    QuietHours: "This resident's quiet hours hold now.",
    ResidentIsAway: "This resident is away.",
    ResidentHasNoNumber: "This resident has no phone number.",
    OwnNumbersAreNotDialled: "This number is one of our own lines: dialling it would make a loop.",
    NobodyIsRungTwice: "This number rings in this step already.",
    OutForThisCall: "This resident refused, or a mailbox answered, earlier in this call.",
    MemberRings: "This member of the group is rung.",
    NextNumberOfTheSame: "The number before could not be reached: this is the same resident's next.",
    RefusedForTheMoment: "The carrier refused for the moment, and the deadline leaves time to try again.",
    StillWanted: "The call still waits for this phone, and the deadline is ahead.",
    NoLongerWanted: "The call no longer waits for this phone.",
    RingWouldBeStale: "The deadline of this ring has passed.",
    CarrierReported: "The carrier reported it.",
    WorkerReported: "Our worker reported what the carrier answered.",
    UnknownIsNeverRepeated: "Nobody knows whether the phone rings: it is looked for, and never dialled again.",
    PickedUpMustPressAKey: "Someone or something picked up: a key press tells people from mailboxes.",
    KeyWasNotUnderstood: "No key was pressed, or one without a meaning: ask once more.",
    NoKeyNoTalk: "No key was pressed in time: probably a mailbox.",
    MailboxesAreHungUp: "A mailbox answered.",
    FirstToAcceptWins: "The first to accept talks to the visitor.",
    OthersStopRinging: "Someone else accepted.",
    TooLateToAccept: "Someone else was faster, or the visitor is gone.",
    DeclineIsFinal: "Who declines is not rung again in this call.",
    DeclineEndsTheGroup: "The flow says that a refusal ends the group.",
    DeclineStopsAll: "The flow says that a refusal ends the call.",
    GroupHasRungLongEnough: "The group's time is over.",
    NobodyLeftInGroup: "Everyone in the group is out.",
    NoGroupLeft: "No group is left in the flow.",
    ConciergeIsLast: "The flow's last step is the concierge.",
    OpenKeyOpens: "A resident who talks to the visitor pressed the open key.",
    OpenKeyAccepts: "The open key accepts and opens at once.",
    DoorJustOpened: "The door was opened a moment ago: one press is enough.",
    ExtendKeyExtends: "A resident pressed the extend key.",
    DenyKeyEnds: "A resident pressed the deny key.",
    TalkEndsSoon: "The longest talk is nearly over.",
    TalkIsOver: "The longest talk is over.",
    VisitorHungUp: "The visitor hung up.",
    ResidentHungUp: "The resident hung up.",
    ManagerDecides: "A manager asked for it.",
    CallHasNotBegun: "The call has not begun yet.",
    CallIsOver: "The call is over.",
    CallIsEnding: "The call is ending already.",
    NoSuchLeg: "The call has no such leg.",
    LegIsOver: "This leg is over.",
    LegIsNotConnected: "Nobody is connected on this leg.",
    LegIsLeaving: "This leg is being hung up already.",
    NobodyIsConnected: "Nobody is connected who could hear it.",
    VisitorIsGone: "The visitor's phone is no longer connected, so no tones reach the door.",
    NoDoorInThisCall: "Nobody visits in this call, so there is no door to open.",
    CallWasOrdered: "A manager ordered this call.",
    RegionIsNotCalled: "The number is outside of the regions that this firm lets calls go to.",
    CostlyNumbersAreNotDialled: "The number costs extra, or nobody can say what it costs: premium, shared-cost, personal and satellite numbers are never dialled.",
    DailyCapReached: "The firm has placed as many calls today as it lets itself place.",
    NobodyTalksToThemselves: "Both numbers are the same.",
    CalledPartyPickedUp: "The one who was called picked up.",
    BothAreConnected: "Both picked up: they talk to each other.",
    OneAloneDoesNotTalk: "A talk is over when one of the two is gone.",
    EveryCallEnds: "Nothing was heard of the call for too long.",
    NothingIsForever: "Every wait has an end.",
    EndIsSought: "No end of this phone connection was reported in time: the carrier's own records are asked.",
    RecordsTellTheEnd: "The end was never reported; the carrier's own records tell it.",
    RunsBeyondItsLimits: "By the carrier's own records it still goes on, past every limit.",
    NobodyKnowsTheEnd: "Neither a report nor the carrier's own records tell how it ended: it counts as over.",
    FoundInRecords: "The call never reached us; it stands in the carrier's own records.",
    StreamCallersGiveAPin: "Nobody listed the caller's number, and whoever calls a line that leads to backends gives a PIN first.",
    LineLeadsToBackends: "The line leads to the firm's own backends.",
    BackendsHearTheCall: "The line or its building names backends that hear its calls, once the caller is let through.",
    NoBackends: "The line leads to backends, and neither it nor its building names any.",
    StreamReported: "Whatever moves the audio reported it.",
    StreamNeverCame: "The carrier was asked for the audio and did not begin to send it.",
    RequiredBackendsAreGone: "No required backend is left, and the call is worth nothing without.",
    CallGoesOnWithoutBackends: "No required backend is left, and the firm lets such calls go on.",
    StreamIsOver: "The stream to the backends is over.",
    VisitorHearsWhatHappens: "The visitor is told what happens.",
    NobodyIsLeftHanging: "The call is over: whoever is still connected is hung up.",
    MutedStaysMuted: "Whom a manager muted stays muted when they come back into the room.",
    CarrierSentItOn: "Nobody picked up in the carrier's own time, and it asks again.",
    LineIsWatched: "The line is watched: its carrier puts its calls through as the account says.",
    CarrierCanNot: "The carrier of this line can not do that.",
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reason_is_stored_with_the_rules_name_and_what_it_looked_at() {
        let because = Because::of(Rule::TooManyWrongPins).given("attempts", 3).given("of", 3);

        assert_eq!(
            serde_json::to_value(&because).unwrap(),
            json!({ "rule": "too_many_wrong_pins", "inputs": { "attempts": 3, "of": 3 } })
        );
        let bare = Because::from(Rule::CallIsOver);
        assert_eq!(serde_json::to_value(&bare).unwrap(), json!({ "rule": "call_is_over" }));
    }

    #[test]
    fn a_rule_has_its_stored_name_and_a_sentence_for_people() {
        assert_eq!(Rule::LineWasCalled.name(), "line_was_called");
        assert_eq!(Rule::CallIsOver.sentence(), "The call is over.");
    }
}
