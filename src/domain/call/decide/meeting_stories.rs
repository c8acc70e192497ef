//! Where legs share no room: one script rings, the carrier connects, and what it can not do is said.
#![expect(clippy::wildcard_enum_match_arm, reason = "a story looks for one event among all")]

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::super::event::{By, Event, Operator};
use super::super::outcome::{Cause, Outcome};
use super::super::script::{Script, Step};
use super::super::signal::{
    CarrierLeg, Command, ConnectedTo, Direction, Keys, LegEnd, LegEndCause, LegReport, Phone,
    PinCheck, Rang, Signal, Timer,
};
use super::super::{Call, Stage};
use super::Decision;
use super::stories::{DOOR, Visit, all_residents, id, number, policy, resident};
use crate::domain::call::explain::Rule;
use crate::domain::ids::{LegId, PassId, UserId};
use crate::domain::personal::Personal;
use crate::domain::phone_number::{Caller, PhoneNumber};
use crate::domain::policy::capabilities::{Capabilities, Forks, KeysInRoom, Meeting, Tones};
use crate::domain::policy::flow::{AcceptMode, Group, Members, OnNone, Start};
use crate::domain::policy::{LeadsTo, StrangerPolicy, Unit};

/// A carrier that rings from inside a script, and does little else.
const SCRIPTED: Capabilities = Capabilities {
    speech: false,
    meeting: Meeting::InScript { at_most: 5 },
    machine_detection: false,
    keys_in_room: KeysInRoom::Unheard,
    tones: Tones::InScript,
    echoes_voice: false,
    holds: false,
    forks: Forks::Never,
    ..Capabilities::EVERYTHING
};

fn visit() -> Visit {
    let mut visit = Visit::with(policy());
    visit.policy.capabilities = SCRIPTED;
    visit
}

fn door() -> LegId {
    LegId::from_uuid(DOOR)
}

fn named(id: &str) -> CarrierLeg {
    CarrierLeg { id: id.to_owned(), region: None }
}

fn rings_as(name: &str) -> Signal {
    Signal::Rang(Rang::inbound(door(), named(name)))
}

fn report(name: &str, report: LegReport) -> Signal {
    Signal::Leg { leg: door(), report, carrier_leg: Some(named(name)), occurred_at: None }
}

fn connected(name: &str, phone: Phone) -> Signal {
    report(name, LegReport::Connected(ConnectedTo { phone, user: None }))
}

fn ended(name: &str, cause: LegEndCause) -> Signal {
    let end = LegEnd { cause, is_final: true, duration_seconds: None, cost: None };
    report(name, LegReport::Ended(end))
}

fn heard() -> Signal {
    Signal::Heard { leg: door() }
}

/// The numbers that a script rings.
fn rung(decision: &Decision) -> Vec<PhoneNumber> {
    let steps = decision.script.as_ref().map(Script::steps).unwrap_or_default();
    let connects = steps.iter().filter_map(|step| match step {
        Step::Connect(connect) => Some(connect.parties.iter().map(|party| party.number.clone())),
        _ => None,
    });
    connects.flatten().collect()
}

fn number_of(n: u32) -> PhoneNumber {
    resident(n).numbers[0].clone()
}

fn degradations(visit: &Visit) -> Vec<String> {
    let lost = visit.events.iter().filter_map(|event| match event {
        Event::FlowDegraded { lost } => Some(lost.clone()),
        _ => None,
    });
    lost.collect()
}

#[test]
fn a_group_is_one_dial_and_whoever_picks_up_first_talks() {
    let mut visit = visit();

    let first = visit.signal(rings_as("c1"));
    let after_the_greeting = visit.signal(heard());
    visit.signal(connected("c1", Phone::Number(number_of(2))));
    let ben = visit.leg_of(2);
    let talk = visit.call.stage.clone();
    visit.signal(ended("c1", LegEndCause::HungUp));

    assert!(matches!(first.script.as_ref().unwrap().steps()[0], Step::Say(_)));
    assert_eq!(rung(&first), [number_of(1), number_of(2)]);
    assert_eq!(rung(&after_the_greeting), rung(&first), "the rest of the same script");
    assert!(matches!(talk, Stage::Talking { leg, .. } if leg == ben));
    assert!(
        visit.dials().iter().all(|dial| dial.by == By::Script && dial.accept == AcceptMode::None)
    );
    assert!(
        !visit.has(|event| matches!(
            event,
            Event::HangUpRequested { .. } | Event::LegRedirected { .. }
        ))
    );
    assert_eq!(visit.ended(), Some((Outcome::Talked, Cause::VisitorHungUp)));
    assert!(visit.call.legs.values().all(|leg| !leg.is_alive()), "nobody is left hanging");
}

