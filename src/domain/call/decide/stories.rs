//! Visits, told from the door: what is decided, rule by rule.
#![expect(clippy::wildcard_enum_match_arm, reason = "a story looks for one event among all")]

use std::collections::BTreeSet;
use std::time::Duration;

use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

use super::super::event::{DialRequested, Event, Operator, Refusal, Target};
use super::super::outcome::{Cause, Outcome};
use super::super::script::{Script, Step};
use super::super::signal::{
    Again, CarrierLeg, Command, DialReport, Effect, EffectResult, Keys, LegEnd, LegEndCause,
    LegReport, Rang, Signal, Timer,
};
use super::super::{Call, Stage};
use super::{Decision, Facts, decide};
use crate::domain::call::script::Music;
use crate::domain::ids::*;
use crate::domain::local_time::Zone;
use crate::domain::phone_number::{Caller, PhoneNumber};
use crate::domain::policy::block::{Block, Expires};
use crate::domain::policy::capabilities::Capabilities;
use crate::domain::policy::flow::{AcceptMode, Flow, Group, Members, OnDecline, OnNone, Start};
use crate::domain::policy::panel::PanelProfile;
use crate::domain::policy::schedule::Schedule;
use crate::domain::policy::streams::StreamSet;
use crate::domain::policy::{
    Building, Entrance, LeadsTo, Limits, Line, Policy, Presence, Resident, StrangerPolicy, Unit,
    Visitor,
};

pub(in crate::domain::call) const NOON: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

pub(in crate::domain::call) fn number(last: u32) -> PhoneNumber {
    PhoneNumber::parse(&format!("+44770090{last:04}")).unwrap()
}

pub(in crate::domain::call) fn id<T: From<Uuid>>(n: u128) -> T {
    T::from(Uuid::from_u128(n))
}

pub(in crate::domain::call) fn resident(n: u32) -> Resident {
    Resident {
        id: id(u128::from(100 + n)),
        numbers: vec![number(100 + n)],
        language: None,
        moved_in: None,
        moved_out: None,
        do_not_disturb_until: None,
        quiet_hours: None,
        presence: Presence::Home,
    }
}

pub(in crate::domain::call) fn all_residents() -> Group {
    Flow::default().groups.remove(0)
}

/// A building with one door, one unit and two residents, who ring together.
pub(in crate::domain::call) fn policy() -> Policy {
    let panel_number = PhoneNumber::parse("+441632960001").unwrap();
    let line_number = PhoneNumber::parse("+441632960100").unwrap();
    Policy {
        building: Building {
            id: id(1),
            tenant: id(2),
            name: "Maple House".into(),
            zone: Zone::parse("Europe/London").unwrap(),
            language: "en-GB".into(),
            region: "GB".into(),
            strangers: StrangerPolicy::Reject,
            withheld: StrangerPolicy::Reject,
            concierge: None,
            wait_music: Music::Ours,
        },
        line: Line {
            id: id(3),
            connection: id(4),
            number: line_number.clone(),
            leads_to: LeadsTo::Entrance(id(5)),
        },
        entrance: Entrance {
            id: id(5),
            name: "Front door".into(),
            panel_numbers: [panel_number.clone()].into(),
            panel: PanelProfile::default(),
        },
        units: vec![Unit {
            id: id(6),
            name: "1204".into(),
            code: Some("1204".into()),
            flow: Flow::default(),
            residents: vec![resident(1), resident(2)],
        }]
        .into(),
        allowlist: Default::default(),
        own_numbers: BTreeSet::from([line_number]).into(),
        visitor: Visitor { caller: Caller::Known(panel_number), subject: Some(id(7)), block: None },
        streams: StreamSet::default(),
        capabilities: Capabilities {
            rejects_unanswered: false,
            echoes_voice: false,
            ..Capabilities::EVERYTHING
        },
        limits: Limits::default(),
    }
}

/// A visit that is played signal by signal.
pub(in crate::domain::call) struct Visit {
    pub policy: Policy,
    pub call: Call,
    pub at: OffsetDateTime,
    pub events: Vec<Event>,
    seed: u128,
}

pub(in crate::domain::call) const DOOR: Uuid = Uuid::from_u128(9);

impl Visit {
    pub fn with(policy: Policy) -> Self {
        Self { policy, call: Call::default(), at: NOON, events: vec![], seed: 1 << 64 }
    }

