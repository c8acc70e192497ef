//! Which group rings after which, who is let through to it, and what becomes of calls that ring nobody.
#![expect(clippy::wildcard_enum_match_arm, reason = "a story looks for one event among all")]

use std::time::Duration;

use time::OffsetDateTime;

use super::super::event::{Admission, CallRang, Event, Operator, Target};
use super::super::explain::Rule;
use super::super::outcome::{Cause, Outcome};
use super::super::signal::{
    Again, Command, ConnectedTo, DialReport, Direction, LegEndCause, LegReport, Phone, Rang,
    Signal, Timer,
};
use super::super::{LegState, Stage};
use super::Decision;
use super::stories::{
    DOOR, NOON, Visit, all_residents, carrier_leg, hears, id, leg_ended, number, policy, resident,
};
use crate::domain::ids::LegId;
use crate::domain::personal::Personal;
use crate::domain::phone_number::Caller;
use crate::domain::policy::allowlist::AllowlistEntry;
use crate::domain::policy::capabilities::Meeting;
use crate::domain::policy::flow::{Group, Members, OnNone, Start};
use crate::domain::policy::{LeadsTo, Resident, StrangerPolicy};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn door() -> LegId {
    LegId::from_uuid(DOOR)
}

fn visit_to(residents: Vec<Resident>) -> Visit {
    let mut visit = Visit::with(policy());
    visit.policy.units[0].residents = residents;
    visit
}

fn visit_of(number_of_the_caller: u32, strangers: StrangerPolicy) -> Visit {
    let mut visit = Visit::with(policy());
    visit.policy.visitor.caller = Caller::Known(number(number_of_the_caller));
    visit.policy.building.strangers = strangers;
    visit
}

fn watched() -> Visit {
    let mut visit = Visit::with(policy());
    visit.policy.line.leads_to = LeadsTo::Watched;
    visit
}

fn events(decision: Decision) -> Vec<Event> {
    decision.events.into_iter().map(|recorded| recorded.event).collect()
}

fn rules_of_groups(decision: &Decision) -> Vec<Rule> {
    let groups = decision
        .events
        .iter()
        .filter(|recorded| matches!(recorded.event, Event::GroupStarted { .. }));
    groups.map(|recorded| recorded.because.rule).collect()
}

fn overdue_at(visit: &Visit) -> OffsetDateTime {
    visit.call.overdue_at.expect("every call has an end")
}

fn admissions(visit: &Visit) -> Vec<Admission> {
    let admissions = visit.events.iter().filter_map(|event| match event {
        Event::CallerAdmitted { admission } => Some(*admission),
        _ => None,
    });
    admissions.collect()
}

#[test]
fn the_concierge_rings_by_a_rule_of_its_own() {
    let mut visit = visit_to(vec![resident(1)]);
    visit.policy.units[0].flow.on_none = OnNone::Concierge;
    visit.policy.building.concierge = Some(number(900));

    let first = visit.rings();
    let ada = visit.placed(1);
    let second = visit.leg_ends(ada, LegEndCause::Unanswered);

    assert_eq!(rules_of_groups(&first), [Rule::FlowRingsInOrder]);
    assert_eq!(rules_of_groups(&second), [Rule::ConciergeIsLast]);
}

#[test]
fn a_concierge_who_declines_in_a_group_is_not_rung_as_the_last_one_either() {
    let mut visit = Visit::with(policy());
    let desk = Group { members: Members::Concierge, ..all_residents() };
    visit.policy.units[0].flow.groups = vec![desk];
    visit.policy.units[0].flow.on_none = OnNone::Concierge;
    visit.policy.building.concierge = Some(number(900));
    visit.rings();
    let leg = visit.dials()[0].leg;
    visit.signal(Signal::Dial { leg, report: DialReport::Ready });
    visit.signal(Signal::Dial { leg, report: DialReport::Placed(carrier_leg()) });

    visit.leg_ends(leg, LegEndCause::Declined);

    let rung: Vec<Target> = visit.dials().iter().map(|dial| dial.target).collect();
    assert_eq!(rung, [Target::Concierge]);
    let closing = Stage::Closing { outcome: Outcome::NobodyCame, cause: Cause::EveryoneDeclined };
    assert_eq!(visit.call.stage, closing);
}