#[test]
fn what_the_carrier_can_not_do_is_said_once_and_at_most_five_ring() {
    let mut visit = visit();
    visit.policy.units[0].residents = (1..=7).map(resident).collect();
    let ada = Members::Residents(vec![resident(1).id]);
    visit.policy.units[0].flow.groups = vec![
        Group { start: Start::Spaced { seconds: 5 }, ..all_residents() },
        Group { members: ada, ..all_residents() },
    ];

    let decision = visit.signal(rings_as("c1"));

    assert_eq!(rung(&decision).len(), 5);
    let said = degradations(&visit);
    let unique: BTreeSet<&String> = said.iter().collect();
    assert_eq!(said.len(), unique.len(), "{said:?}");
    for what in [
        "a key press",
        "one after the other",
        "a ring time",
        "more than 5",
        "one group",
        "keys during",
    ] {
        assert!(said.iter().any(|lost| lost.contains(what)), "{what}: {said:?}");
    }
    let skipped =
        visit.events.iter().filter(|event| matches!(event, Event::ResidentSkipped { .. }));
    assert_eq!(skipped.count(), 2);
}

#[test]
fn a_call_that_the_account_sends_on_rings_the_next_group_and_no_mailbox() {
    let mut visit = visit();
    let group_of =
        |n| Group { members: Members::Residents(vec![resident(n).id]), ..all_residents() };
    visit.policy.units[0].flow.groups = vec![group_of(1), group_of(2)];
    visit.policy.units[0].flow.on_none = OnNone::Say { text: None };

    let first = visit.signal(rings_as("c1"));
    visit.signal(report("c1", LegReport::SentOn));
    let second = visit.signal(rings_as("c2"));
    let late = visit.signal(ended("c1", LegEndCause::HungUp));
    let last = visit.signal(rings_as("c3"));
    let over = visit.signal(heard());

    assert_eq!(rung(&first), [number_of(1)]);
    assert_eq!(rung(&second), [number_of(2)]);
    assert!(late.events.is_empty(), "a name that is no longer used says nothing: {late:?}");
    assert!(
        rung(&last).is_empty()
            && matches!(last.script.unwrap().steps(), [Step::Say(_), Step::HangUp])
    );
    assert_eq!(over.script.unwrap().steps(), [Step::HangUp]);
    visit.signal(ended("c3", LegEndCause::HungUp));
    assert_eq!(visit.ended(), Some((Outcome::NobodyCame, Cause::NobodyAnswered)));
}

#[test]
fn the_last_key_of_the_longest_code_ends_the_wait() {
    let mut visit = visit();
    let long = Unit { id: id(60), code: Some("31205".into()), ..visit.policy.units[0].clone() };
    visit.policy.units.push(long);

    let asks = visit.signal(rings_as("c1"));

    let script = asks.script.unwrap();
    assert!(matches!(script.steps(), [Step::AskForKeys(ask)] if ask.at_most == 5), "{script:?}");
}

#[test]
fn the_accounts_own_mailbox_is_nobody() {
    let mut visit = visit();
    visit.signal(rings_as("c1"));

    visit.signal(connected("c1", Phone::Mailbox));
    visit.signal(ended("c1", LegEndCause::HungUp));

    assert!(!visit.has(|event| matches!(event, Event::CallAccepted { .. })));
    assert!(
        visit.has(|event| matches!(event, Event::HangUpRequested { leg, .. } if *leg == door()))
    );
    assert_eq!(visit.ended(), Some((Outcome::NobodyCame, Cause::MailboxPickedUp)));
}