    pub fn signal(&mut self, signal: Signal) -> Decision {
        self.seed += 1 << 32;
        let facts = Facts { call: id(8), policy: &self.policy, at: self.at };
        let decision =
            decide(&self.call, &signal, facts, FreshIds::from(Uuid::from_u128(self.seed)));
        for recorded in &decision.events {
            self.call.apply(&recorded.event);
            self.events.push(recorded.event.clone());
        }
        decision
    }

    pub fn rings(&mut self) -> Decision {
        self.signal(rang())
    }

    pub fn dials(&self) -> Vec<DialRequested> {
        let dials = self.events.iter().filter_map(|event| match event {
            Event::DialRequested(dial) => Some(dial.clone()),
            _ => None,
        });
        dials.collect()
    }

    pub fn leg_of(&self, n: u32) -> LegId {
        let target = Target::Resident(resident(n).id);
        self.dials()
            .iter()
            .rev()
            .find(|dial| dial.target == target)
            .map(|dial| dial.leg)
            .expect("rung before")
    }

    pub fn placed(&mut self, n: u32) -> LegId {
        let leg = self.leg_of(n);
        self.signal(Signal::Dial { leg, report: DialReport::Ready });
        self.signal(Signal::Dial { leg, report: DialReport::Placed(carrier_leg()) });
        leg
    }

    pub fn picks_up(&mut self, n: u32) -> (LegId, Decision) {
        let leg = self.placed(n);
        let decision = self.signal(Signal::Asks { leg, carrier_leg: None });
        (leg, decision)
    }

    pub fn presses(&mut self, leg: LegId, keys: &str) -> Decision {
        self.signal(Signal::Pressed { leg, keys: Keys::Pressed(keys.into()) })
    }

    pub fn leg_ends(&mut self, leg: LegId, cause: LegEndCause) -> Decision {
        self.signal(leg_ended(leg, cause, true))
    }

    pub fn visitor_leaves(&mut self) -> Decision {
        self.leg_ends(LegId::from_uuid(DOOR), LegEndCause::HungUp)
    }

    pub fn ended(&self) -> Option<(Outcome, Cause)> {
        match self.call.stage {
            Stage::Over { outcome, cause } => Some((outcome, cause)),
            _ => None,
        }
    }

    pub fn has(&self, wanted: impl Fn(&Event) -> bool) -> bool {
        self.events.iter().any(wanted)
    }
}

pub(in crate::domain::call) fn rang() -> Signal {
    Signal::Rang(Rang::inbound(LegId::from_uuid(DOOR), carrier_leg()))
}

pub(in crate::domain::call) fn carrier_leg() -> CarrierLeg {
    CarrierLeg { id: "9d1e".into(), region: None }
}

pub(in crate::domain::call) fn leg_ended(leg: LegId, cause: LegEndCause, is_final: bool) -> Signal {
    let end = LegEnd { cause, is_final, duration_seconds: None, cost: None };
    Signal::Leg { leg, report: LegReport::Ended(end), carrier_leg: None, occurred_at: None }
}

pub(in crate::domain::call) fn hears(decision: &Decision) -> Vec<String> {
    let steps = decision.script.as_ref().map(Script::steps).unwrap_or_default();
    let heard = steps.iter().map(|step| match step {
        Step::Say(speech) => speech.text.clone(),
        Step::AskForKeys(ask) => format!("{} [keys]", ask.prompt.text),
        Step::Join(_) => "[room]".into(),
        Step::Reject => "[rejected]".into(),
        Step::HangUp => "[end]".into(),
        Step::ListenForKeys => "[listening]".into(),
        Step::Pause { .. } => "[pause]".into(),
        Step::Stream(_) => "[stream]".into(),
        Step::Fork(_) => "[fork]".into(),
        Step::Play { .. } | Step::Tones { .. } | Step::Connect(_) | Step::Mark { .. } => {
            "[other]".into()
        }
    });
    heard.collect()
}

#[test]
fn a_known_panel_hears_who_is_called_and_both_residents_ring() {
    let mut visit = Visit::with(policy());

    let reply = visit.rings();

    assert_eq!(hears(&reply), ["Calling unit 1204.", "[room]"]);
    assert_eq!(visit.dials().len(), 2);
    assert!(visit.dials().iter().all(|dial| dial.deadline == NOON + Duration::from_secs(25)));
}

