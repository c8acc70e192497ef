//! What a carrier tells of legs and what a person on a rung phone does: each report, event by event.

use std::time::Duration;

use super::super::event::{DeclinedBy, Event};
use super::super::explain::{Because, Rule};
use super::super::outcome::{Cause, Outcome};
use super::super::record::EndSource;
use super::super::script::{Script, Speech, Step};
use super::super::signal::{
    CarrierLeg, ConnectedTo, DialReport, Effect, EffectResult, Keys, LegEnd, LegEndCause,
    LegReport, Phone, Signal, Timer,
};
use super::super::{Recorded, Stage};
use super::Decision;
use super::stories::{DOOR, NOON, Visit, carrier_leg, hears, id, leg_ended, number, policy};
use crate::domain::ids::LegId;
use crate::domain::policy::block::{Block, Expires};
use crate::domain::policy::capabilities::Meeting;
use crate::domain::policy::flow::AcceptMode;

fn door() -> LegId {
    LegId::from_uuid(DOOR)
}

fn named(id: &str) -> CarrierLeg {
    CarrierLeg { id: id.to_owned(), region: None }
}

fn events(decision: &Decision) -> Vec<Event> {
    decision.events.iter().map(|recorded| recorded.event.clone()).collect()
}

fn ringing() -> Visit {
    let mut visit = Visit::with(policy());
    visit.rings();
    visit
}

impl Visit {
    fn told(&mut self, leg: LegId, report: LegReport) -> Vec<Event> {
        self.told_by_name(leg, report, None)
    }

    fn told_by_name(
        &mut self,
        leg: LegId,
        report: LegReport,
        carrier_leg: Option<CarrierLeg>,
    ) -> Vec<Event> {
        events(&self.signal(Signal::Leg { leg, report, carrier_leg, occurred_at: None }))
    }

    fn asks(&mut self, leg: LegId) -> Decision {
        self.signal(Signal::Asks { leg, carrier_leg: None })
    }
}

#[test]
fn a_leg_has_the_name_that_it_is_told_of_by_first() {
    let mut visit = ringing();
    let (ada, ben) = (visit.leg_of(1), visit.leg_of(2));
    visit.signal(Signal::Dial { leg: ada, report: DialReport::Ready });

    let first = visit.told_by_name(ada, LegReport::Ringing, Some(named("a1")));
    let second = visit.told_by_name(ada, LegReport::Ringing, Some(named("a2")));
    visit.leg_ends(ben, LegEndCause::Busy);
    let when_over = visit.told_by_name(ben, LegReport::Ringing, Some(named("b1")));

    assert_eq!(
        first,
        [
            Event::LegIdentified { leg: ada, carrier_leg: named("a1") },
            Event::LegRinging { leg: ada }
        ]
    );
    assert_eq!(second, [Event::LegRinging { leg: ada }]);
    assert_eq!(when_over, []);
    assert_eq!(visit.call.legs[&ada].carrier_leg, Some(named("a1")));
}

#[test]
fn only_a_phone_that_we_rang_and_that_nobody_picked_up_rings() {
    let mut visit = ringing();
    let (ada, _) = visit.picks_up(1);
    let ben = visit.leg_of(2);

    assert_eq!(visit.told(door(), LegReport::Ringing), []);
    assert_eq!(visit.told(id(404), LegReport::Ringing), []);
    assert_eq!(visit.told(ada, LegReport::Ringing), []);
    assert_eq!(visit.told(ben, LegReport::Ringing), [Event::LegRinging { leg: ben }]);
}

#[test]
fn that_a_phone_was_picked_up_is_news_once_and_none_when_it_is_over() {
    let mut visit = ringing();
    let ada = visit.placed(1);

    assert_eq!(visit.told(ada, LegReport::Answered), [Event::LegAnswered { leg: ada }]);
    assert_eq!(visit.told(ada, LegReport::Answered), []);
    visit.leg_ends(ada, LegEndCause::HungUp);
    assert_eq!(visit.told(ada, LegReport::Answered), []);
}