#[test]
fn someone_who_was_not_rung_accepts_nothing_and_a_prompt_is_answered_by_nobody() {
    let mut visit = visit();
    visit.signal(rings_as("c1"));

    let prompt = visit.signal(connected("c1", Phone::Number(visit.policy.line.number.clone())));
    visit.signal(connected("c1", Phone::Number(number(999))));
    visit.signal(connected("c1", Phone::Untold));

    assert!(prompt.events.is_empty());
    assert!(!visit.has(|event| matches!(event, Event::CallAccepted { .. })));
    assert!(visit.has(|event| matches!(event, Event::LegTroubled { .. })));
}

#[test]
fn a_pass_opens_by_tones_in_the_script_and_counts_once_they_were_heard() {
    let mut visit = visit();
    visit.policy.visitor.caller = Caller::Known(number(666));
    visit.policy.building.strangers = StrangerPolicy::Pin;
    visit.signal(rings_as("c1"));

    let check = PinCheck::Opens(PassId::from_uuid(DOOR));
    let opens = visit.signal(Signal::PinGiven { leg: door(), check });
    let was_open = visit.has(|event| matches!(event, Event::DoorOpened { .. }));
    let then = visit.signal(heard());

    let script = opens.script.unwrap();
    assert!(
        matches!(script.steps(), [Step::Tones { .. }, Step::Say(_), Step::HangUp]),
        "{script:?}"
    );
    assert!(!was_open && visit.has(|event| matches!(event, Event::DoorOpened { .. })));
    assert!(visit.events.iter().all(|event| !matches!(event, Event::DoorOpenRequested { .. })
        || event.order(visit.at).is_none()));
    assert_eq!(then.script.unwrap().steps(), [Step::HangUp]);
}

#[test]
fn tones_that_ended_with_the_leg_may_have_opened() {
    let mut visit = visit();
    visit.policy.visitor.caller = Caller::Known(number(666));
    visit.policy.building.strangers = StrangerPolicy::Pin;
    visit.signal(rings_as("c1"));
    visit.signal(Signal::PinGiven { leg: door(), check: PinCheck::Opens(PassId::from_uuid(DOOR)) });

    visit.signal(ended("c1", LegEndCause::HungUp));

    assert!(visit.has(|event| matches!(event, Event::DoorOpenFailed { .. })));
    assert_eq!(visit.ended(), Some((Outcome::Opened, Cause::PassOpened)));
}

#[test]
fn in_the_talk_a_manager_opens_by_a_request_and_mutes_nobody() {
    let mut visit = visit();
    visit.signal(rings_as("c1"));
    visit.signal(connected("c1", Phone::Number(number_of(1))));
    let by = Operator::User(UserId::from_uuid(DOOR));
    let ada = visit.leg_of(1);

    let mute = visit.signal(Signal::Command { by, command: Command::Mute(ada) });
    visit.signal(Signal::Command { by, command: Command::OpenDoor });

    assert_eq!(mute.refusal, Some(Rule::CarrierCanNot));
    assert!(visit.has(|event| matches!(event, Event::DoorOpenRequested { by: By::Request, .. })));
}

#[test]
fn a_talk_that_lasts_too_long_ends_with_the_visitors_leg() {
    let mut visit = visit();
    visit.signal(rings_as("c1"));
    visit.signal(connected("c1", Phone::Number(number_of(1))));

    visit.signal(Signal::Due(Timer::TalkEndsSoon { extension: 0 }));
    visit.signal(Signal::Due(Timer::TalkOver { extension: 0 }));

    assert!(visit.has(|event| matches!(event, Event::SayRequested { leg, .. } if *leg == door())));
    let hung_up: Vec<LegId> = visit
        .events
        .iter()
        .filter_map(|event| match event {
            Event::HangUpRequested { leg, .. } => Some(*leg),
            _ => None,
        })
        .collect();
    assert_eq!(hung_up, [door()]);
}

#[test]
fn a_watched_line_is_left_alone_and_told_of() {
    let mut visit = visit();
    visit.policy.line.leads_to = LeadsTo::Watched;
    let desk = Personal::of(id(1), "Desk".to_owned());
    let rang = Rang {
        direction: Direction::Outbound,
        users: vec![desk],
        ..Rang::inbound(door(), named("c1"))
    };

    let first = visit.signal(Signal::Rang(rang));
    let user = Some("Desk".to_owned());
    let to = ConnectedTo { phone: Phone::Untold, user };
    visit.signal(report("c1", LegReport::Connected(to.clone())));
    let again = visit.signal(report("c1", LegReport::Connected(to)));
    visit.signal(ended("c1", LegEndCause::HungUp));

    assert_eq!(first.script.unwrap().steps(), []);
    assert!(again.events.is_empty());
    assert!(visit.dials().is_empty());
    assert!(visit.has(|event| matches!(event, Event::CallPutThrough { user: Some(_), .. })));
    assert_eq!(visit.ended(), Some((Outcome::Talked, Cause::PartyHungUp)));
}