#[test]
fn a_stranger_is_rejected_and_nobody_rings() {
    let mut visit = Visit::with(policy());
    visit.policy.visitor.caller = Caller::Known(number(666));

    let reply = visit.rings();
    visit.visitor_leaves();

    assert_eq!(hears(&reply), ["[rejected]"]);
    assert!(visit.dials().is_empty());
    assert_eq!(visit.ended(), Some((Outcome::Rejected, Cause::StrangerRejected)));
}

#[test]
fn a_block_counts_more_than_the_allowlist_and_an_expired_one_does_not_count() {
    let mut visit = Visit::with(policy());
    visit.policy.visitor.block =
        Some(Block { id: id(50), expires: Expires::At(NOON + Duration::from_secs(1)) });
    assert_eq!(hears(&visit.rings()), ["[rejected]"]);
    assert!(
        visit.has(|event| matches!(event, Event::CallerRefused { refusal: Refusal::Blocked(_) }))
    );

    let mut visit = Visit::with(policy());
    visit.policy.visitor.block = Some(Block { id: id(50), expires: Expires::At(NOON) });
    assert_eq!(visit.rings().script.map(|script| script.steps().len()), Some(2));
}

#[test]
fn our_own_line_never_rings_a_flat() {
    let mut visit = Visit::with(policy());
    visit.policy.visitor.caller = Caller::Known(visit.policy.line.number.clone());

    visit.rings();

    assert!(visit.has(|event| matches!(event, Event::CallerRefused { refusal: Refusal::Loop })));
}

#[test]
fn a_withheld_number_follows_its_own_policy() {
    for (policy_for_withheld, first_words) in [
        (StrangerPolicy::Reject, "[rejected]"),
        (StrangerPolicy::Pin, "Please enter your PIN, then press hash. [keys]"),
        (StrangerPolicy::Ring, "Calling unit 1204."),
    ] {
        let mut visit = Visit::with(policy());
        visit.policy.visitor = Visitor { caller: Caller::Withheld, subject: None, block: None };
        visit.policy.building.withheld = policy_for_withheld;

        assert_eq!(hears(&visit.rings())[0], first_words);
    }
}

#[test]
fn whoever_picks_up_is_asked_for_a_key_and_talks_only_after_it() {
    let mut visit = Visit::with(policy());
    visit.rings();

    let (ada, prompt) = visit.picks_up(1);
    let talk = visit.presses(ada, "1");

    assert_eq!(hears(&prompt), ["Visitor at Front door. Press 1 to talk, 9 to open. [keys]"]);
    assert_eq!(hears(&talk), ["[listening]", "[room]"]);
    assert!(!visit.has(|event| matches!(event, Event::DoorOpenRequested { .. })));
}

#[test]
fn a_visitor_who_asks_again_hears_the_room_while_it_rings_and_while_they_talk() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let asks = Signal::Asks { leg: LegId::from_uuid(DOOR), carrier_leg: None };

    assert_eq!(hears(&visit.signal(asks.clone())), ["[room]"]);
    let (ada, _) = visit.picks_up(1);
    visit.presses(ada, "1");
    assert_eq!(hears(&visit.signal(asks)), ["[room]"]);
}

#[test]
fn an_accept_that_comes_second_changes_nothing_but_is_told_so() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let ((ada, _), (ben, _)) = (visit.picks_up(1), visit.picks_up(2));
    visit.presses(ada, "1");

    let late = visit.presses(ben, "1");

    assert_eq!(hears(&late), ["Someone else is talking to the visitor. Goodbye.", "[end]"]);
    assert!(matches!(visit.call.stage, Stage::Talking { leg, .. } if leg == ada));
    assert!(visit.has(|event| matches!(event, Event::HangUpRequested { leg, .. } if *leg == ben)));
}

#[test]
fn an_accept_that_is_told_twice_does_not_hang_up_the_winner() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let (ada, _) = visit.picks_up(1);
    visit.presses(ada, "1");

    let again = visit.presses(ada, "1");

    assert_eq!(again.events, []);
    assert_eq!(again.script, None);
}

#[test]
fn the_open_key_accepts_and_opens_at_once() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let (ada, _) = visit.picks_up(1);

    let reply = visit.presses(ada, "9");
    let leg = LegId::from_uuid(DOOR);
    visit.signal(Signal::Effect {
        effect: Effect::OpenDoor { leg, opening: 1 },
        result: EffectResult::Done,
    });
    visit.leg_ends(ada, LegEndCause::HungUp);
    visit.visitor_leaves();

    assert_eq!(hears(&reply), ["[listening]", "[room]"]);
    assert_eq!(visit.ended(), Some((Outcome::Opened, Cause::ResidentHungUp)));
}