#[test]
fn where_one_script_rings_them_spaced_residents_ring_at_once_and_for_three_minutes_at_most() {
    let mut visit = Visit::with(policy());
    visit.policy.capabilities.meeting = Meeting::InScript { at_most: 5 };
    visit.policy.limits.codes_take = seconds(1);
    visit.policy.units[0].flow.groups[0].start = Start::Spaced { seconds: 5 };

    visit.rings();

    let starts: Vec<_> = visit.dials().iter().map(|dial| dial.not_before).collect();
    assert_eq!(starts, [NOON, NOON]);
    assert_eq!(overdue_at(&visit), NOON + seconds(180 + 120));
    let groups_end = |event: &Event| {
        matches!(
            event,
            Event::TimerSet { timer: Timer::GroupOver { .. } | Timer::GroupCut { .. }, .. }
        )
    };
    assert!(!visit.has(groups_end));
}

#[test]
fn a_residents_next_number_is_dialled_at_once_as_a_first_attempt() {
    let numbers = vec![number(101), number(901)];
    let mut visit = visit_to(vec![Resident { numbers, ..resident(1) }]);
    visit.rings();
    let mut is_refused = |after: u64, again: Again| {
        visit.at = NOON + seconds(after);
        let leg = visit.leg_of(1);
        visit.signal(Signal::Dial { leg, report: DialReport::Ready });
        let report = DialReport::Refused { reason: "no".into(), again };
        visit.signal(Signal::Dial { leg, report });
        let dial = visit.dials().pop().unwrap();
        (dial.number_index, dial.attempt, dial.not_before)
    };

    let second_attempt = is_refused(0, Again::after(seconds(1)));
    let second_number = is_refused(3, Again::Never);

    assert_eq!(second_attempt, (0, 2, NOON + seconds(1)));
    assert_eq!(second_number, (1, 1, NOON + seconds(3)));
}

#[test]
fn when_a_groups_time_is_over_who_rings_is_hung_up_and_who_picked_up_has_the_grace() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let (ada, _) = visit.picks_up(1);
    let ben = visit.placed(2);
    visit.at += seconds(25);

    let hangs_up = |leg| Event::HangUpRequested { leg, delay_ms: 0 };
    let over = visit.signal(Signal::Due(Timer::GroupOver { step: 1 }));
    let rules: Vec<Rule> = over.events.iter().map(|recorded| recorded.because.rule).collect();
    assert_eq!(rules, [Rule::GroupHasRungLongEnough]);
    assert_eq!(events(over), [hangs_up(ben)]);
    assert_eq!(visit.call.legs[&ada].state, LegState::Answered);
    let again = visit.signal(Signal::Due(Timer::GroupOver { step: 1 }));
    assert_eq!(again, Decision::default());

    visit.at += seconds(20);
    let cut = events(visit.signal(Signal::Due(Timer::GroupCut { step: 1 })));
    assert_eq!(cut[0], hangs_up(ada));
    let closing = Stage::Closing { outcome: Outcome::NobodyCame, cause: Cause::NobodyAnswered };
    assert_eq!(visit.call.stage, closing);
}

#[test]
fn a_group_in_which_nobody_picked_up_in_time_makes_way_for_the_next_at_once() {
    let mut visit = visit_to(vec![resident(1)]);
    visit.policy.units[0].flow.groups = vec![all_residents(), all_residents()];
    visit.rings();
    let first = visit.placed(1);
    visit.at += seconds(25);

    let over = events(visit.signal(Signal::Due(Timer::GroupOver { step: 1 })));

    assert_eq!(over[0], Event::HangUpRequested { leg: first, delay_ms: 0 });
    assert!(matches!(visit.call.stage, Stage::Ringing { group: 1, step: 2, .. }));
    assert_eq!(visit.dials().len(), 2);
}