#[test]
fn a_second_report_of_an_end_counts_if_it_is_the_last_word_or_says_why_nobody_answered() {
    use LegEndCause::{Busy, Declined, Unanswered};
    for (first, second, counts) in [
        ((Unanswered, false), (Unanswered, true), true),
        ((Unanswered, false), (Unanswered, false), false),
        ((Unanswered, false), (Busy, false), true),
        ((Unanswered, true), (Busy, false), true),
        ((Unanswered, true), (Busy, true), false),
        ((Busy, false), (Busy, true), true),
        ((Busy, false), (Busy, false), false),
        ((Busy, false), (Declined, false), false),
        ((Busy, true), (Busy, true), false),
    ] {
        let mut visit = ringing();
        let ada = visit.placed(1);
        visit.signal(leg_ended(ada, first.0, first.1));

        let told = events(&visit.signal(leg_ended(ada, second.0, second.1)));

        let end =
            LegEnd { cause: second.0, is_final: second.1, duration_seconds: None, cost: None };
        let news = Event::LegEnded { leg: ada, end, source: EndSource::Reported };
        let expected: Vec<Event> = counts.then_some(news).into_iter().collect();
        assert_eq!(told, expected, "{first:?}, {second:?}");
    }
}

#[test]
fn whoever_never_picked_up_did_not_hang_up() {
    use LegEndCause::{Busy, HungUp, Unanswered};
    for (picked_up, duration_seconds, cause, counts_as) in [
        (false, None, HungUp, Unanswered),
        (false, Some(0), HungUp, Unanswered),
        (false, Some(9), HungUp, HungUp),
        (true, None, HungUp, HungUp),
        (true, Some(9), HungUp, HungUp),
        (false, None, Busy, Busy),
        (true, None, Busy, Busy),
    ] {
        let mut visit = ringing();
        let ada = visit.placed(1);
        if picked_up {
            visit.told(ada, LegReport::Answered);
        }

        let end = LegEnd { cause, is_final: true, duration_seconds, cost: None };
        let told = visit.told(ada, LegReport::Ended(end.clone()));

        let end = LegEnd { cause: counts_as, ..end };
        assert_eq!(told, [Event::LegEnded { leg: ada, end, source: EndSource::Reported }]);
    }
}

#[test]
fn a_visitor_who_hangs_up_was_there_all_the_time() {
    let mut visit = ringing();

    let left = visit.visitor_leaves();

    let end =
        LegEnd { cause: LegEndCause::HungUp, is_final: true, duration_seconds: None, cost: None };
    let over = Event::LegEnded { leg: door(), end, source: EndSource::Reported };
    assert_eq!(events(&left)[0], over);
}

#[test]
fn a_leg_that_is_over_already_brings_no_next_number() {
    let mut visit = Visit::with(policy());
    visit.policy.units[0].residents[0].numbers.push(number(901));
    visit.rings();
    let ada = visit.placed(1);
    visit.signal(leg_ended(ada, LegEndCause::Unanswered, false));

    let last_word = events(&visit.signal(leg_ended(ada, LegEndCause::Failed, true)));

    let end =
        LegEnd { cause: LegEndCause::Failed, is_final: true, duration_seconds: None, cost: None };
    assert_eq!(last_word, [Event::LegEnded { leg: ada, end, source: EndSource::Reported }]);
    assert_eq!(visit.dials().len(), 2);
}

#[test]
fn a_person_who_is_heard_where_a_key_counts_accepts_nothing_yet() {
    let mut visit = ringing();
    let (ada, _) = visit.picks_up(1);

    assert_eq!(visit.told(ada, LegReport::Human), [Event::LegHeardHuman { leg: ada }]);
    assert_eq!(visit.told(door(), LegReport::Human), []);
    assert!(matches!(visit.call.stage, Stage::Ringing { .. }));
}