#[test]
fn one_press_reported_twice_opens_once_and_a_later_press_opens_again() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let (ada, _) = visit.picks_up(1);
    visit.presses(ada, "1");

    visit.presses(ada, "9");
    visit.presses(ada, "9");
    visit.at += Duration::from_secs(5);
    visit.presses(ada, "9");

    let openings = visit
        .events
        .iter()
        .filter(|event| matches!(event, Event::DoorOpenRequested { .. }))
        .count();
    assert_eq!(openings, 2);
}

#[test]
fn the_door_stays_on_the_line_until_its_tones_are_sent() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let (ada, _) = visit.picks_up(1);
    visit.presses(ada, "9");
    visit.at += Duration::from_secs(1);

    visit.leg_ends(ada, LegEndCause::HungUp);

    let door = LegId::from_uuid(DOOR);
    assert!(visit.has(
        |event| matches!(event, Event::HangUpRequested { leg, delay_ms: 4_000 } if *leg == door)
    ));
}

#[test]
fn who_moved_out_during_the_call_opens_nothing() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let (ada, _) = visit.picks_up(1);
    visit.presses(ada, "1");
    visit.policy.units[0].residents[0].moved_out = Some(jiff::civil::date(2026, 11, 20));

    visit.presses(ada, "9");

    assert!(!visit.has(|event| matches!(event, Event::DoorOpenRequested { .. })));
}

#[test]
fn a_decline_is_final_for_that_resident_even_in_the_next_group() {
    let mut visit = Visit::with(policy());
    visit.policy.units[0].flow.groups = vec![all_residents(), all_residents()];
    visit.rings();
    let (ada, ben) = (visit.placed(1), visit.placed(2));

    visit.leg_ends(ada, LegEndCause::Declined);
    visit.leg_ends(ben, LegEndCause::Unanswered);

    let second_group: Vec<Target> =
        visit.dials().iter().filter(|dial| dial.step == 2).map(|dial| dial.target).collect();
    assert_eq!(second_group, [Target::Resident(resident(2).id)]);
}

#[test]
fn a_decline_means_for_the_others_what_the_flow_says() {
    for (on_decline, still_rings) in
        [(OnDecline::LeaveMeOut, true), (OnDecline::NextGroup, false), (OnDecline::StopAll, false)]
    {
        let mut visit = Visit::with(policy());
        visit.policy.units[0].flow.groups[0].on_decline = on_decline;
        visit.rings();
        let (ada, ben) = (visit.placed(1), visit.placed(2));

        visit.leg_ends(ada, LegEndCause::Declined);

        assert_eq!(visit.call.legs[&ben].is_hopeful(), still_rings, "{on_decline:?}");
    }
}

#[test]
fn when_all_decline_the_visitor_is_told_and_the_cause_says_so() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let (ada, ben) = (visit.placed(1), visit.placed(2));

    visit.leg_ends(ada, LegEndCause::Declined);
    let last = visit.leg_ends(ben, LegEndCause::Declined);
    visit.visitor_leaves();

    assert!(
        last.events.iter().any(|recorded| matches!(recorded.event, Event::LegRedirected { .. }))
    );
    assert_eq!(visit.ended(), Some((Outcome::NobodyCame, Cause::EveryoneDeclined)));
}

#[test]
fn nobody_answers_then_the_next_group_rings_then_the_visitor_is_told() {
    let mut visit = Visit::with(policy());
    let (ada, ben) = (resident(1).id, resident(2).id);
    visit.policy.units[0].flow = Flow {
        groups: vec![
            Group { members: Members::Residents(vec![ada]), ..all_residents() },
            Group { members: Members::Residents(vec![ben]), ..all_residents() },
        ],
        on_none: OnNone::Say { text: Some("Please leave parcels with the baker.".into()) },
    };
    visit.rings();
    let first = visit.placed(1);

    visit.at += Duration::from_secs(25);
    visit.signal(Signal::Due(Timer::GroupOver { step: 1 }));
    visit.leg_ends(first, LegEndCause::Cancelled);
    let second = visit.placed(2);
    let told = visit.leg_ends(second, LegEndCause::Unanswered);
    visit.visitor_leaves();

    let Some(Event::LegRedirected { script, redirection: 1, .. }) = told
        .events
        .iter()
        .map(|recorded| &recorded.event)
        .find(|event| matches!(event, Event::LegRedirected { .. }))
    else {
        panic!("the visitor hears nothing: {told:?}");
    };
    assert!(
        matches!(&script.steps()[0], Step::Say(speech) if speech.text == "Please leave parcels with the baker.")
    );
    assert_eq!(visit.ended(), Some((Outcome::NobodyCame, Cause::NobodyAnswered)));
}