#[test]
fn the_timers_of_a_group_that_rings_no_more_or_not_yet_change_nothing() {
    let mut visit = visit_to(vec![resident(1)]);
    visit.policy.units[0].flow.groups = vec![all_residents(); 3];
    visit.rings();
    let first = visit.placed(1);
    visit.leg_ends(first, LegEndCause::Busy);
    assert!(matches!(visit.call.stage, Stage::Ringing { group: 1, step: 2, .. }));

    for step in [0, 1, 3] {
        for timer in [Timer::GroupOver { step }, Timer::GroupCut { step }] {
            assert_eq!(visit.signal(Signal::Due(timer)), Decision::default(), "{timer:?}");
        }
    }

    let second = visit.placed(1);
    let cut = events(visit.signal(Signal::Due(Timer::GroupCut { step: 2 })));
    assert_eq!(cut[0], Event::HangUpRequested { leg: second, delay_ms: 0 });
    assert!(matches!(visit.call.stage, Stage::Ringing { group: 2, step: 3, .. }));
}

#[test]
fn however_a_visit_closes_whoever_rings_is_hung_up_then_and_not_once_more_when_the_leg_comes_up() {
    let by = Operator::User(id(77));
    let closes = [
        Signal::Due(Timer::GroupCut { step: 1 }),
        Signal::Command { by, command: Command::HangUp },
        leg_ended(door(), LegEndCause::HungUp, true),
    ];
    for signal in closes {
        let mut visit = visit_to(vec![resident(1), resident(2), resident(3)]);
        visit.rings();
        let ((ada, _), ben, cara) = (visit.picks_up(1), visit.leg_of(2), visit.leg_of(3));
        visit.signal(Signal::Dial { leg: ben, report: DialReport::Ready });

        let closed = events(visit.signal(signal.clone()));
        let report = DialReport::Placed(carrier_leg());
        let placed = events(visit.signal(Signal::Dial { leg: ben, report }));
        let report = LegReport::Ringing;
        let rings = Signal::Leg { leg: ben, report, carrier_leg: None, occurred_at: None };
        let rings = events(visit.signal(rings));

        for leg in [ada, ben] {
            assert!(closed.contains(&Event::HangUpRequested { leg, delay_ms: 0 }), "{signal:?}");
        }
        assert!(closed.contains(&Event::DialDropped { leg: cara }), "{signal:?}");
        assert_eq!(placed, [Event::DialPlaced { leg: ben, carrier_leg: carrier_leg() }]);
        assert_eq!(rings, [Event::LegRinging { leg: ben }]);
    }
}

#[test]
fn who_is_on_the_allowlist_may_ring_by_their_own_entry_and_nobody_else_by_it() {
    let entry = |n: u32| AllowlistEntry { id: id(u128::from(n)), number: number(n) };
    let admitted = |caller| {
        let mut visit = visit_of(caller, StrangerPolicy::Reject);
        visit.policy.allowlist.extend([entry(501), entry(502)]);
        visit.rings();
        admissions(&visit)
    };

    assert_eq!(admitted(501), [Admission::Allowlisted(id(501))]);
    assert_eq!(admitted(502), [Admission::Allowlisted(id(502))]);
    assert_eq!(admitted(503), []);
}

#[test]
fn a_stranger_rings_or_gives_a_pin_as_the_building_says() {
    for (strangers, admission, first_words) in [
        (StrangerPolicy::Ring, Admission::Stranger, "Calling unit 1204."),
        (
            StrangerPolicy::Pin,
            Admission::StrangerWithPin,
            "Please enter your PIN, then press hash. [keys]",
        ),
    ] {
        let mut visit = visit_of(666, strangers);

        let reply = visit.rings();

        assert_eq!(admissions(&visit), [admission]);
        assert_eq!(hears(&reply)[0], first_words);
    }
}