#[test]
fn a_person_who_is_heard_does_not_let_in_whom_a_block_keeps_out() {
    let mut visit = Visit::with(policy());
    visit.policy.units[0].flow.groups[0].accept = AcceptMode::Detect;
    visit.rings();
    let (ada, _) = visit.picks_up(1);
    visit.policy.visitor.block = Some(Block { id: id(50), expires: Expires::Never });

    visit.told(ada, LegReport::Human);

    let refused = Stage::Closing { outcome: Outcome::Rejected, cause: Cause::CallerBlocked };
    assert_eq!(visit.call.stage, refused);
    assert!(!visit.has(|event| matches!(event, Event::CallAccepted { .. })));
}

#[test]
fn whoever_asks_twice_picked_up_once_and_is_asked_for_a_key_twice() {
    let asked = |leg, attempt: u32, rule| Recorded {
        event: Event::AcceptAsked { leg, attempt },
        because: Because::of(rule).given("attempt", attempt),
    };
    let mut visit = ringing();
    let ada = visit.placed(1);

    let first = visit.asks(ada);
    let second = visit.asks(ada);

    let answered =
        Recorded { event: Event::LegAnswered { leg: ada }, because: Rule::CarrierReported.into() };
    assert_eq!(first.events, [answered, asked(ada, 1, Rule::PickedUpMustPressAKey)]);
    assert_eq!(second.events, [asked(ada, 2, Rule::KeyWasNotUnderstood)]);
    assert_eq!(first.script, second.script);
}

#[test]
fn whoever_picks_up_after_someone_else_accepted_is_told_so() {
    let mut visit = ringing();
    let ben = visit.placed(2);
    let (ada, _) = visit.picks_up(1);
    visit.presses(ada, "1");

    let late = visit.asks(ben);

    assert_eq!(events(&late), [Event::LegAnswered { leg: ben }]);
    assert_eq!(hears(&late), ["Someone else is talking to the visitor. Goodbye.", "[end]"]);
}

#[test]
fn whoever_picks_up_after_the_group_rang_long_enough_is_too_late() {
    let mut visit = ringing();
    visit.picks_up(1);
    let ben = visit.placed(2);
    visit.signal(Signal::Due(Timer::GroupOver { step: 1 }));

    let late = visit.asks(ben);

    assert_eq!(events(&late), [Event::LegAnswered { leg: ben }]);
    assert_eq!(hears(&late), ["Goodbye.", "[end]"]);
    assert!(matches!(visit.call.stage, Stage::Ringing { step: 1, .. }));
}

#[test]
fn whoever_has_a_mailbox_on_one_number_accepts_on_no_other() {
    let mut visit = Visit::with(policy());
    visit.policy.units[0].residents[0].numbers.push(number(901));
    visit.rings();
    let first = visit.placed(1);
    visit.leg_ends(first, LegEndCause::Failed);

    let mailbox = visit.told(first, LegReport::Machine);
    let (second, reply) = visit.picks_up(1);

    assert_eq!(mailbox, [Event::LegHeardMachine { leg: first }]);
    assert_ne!(first, second);
    assert_eq!(hears(&reply), ["Goodbye.", "[end]"]);
}

#[test]
fn before_the_talk_a_key_without_a_meaning_is_asked_for_again() {
    for keys in [Keys::Pressed("7".into()), Keys::Pressed("5".into()), Keys::None] {
        let mut visit = ringing();
        let (ada, prompt) = visit.picks_up(1);

        let again = visit.signal(Signal::Pressed { leg: ada, keys });

        assert_eq!(events(&again), [Event::AcceptAsked { leg: ada, attempt: 2 }]);
        assert_eq!(again.script, prompt.script);
    }
}

#[test]
fn the_deny_key_before_the_talk_refuses_the_visitor() {
    let mut visit = ringing();
    let (ada, _) = visit.picks_up(1);

    let denied = visit.presses(ada, "0");

    assert_eq!(hears(&denied), ["[end]"]);
    assert_eq!(
        events(&denied),
        [
            Event::HangUpRequested { leg: ada, delay_ms: 0 },
            Event::CallDeclined { leg: ada, how: DeclinedBy::Key }
        ]
    );
}