/// Whose leg ended, and why.
fn ends(visit: &Visit) -> Vec<(LegId, LegEndCause)> {
    let ends = visit.events.iter().filter_map(|event| match event {
        Event::LegEnded { leg, end, .. } => Some((*leg, end.cause)),
        _ => None,
    });
    ends.collect()
}

#[test]
fn a_ring_that_is_repeated_under_any_name_that_we_know_sends_nobody_on() {
    let mut visit = visit();
    visit.policy.units[0].flow.groups = vec![all_residents(); 3];

    let first = visit.signal(rings_as("c1"));
    let repeated = visit.signal(rings_as("c1"));
    let second = visit.signal(rings_as("c2"));
    let former = visit.signal(rings_as("c1"));

    assert_eq!((repeated.events.len(), rung(&repeated)), (0, rung(&first)));
    assert_eq!((former.events.len(), rung(&former)), (0, rung(&second)));
    assert_eq!(visit.call.step, 2);
}

#[test]
fn a_visit_that_is_over_is_not_sent_on() {
    let mut visit = visit();
    visit.signal(rings_as("c1"));
    visit.signal(ended("c1", LegEndCause::HungUp));

    let after_all = visit.signal(rings_as("c2"));

    assert_eq!(after_all.events, []);
    assert_eq!(after_all.script.unwrap().steps(), [Step::HangUp]);
}

#[test]
fn where_legs_share_a_room_nobody_is_sent_on_or_connected() {
    let mut visit = Visit::with(policy());
    visit.signal(rings_as("c1"));

    assert_eq!(visit.signal(rings_as("c2")).events, []);
    assert_eq!(visit.signal(connected("c1", Phone::Number(number_of(1)))).events, []);
    assert_eq!(visit.signal(connected("c1", Phone::Mailbox)).events, []);
}

#[test]
fn once_somebody_picked_up_the_other_phones_were_given_up_and_the_talk_ends_by_hanging_up() {
    let mut visit = visit();
    visit.signal(rings_as("c1"));
    let (ada, ben) = (visit.leg_of(1), visit.leg_of(2));

    visit.signal(connected("c1", Phone::Number(number_of(2))));
    let in_the_talk = ends(&visit);
    visit.signal(ended("c1", LegEndCause::HungUp));

    assert_eq!(in_the_talk, [(ada, LegEndCause::Cancelled)]);
    assert_eq!(ends(&visit)[1..], [(door(), LegEndCause::HungUp), (ben, LegEndCause::HungUp)]);
}

#[test]
fn phones_that_ring_when_the_visitor_leaves_were_not_answered() {
    let mut visit = visit();
    visit.signal(rings_as("c1"));
    let (ada, ben) = (visit.leg_of(1), visit.leg_of(2));

    visit.signal(ended("c1", LegEndCause::HungUp));

    let unanswered = LegEndCause::Unanswered;
    let all = [(door(), LegEndCause::HungUp), (ada, unanswered), (ben, unanswered)];
    assert_eq!(ends(&visit), all);
}

#[test]
fn tones_that_were_heard_opened_once_however_often_that_is_told() {
    let mut visit = visit();
    visit.policy.visitor.caller = Caller::Known(number(666));
    visit.policy.building.strangers = StrangerPolicy::Pin;
    visit.signal(rings_as("c1"));
    visit.signal(Signal::PinGiven { leg: door(), check: PinCheck::Opens(PassId::from_uuid(DOOR)) });

    let first = visit.signal(heard());
    let second = visit.signal(heard());
    visit.signal(ended("c1", LegEndCause::HungUp));

    assert!(matches!(
        first.events.iter().map(|recorded| &recorded.event).collect::<Vec<_>>()[..],
        [Event::DoorOpened { opening: 1, .. }]
    ));
    assert_eq!(second.events, []);
    assert!(!visit.has(|event| matches!(event, Event::DoorOpenFailed { .. })));
}