#[test]
fn a_panel_rings_by_its_entrance() {
    let mut visit = Visit::with(policy());

    visit.rings();

    assert_eq!(admissions(&visit), [Admission::Panel(id(5))]);
}

#[test]
fn a_call_that_was_over_before_it_reached_us_is_hung_up_when_it_does() {
    let mut visit = Visit::with(policy());
    visit.visitor_leaves();
    assert_eq!(visit.ended(), Some((Outcome::Failed, Cause::NeverReachedUs)));

    let late = visit.rings();

    assert_eq!(hears(&late), ["[end]"]);
    assert_eq!(late.events, []);
}

#[test]
fn a_ring_that_comes_twice_is_answered_as_the_first_and_told_once() {
    let mut visit = Visit::with(policy());
    visit.rings();

    let again = visit.rings();

    assert_eq!(hears(&again), ["[room]"]);
    assert_eq!(again.events, []);
}

#[test]
fn a_watched_call_is_told_as_the_carrier_tells_it_and_forgotten_after_four_hours() {
    let mut visit = watched();
    let users = vec![Personal::of(id(1), "Desk".to_owned())];
    let direction = Direction::Outbound;
    let rang = Rang { direction, users: users.clone(), ..Rang::inbound(door(), carrier_leg()) };

    let reply = visit.signal(Signal::Rang(rang));
    let to = ConnectedTo { phone: Phone::Untold, user: Some("Desk".to_owned()) };
    let report = LegReport::Connected(to);
    let connected =
        visit.signal(Signal::Leg { leg: door(), report, carrier_leg: None, occurred_at: None });

    assert!(matches!(
        &visit.events[0],
        Event::CallRang(CallRang { direction: Direction::Outbound, users: told, .. })
            if *told == users
    ));
    assert_eq!(visit.events[1], Event::CallWatched { leg: door() });
    assert_eq!(reply.script.unwrap().steps(), []);
    assert_eq!(overdue_at(&visit), NOON + seconds(4 * 3600 + 120));
    let put_through = Event::CallPutThrough { leg: door(), user: users.into_iter().next() };
    assert_eq!(events(connected), [put_through]);
}

#[test]
fn a_watched_call_ends_as_its_leg_did() {
    for (end, outcome, cause) in [
        (LegEndCause::HungUp, Outcome::Talked, Cause::PartyHungUp),
        (LegEndCause::Cancelled, Outcome::VisitorLeft, Cause::VisitorHungUp),
        (LegEndCause::Declined, Outcome::NobodyCame, Cause::EveryoneDeclined),
        (LegEndCause::Busy, Outcome::NobodyCame, Cause::NobodyAnswered),
        (LegEndCause::Unanswered, Outcome::NobodyCame, Cause::NobodyAnswered),
        (LegEndCause::Machine, Outcome::NobodyCame, Cause::NobodyAnswered),
        (LegEndCause::Failed, Outcome::Failed, Cause::NotReachable),
    ] {
        let mut visit = watched();
        visit.rings();

        visit.leg_ends(door(), end);

        assert_eq!(visit.ended(), Some((outcome, cause)), "{end:?}");
    }
}

#[test]
fn a_line_that_the_carrier_can_not_watch_takes_no_calls() {
    let mut visit = watched();
    visit.policy.capabilities.watches = false;

    let reply = visit.rings();

    assert_eq!(hears(&reply), ["[rejected]"]);
    assert!(!visit.has(|event| matches!(event, Event::CallWatched { .. })));
    let closing = Stage::Closing { outcome: Outcome::Failed, cause: Cause::NobodyToRing };
    assert_eq!(visit.call.stage, closing);
    assert_eq!(overdue_at(&visit), NOON + seconds(120));
}