fn prompt(decision: &Decision) -> Option<&Speech> {
    match decision.script.as_ref().map(Script::steps)? {
        [Step::AskForKeys(ask)] => Some(&ask.prompt),
        _ => None,
    }
}

#[test]
fn residents_are_spoken_to_in_their_own_language_or_else_in_the_buildings() {
    let mut visit = Visit::with(policy());
    visit.policy.units[0].residents[0].language = Some("de-DE".into());
    visit.rings();

    let (_, to_ada) = visit.picks_up(1);
    let (_, to_ben) = visit.picks_up(2);

    let speech =
        |text: &str, language: &str| Speech { text: text.into(), language: language.into() };
    let german = "Besuch an: Front door. Zum Sprechen 1, zum Öffnen 9.";
    let english = "Visitor at Front door. Press 1 to talk, 9 to open.";
    assert_eq!(prompt(&to_ada), Some(&speech(german, "de-DE")));
    assert_eq!(prompt(&to_ben), Some(&speech(english, "en-GB")));
}

fn talking() -> (Visit, LegId) {
    let mut visit = ringing();
    let (ada, _) = visit.picks_up(1);
    visit.presses(ada, "1");
    (visit, ada)
}

#[test]
fn news_of_those_who_talk_hang_up_nobody() {
    let (mut visit, ada) = talking();

    for leg in [ada, door()] {
        let joined = Event::LegJoined { leg, sequence: None };
        let left = Event::LegLeft { leg, why: None, sequence: None };
        let troubled = Event::LegTroubled { leg, reason: "noise".into() };
        assert_eq!(visit.told(leg, LegReport::Joined), [joined]);
        assert_eq!(visit.told(leg, LegReport::Left), [left]);
        assert_eq!(visit.told(leg, LegReport::Trouble("noise".into())), [troubled]);
    }
}

#[test]
fn a_phone_that_comes_up_after_a_mailbox_took_the_visit_is_hung_up_once() {
    let mut visit = ringing();
    let (ada, ben) = (visit.leg_of(1), visit.placed(2));
    visit.signal(Signal::Dial { leg: ada, report: DialReport::Ready });
    visit.policy.capabilities.meeting = Meeting::InScript { at_most: 5 };
    let to = ConnectedTo { phone: Phone::Mailbox, user: None };
    visit.told(door(), LegReport::Connected(to));

    let comes_up =
        visit.signal(Signal::Dial { leg: ada, report: DialReport::Placed(carrier_leg()) });
    let rings = visit.told(ada, LegReport::Ringing);
    let rings_at_bens = visit.told(ben, LegReport::Ringing);

    assert_eq!(
        events(&comes_up),
        [
            Event::DialPlaced { leg: ada, carrier_leg: carrier_leg() },
            Event::HangUpRequested { leg: ada, delay_ms: 0 }
        ]
    );
    assert_eq!(comes_up.events[1].because, Rule::NobodyIsLeftHanging.into());
    assert_eq!(rings, [Event::LegRinging { leg: ada }]);
    assert_eq!(
        rings_at_bens,
        [Event::LegRinging { leg: ben }, Event::HangUpRequested { leg: ben, delay_ms: 0 }]
    );
}