#[test]
fn a_talk_that_nobody_told_the_end_of_is_looked_up_on_the_only_leg_that_lives() {
    let mut visit = visit();
    visit.signal(rings_as("c1"));
    visit.signal(connected("c1", Phone::Number(number_of(1))));
    visit.at += Duration::from_secs(24 * 3600);

    let looks = visit.signal(Signal::Due(Timer::CallOverdue));

    let sought = Event::LegSought { leg: door(), attempt: 1 };
    let again =
        Event::TimerSet { timer: Timer::CallOverdue, due: visit.at + Duration::from_secs(30) };
    let events: Vec<Event> = looks.events.into_iter().map(|recorded| recorded.event).collect();
    assert_eq!(events, [sought, again]);
}

/// What a carrier that rings from scripts may tell, in any order.
fn news() -> impl Strategy<Value = Vec<Signal>> {
    let names = prop::sample::select(vec!["c1", "c2", "c3"]);
    let cause = prop::sample::select(vec![
        LegEndCause::HungUp,
        LegEndCause::Busy,
        LegEndCause::Cancelled,
        LegEndCause::Declined,
        LegEndCause::Unanswered,
        LegEndCause::Failed,
    ]);
    let phone = prop::sample::select(vec![
        Phone::Number(number_of(1)),
        Phone::Number(number_of(2)),
        Phone::Number(number(999)),
        Phone::Mailbox,
        Phone::Untold,
    ]);
    let keys = prop::sample::select(vec!["1204", "7", "9"]);
    let one = prop_oneof![
        3 => names.clone().prop_map(rings_as),
        3 => Just(heard()),
        2 => keys.prop_map(|keys| Signal::Pressed { leg: door(), keys: Keys::Pressed(keys.into()) }),
        1 => Just(Signal::Pressed { leg: door(), keys: Keys::None }),
        2 => (names.clone(), phone).prop_map(|(name, phone)| connected(name, phone)),
        2 => names.clone().prop_map(|name| report(name, LegReport::SentOn)),
        1 => (names, cause).prop_map(|(name, cause)| ended(name, cause)),
        1 => Just(Signal::PinGiven { leg: door(), check: PinCheck::Opens(PassId::from_uuid(DOOR)) }),
        1 => Just(Signal::Due(Timer::TalkOver { extension: 0 })),
    ];
    prop::collection::vec(one, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_rung_twice_by_another_name_and_every_call_ends(signals in news(), groups in 1..3_usize, is_stranger in any::<bool>()) {
        let mut visit = visit();
        visit.policy.units[0].flow.groups = vec![all_residents(); groups];
        if is_stranger {
            visit.policy.entrance.panel_numbers.clear();
            visit.policy.building.strangers = StrangerPolicy::Pin;
        }
        visit.signal(rings_as("c1"));
        for signal in &signals {
            let was_connected = matches!(visit.call.stage, Stage::Talking { .. } | Stage::Closing { .. } | Stage::Over { .. });
            let decision = visit.signal(signal.clone());
            prop_assert!(!was_connected || rung(&decision).is_empty(), "whoever talks is not rung: {signal:?}");
            let numbers = rung(&decision);
            prop_assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len(), "a number twice in one dial");
        }
        // Its end is sought a few times, and then presumed.
        for _ in 0..10 {
            visit.at += Duration::from_secs(24 * 3600);
            visit.signal(Signal::Due(Timer::CallOverdue));
        }

        let ends = visit.events.iter().filter(|event| matches!(event, Event::CallEnded { .. })).count();
        prop_assert_eq!(ends, 1);
        let requests = visit.events.iter().filter(|event| matches!(event, Event::HangUpRequested { leg, .. } if *leg != door()));
        prop_assert_eq!(requests.count(), 0, "a leg without a life of its own");
        prop_assert!(visit.call.legs.values().filter(|leg| matches!(leg.role, super::super::LegRole::Rung(_))).all(|leg| !leg.is_alive()));
        let stored: Vec<Event> = visit.events.iter()
            .map(|event| serde_json::from_value(serde_json::to_value(event).unwrap()).unwrap())
            .collect();
        prop_assert_eq!(Call::from_events(&stored), visit.call);
    }
}