#[test]
fn a_resident_who_just_picked_up_may_still_press_a_key_when_the_group_is_over() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let (ada, _) = visit.picks_up(1);
    let ben = visit.placed(2);

    visit.at += Duration::from_secs(25);
    visit.signal(Signal::Due(Timer::GroupOver { step: 1 }));
    visit.at += Duration::from_secs(2);
    visit.presses(ada, "1");

    assert!(visit.has(|event| matches!(event, Event::HangUpRequested { leg, .. } if *leg == ben)));
    assert!(matches!(visit.call.stage, Stage::Talking { leg, .. } if leg == ada));
}

#[test]
fn a_mailbox_that_presses_nothing_is_hung_up_and_never_meets_the_visitor() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let (ada, _) = visit.picks_up(1);

    let second_prompt = visit.signal(Signal::Pressed { leg: ada, keys: Keys::None });
    let end = visit.signal(Signal::Pressed { leg: ada, keys: Keys::None });

    assert_eq!(hears(&second_prompt).len(), 1);
    assert_eq!(hears(&end), ["[end]"]);
    assert!(visit.call.out.contains(&Target::Resident(resident(1).id)));
    assert!(!visit.has(|event| matches!(event, Event::CallAccepted { .. })));
}

#[test]
fn with_machine_detection_a_human_accepts_by_picking_up_and_a_machine_does_not() {
    let mut visit = Visit::with(policy());
    visit.policy.units[0].flow.groups[0].accept = AcceptMode::Detect;
    visit.rings();
    let ((ada, waits), (ben, _)) = (visit.picks_up(1), visit.picks_up(2));

    visit.signal(Signal::Leg {
        leg: ada,
        report: LegReport::Machine,
        carrier_leg: None,
        occurred_at: None,
    });
    let human = visit.signal(Signal::Leg {
        leg: ben,
        report: LegReport::Human,
        carrier_leg: None,
        occurred_at: None,
    });

    assert_eq!(hears(&waits), ["Visitor at Front door. One moment.", "[pause]", "[end]"]);
    assert!(human.events.iter().any(
        |recorded| matches!(&recorded.event, Event::LegRedirected { leg, .. } if *leg == ben)
    ));
    assert!(matches!(visit.call.stage, Stage::Talking { leg, .. } if leg == ben));
}

#[test]
fn a_carrier_without_machine_detection_asks_for_a_key_instead_and_says_so() {
    let mut visit = Visit::with(policy());
    visit.policy.units[0].flow.groups[0].accept = AcceptMode::Detect;
    visit.policy.capabilities.machine_detection = false;

    visit.rings();

    assert!(visit.has(|event| matches!(event, Event::FlowDegraded { .. })));
    assert!(visit.dials().iter().all(|dial| dial.accept == AcceptMode::Key));
}

#[test]
fn the_visitor_hangs_up_first_and_every_leg_is_cancelled() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let ada = visit.placed(1);

    visit.visitor_leaves();

    let ben = visit.leg_of(2);
    assert_eq!(visit.ended(), Some((Outcome::VisitorLeft, Cause::VisitorHungUp)));
    assert!(visit.has(|event| matches!(event, Event::HangUpRequested { leg, .. } if *leg == ada)));
    assert!(
        visit.has(|event| matches!(event, Event::DialDropped { leg } if *leg == ben)),
        "not dialled yet, so never dialled"
    );
    assert_eq!(visit.signal(Signal::Dial { leg: ben, report: DialReport::Ready }).events, []);
}

#[test]
fn a_leg_that_is_placed_after_the_visitor_left_is_hung_up() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let ada = visit.leg_of(1);
    visit.signal(Signal::Dial { leg: ada, report: DialReport::Ready });
    visit.visitor_leaves();
    let asked_before =
        visit.has(|event| matches!(event, Event::HangUpRequested { leg, .. } if *leg == ada));

    visit.signal(Signal::Dial { leg: ada, report: DialReport::Placed(carrier_leg()) });

    assert!(
        asked_before
            || visit
                .has(|event| matches!(event, Event::HangUpRequested { leg, .. } if *leg == ada))
    );
}