/// What is asked of a carrier for a voice, and the event that tells that it was done.
fn of_the_voice(leg: LegId) -> [(Effect, &'static str, Event); 4] {
    [
        (Effect::Mute { leg }, "mute", Event::LegMuted { leg, sequence: None }),
        (Effect::Unmute { leg }, "unmute", Event::LegUnmuted { leg, sequence: None }),
        (Effect::Hold { leg }, "hold", Event::LegHeld { leg, sequence: None }),
        (Effect::Resume { leg }, "resume", Event::LegResumed { leg, sequence: None }),
    ]
}

fn went(effect: Effect, result: EffectResult) -> Vec<Event> {
    let (mut visit, _) = talking();
    events(&visit.signal(Signal::Effect { effect, result }))
}

#[test]
fn what_was_done_to_a_voice_is_told_unless_the_carrier_tells_of_it_itself() {
    let (mut visit, leg) = talking();
    let mut told_by_the_carrier = Visit::with(visit.policy.clone());
    told_by_the_carrier.policy.capabilities.echoes_voice = true;
    told_by_the_carrier.call = visit.call.clone();

    for (effect, _, done) in of_the_voice(leg) {
        let signal = Signal::Effect { effect, result: EffectResult::Done };
        assert_eq!(events(&visit.signal(signal.clone())), [done]);
        assert_eq!(events(&told_by_the_carrier.signal(signal)), []);
    }
}

#[test]
fn what_could_not_be_done_to_a_leg_is_told_in_a_word() {
    let leg = talking().1;
    let others = [
        (Effect::HangUp { leg }, "hang up"),
        (Effect::Redirect { leg, redirection: 1 }, "redirect"),
        (Effect::ListenForKeys { leg }, "listen for keys"),
        (Effect::Say { leg, text: "Hello.".into() }, "say"),
        (Effect::LookUp { leg }, "look up"),
        (Effect::StopStream { leg, stream: id(70) }, "stop streaming"),
    ];
    let voice = of_the_voice(leg).map(|(effect, wanted, _)| (effect, wanted));

    for (effect, wanted) in others.iter().cloned().chain(voice) {
        let reason = || "no".to_owned();
        let failed = Event::EffectFailed { leg, wanted: wanted.into(), reason: reason() };
        let (refused, unknown) =
            (EffectResult::Failed { reason: reason() }, EffectResult::Unknown { reason: reason() });
        let failed = [failed];
        assert_eq!(went(effect.clone(), refused), failed);
        assert_eq!(went(effect, unknown), failed);
    }
    for (effect, _) in others {
        assert_eq!(went(effect, EffectResult::Done), []);
    }
}

#[test]
fn a_stream_whose_start_nobody_knows_of_is_told_and_may_still_come() {
    let (_, leg) = talking();
    let effect = Effect::StartStream { leg, stream: id(70) };
    let reason = || "timed out".to_owned();

    let unknown = went(effect.clone(), EffectResult::Unknown { reason: reason() });

    let failed = Event::EffectFailed { leg, wanted: "stream".into(), reason: reason() };
    assert_eq!(unknown, [failed]);
    assert_eq!(went(effect.clone(), EffectResult::Done), []);
    assert_eq!(went(effect, EffectResult::Failed { reason: reason() }), []);
}

#[test]
fn a_talk_that_begins_by_picking_up_lasts_as_long_as_the_panel_says() {
    let mut visit = Visit::with(policy());
    visit.policy.units[0].flow.groups[0].accept = AcceptMode::None;
    visit.rings();

    let (ada, reply) = visit.picks_up(1);

    let ends_at = NOON + Duration::from_secs(120);
    let accepted = Event::CallAccepted { leg: ada, how: AcceptMode::None, ends_at };
    assert_eq!(events(&reply)[..2], [Event::LegAnswered { leg: ada }, accepted]);
    assert_eq!(hears(&reply), ["[listening]", "[room]"]);
}

#[test]
fn a_person_who_is_heard_after_hanging_up_accepts_nothing() {
    let mut visit = Visit::with(policy());
    visit.policy.units[0].flow.groups[0].accept = AcceptMode::Detect;
    visit.rings();
    let ((ada, _), (ben, _)) = (visit.picks_up(1), visit.picks_up(2));
    visit.leg_ends(ada, LegEndCause::HungUp);

    assert_eq!(visit.told(ada, LegReport::Human), [Event::LegHeardHuman { leg: ada }]);
    assert!(matches!(visit.call.stage, Stage::Ringing { .. }));

    visit.told(ben, LegReport::Human);
    assert!(matches!(visit.call.stage, Stage::Talking { leg, .. } if leg == ben));
}