#[test]
fn a_dial_whose_fate_is_unknown_is_not_repeated_and_the_flow_goes_on() {
    let mut visit = Visit::with(policy());
    visit.policy.units[0].flow.groups = vec![
        all_residents(),
        Group { members: Members::Residents(vec![resident(2).id]), ..all_residents() },
    ];
    visit.policy.units[0].residents.truncate(2);
    visit.rings();
    let (ada, ben) = (visit.leg_of(1), visit.placed(2));
    visit.signal(Signal::Dial { leg: ada, report: DialReport::Ready });

    visit.signal(Signal::Dial {
        leg: ada,
        report: DialReport::Unknown { reason: "timed out".into() },
    });
    visit.leg_ends(ben, LegEndCause::Busy);

    let step_one = visit.dials().iter().filter(|dial| dial.step == 1).count();
    assert_eq!(step_one, 2, "nobody is dialled again");
    assert_eq!(visit.call.step, 2);
}

#[test]
fn a_dial_that_was_surely_refused_is_tried_again_within_its_deadline() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let ada = visit.leg_of(1);
    visit.signal(Signal::Dial { leg: ada, report: DialReport::Ready });

    let again = Again::after(Duration::from_secs(1));
    visit.signal(Signal::Dial {
        leg: ada,
        report: DialReport::Refused { reason: "429".into(), again },
    });

    let retry = visit.dials().pop().unwrap();
    assert_eq!((retry.attempt, retry.not_before), (2, NOON + Duration::from_secs(1)));
    assert_ne!(retry.leg, ada);
}

#[test]
fn a_number_that_can_not_be_reached_makes_way_for_the_residents_next() {
    let mut visit = Visit::with(policy());
    visit.policy.units[0].residents[0].numbers.push(number(901));
    visit.rings();
    let ada = visit.placed(1);

    visit.leg_ends(ada, LegEndCause::Failed);

    assert_eq!(visit.dials().pop().unwrap().number.value(), Some(&number(901)));
}

#[test]
fn two_residents_with_one_phone_are_rung_once() {
    let mut visit = Visit::with(policy());
    visit.policy.units[0].residents[1].numbers = visit.policy.units[0].residents[0].numbers.clone();

    visit.rings();

    assert_eq!(visit.dials().len(), 1);
}

#[test]
fn who_must_not_be_rung_is_skipped_for_a_reason() {
    let mut visit = Visit::with(policy());
    let absent = [
        Resident { moved_out: Some(jiff::civil::date(2026, 11, 20)), ..resident(1) },
        Resident { moved_in: Some(jiff::civil::date(2026, 11, 21)), ..resident(2) },
        Resident { do_not_disturb_until: Some(NOON + Duration::from_secs(1)), ..resident(3) },
        Resident { quiet_hours: Some(all_day()), ..resident(7) },
        Resident { presence: Presence::Away, ..resident(4) },
        Resident { numbers: vec![], ..resident(5) },
        Resident { numbers: vec![visit.policy.line.number.clone()], ..resident(6) },
    ];
    visit.policy.units[0].residents = absent.to_vec();

    let reply = visit.rings();
    visit.visitor_leaves();

    assert_eq!(
        visit.events.iter().filter(|event| matches!(event, Event::ResidentSkipped { .. })).count(),
        7
    );
    assert_eq!(hears(&reply), ["Sorry, nobody answers. Goodbye.", "[end]"]);
    assert_eq!(visit.ended(), Some((Outcome::NobodyCame, Cause::NobodyToRing)));
}

/// Noon of the stories is on a Friday.
fn all_day() -> Schedule {
    serde_json::from_str(r#"{"weekly": [{"days": ["friday"], "from": "00:00", "to": "00:00"}]}"#)
        .unwrap()
}

#[test]
fn spaced_residents_ring_one_after_the_other() {
    let mut visit = Visit::with(policy());
    visit.policy.units[0].flow.groups[0].start = Start::Spaced { seconds: 5 };

    visit.rings();

    let starts: Vec<_> = visit.dials().iter().map(|dial| dial.not_before - NOON).collect();
    assert_eq!(starts, [Duration::ZERO, Duration::from_secs(5)]);
}

#[test]
fn a_door_with_several_units_asks_for_the_code_and_gives_up_politely() {
    let mut visit = Visit::with(policy());
    visit.policy.units.push(Unit {
        id: id(60),
        name: "1205".into(),
        code: Some("1205".into()),
        flow: Flow::default(),
        residents: vec![],
    });
    let door = LegId::from_uuid(DOOR);

    assert_eq!(hears(&visit.rings()), ["Please enter the unit's code, then press hash. [keys]"]);
    visit.presses(door, "99");
    visit.signal(Signal::Pressed { leg: door, keys: Keys::None });
    let end = visit.presses(door, "98#");
    visit.visitor_leaves();

    assert_eq!(hears(&end), ["Goodbye.", "[end]"]);
    assert_eq!(visit.ended(), Some((Outcome::Rejected, Cause::WrongUnitCode)));
}

#[test]
fn the_right_code_rings_its_unit() {
    let mut visit = Visit::with(policy());
    visit.policy.units.push(Unit {
        id: id(60),
        name: "1205".into(),
        code: Some("1205".into()),
        flow: Flow::default(),
        residents: vec![],
    });
    visit.rings();

    let reply = visit.presses(LegId::from_uuid(DOOR), "1204#");

    assert_eq!(hears(&reply), ["Calling unit 1204.", "[room]"]);
    assert_eq!(visit.dials().len(), 2);
}

#[test]
fn a_talk_is_warned_extended_and_ended() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let (ada, _) = visit.picks_up(1);
    visit.presses(ada, "1");

    let warned = visit.signal(Signal::Due(Timer::TalkEndsSoon { extension: 0 }));
    visit.presses(ada, "5");
    let ignored = visit.signal(Signal::Due(Timer::TalkOver { extension: 0 }));
    visit.signal(Signal::Due(Timer::TalkOver { extension: 1 }));
    visit.visitor_leaves();

    assert!(
        warned.events.iter().any(|recorded| matches!(recorded.event, Event::SayRequested { .. }))
    );
    assert_eq!(ignored.events, []);
    assert_eq!(visit.ended(), Some((Outcome::Talked, Cause::TalkLimit)));
}

#[test]
fn a_call_whose_end_is_never_reported_ends_all_the_same() {
    let mut visit = Visit::with(policy());
    visit.rings();
    visit.placed(1);

    visit.signal(Signal::Due(Timer::CallOverdue));
    assert_eq!(visit.ended(), None, "set again since");
    for _ in 0..5 {
        assert_eq!(visit.ended(), None, "it is asked for first");
        visit.at += Duration::from_secs(600);
        visit.signal(Signal::Due(Timer::CallOverdue));
    }

    assert_eq!(visit.ended(), Some((Outcome::Failed, Cause::Overdue)));
}

#[test]
fn a_manager_opens_says_and_hangs_up() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let by = Operator::User(UserId::from_uuid(Uuid::from_u128(77)));

    visit.signal(Signal::Command { by, command: Command::OpenDoor });
    visit.signal(Signal::Command {
        by,
        command: Command::Say("The technician is on the way.".into()),
    });
    visit.signal(Signal::Command { by, command: Command::HangUp });
    visit.visitor_leaves();

    assert!(visit.has(|event| matches!(event, Event::DoorOpenRequested { .. })));
    assert!(visit.has(|event| matches!(event, Event::SayRequested { .. })));
    assert_eq!(visit.ended(), Some((Outcome::EndedByManager, Cause::ManagerHungUp)));
}

#[test]
fn whoever_goes_in_because_a_manager_opened_has_not_left() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let by = Operator::User(UserId::from_uuid(Uuid::from_u128(77)));

    visit.signal(Signal::Command { by, command: Command::OpenDoor });
    visit.visitor_leaves();

    assert_eq!(visit.ended(), Some((Outcome::Opened, Cause::VisitorHungUp)));
}

#[test]
fn events_read_back_as_they_were_written() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let (ada, _) = visit.picks_up(1);
    visit.presses(ada, "9");
    visit.visitor_leaves();

    for event in &visit.events {
        let json = serde_json::to_value(event).unwrap();
        assert_eq!(&serde_json::from_value::<Event>(json).unwrap(), event);
    }
    assert_eq!(Call::from_events(&visit.events), visit.call);
}
