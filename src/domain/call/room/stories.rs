//! Legs in a room, as their carrier's news and our requests come in.

use uuid::Uuid;

use super::super::record::EndSource;
use super::super::signal::{Again, CarrierRoom, LegEnd, LegEndCause};
use super::*;

const ADA: LegId = LegId::from_uuid(Uuid::from_u128(1));
const BEN: LegId = LegId::from_uuid(Uuid::from_u128(2));

const MUTE: Event = Event::MuteRequested { leg: ADA };
const UNMUTE: Event = Event::UnmuteRequested { leg: ADA };
const HOLD: Event = Event::HoldRequested { leg: ADA };
const RESUME: Event = Event::ResumeRequested { leg: ADA };

/// Ada's leg after these events of the call.
fn ada_after<const N: usize>(events: [Event; N]) -> LegInRoom {
    let mut ada = LegInRoom::default();
    for event in &events {
        ada.apply(ADA, event);
    }
    ada
}

fn joined(sequence: Option<u32>) -> Event {
    Event::LegJoined { leg: ADA, sequence }
}

fn left(sequence: Option<u32>) -> Event {
    Event::LegLeft { leg: ADA, why: None, sequence }
}

fn speaks(sequence: Option<u32>) -> Event {
    Event::SpeechStarted { leg: ADA, sequence }
}

fn falls_silent(sequence: Option<u32>) -> Event {
    Event::SpeechStopped { leg: ADA, sequence }
}

fn muted(sequence: Option<u32>) -> Event {
    Event::LegMuted { leg: ADA, sequence }
}

fn unmuted(sequence: Option<u32>) -> Event {
    Event::LegUnmuted { leg: ADA, sequence }
}

fn held(sequence: Option<u32>) -> Event {
    Event::LegHeld { leg: ADA, sequence }
}

fn resumed(sequence: Option<u32>) -> Event {
    Event::LegResumed { leg: ADA, sequence }
}

fn another_room() -> Event {
    Event::RoomNamed { room: CarrierRoom("r2".into()) }
}

fn failed(wanted: &str) -> Event {
    Event::EffectFailed { leg: ADA, wanted: wanted.into(), reason: "no such room".into() }
}

/// All that ends a leg.
fn ends() -> [Event; 4] {
    let (leg, reason, again) = (ADA, "no route".to_owned(), Again::Never);
    let cause = LegEndCause::HungUp;
    let end = LegEnd { cause, is_final: true, duration_seconds: None, cost: None };
    [
        Event::LegEnded { leg, end, source: EndSource::Reported },
        Event::DialDropped { leg },
        Event::DialRefused { leg, reason, again },
        Event::DialExpired { leg },
    ]
}

#[test]
fn news_counts_unless_newer_news_came_before() {
    let mut told = Told { value: "nothing", sequence: None };
    let mut hear = |value, sequence| {
        told.hear(value, sequence);
        (told.value, told.sequence)
    };

    assert_eq!(hear("fifth", Some(5)), ("fifth", Some(5)));
    assert_eq!(hear("fourth", Some(4)), ("fifth", Some(5)));
    assert_eq!(hear("fifth again", Some(5)), ("fifth again", Some(5)));
    assert_eq!(hear("sixth", Some(6)), ("sixth", Some(6)));
    assert_eq!(hear("uncounted", None), ("uncounted", Some(6)));
    assert_eq!(hear("fifth", Some(5)), ("uncounted", Some(6)));
}

#[test]
fn a_leg_begins_outside_and_is_in_the_room_from_joining_to_leaving() {
    assert_eq!(ada_after([]).place(), LegPlace::Outside);
    assert_eq!(ada_after([joined(None)]).place(), LegPlace::InRoom);
    assert_eq!(ada_after([joined(None), left(None)]).place(), LegPlace::Outside);
    assert_eq!(ada_after([joined(Some(1)), left(Some(2))]).place(), LegPlace::Outside);
    assert_eq!(ada_after([left(Some(2)), joined(Some(1))]).place(), LegPlace::Outside);
}

#[test]
fn news_of_someone_else_is_not_about_this_leg() {
    let news = [
        Event::LegJoined { leg: BEN, sequence: None },
        Event::LegMuted { leg: BEN, sequence: None },
        Event::HoldRequested { leg: BEN },
        Event::RoomStarted { sequence: None },
    ];

    assert_eq!(ada_after(news), LegInRoom::default());
}

#[test]
fn who_speaks_is_known_while_they_are_in_the_room() {
    assert_eq!(ada_after([joined(None)]).speech(), Speech::Silent);
    assert_eq!(ada_after([joined(None), speaks(None)]).speech(), Speech::Speaking);
    let silent = [joined(None), speaks(None), falls_silent(None)];
    assert_eq!(ada_after(silent).speech(), Speech::Silent);

    assert_eq!(ada_after([speaks(None)]).speech(), Speech::Silent);
    let is_back = [joined(None), speaks(None), left(None), joined(None)];
    assert_eq!(ada_after(is_back).speech(), Speech::Silent);
}

#[test]
fn a_room_that_is_closed_holds_nobody() {
    let closed = |sequence| Event::RoomEnded { why: None, sequence };

    let ada = ada_after([joined(Some(1)), speaks(Some(2)), closed(Some(3))]);
    assert_eq!((ada.place(), ada.speech()), (LegPlace::Outside, Speech::Silent));

    let late = ada_after([closed(Some(3)), joined(Some(1)), speaks(Some(2))]);
    assert_eq!((late.place(), late.speech()), (LegPlace::Outside, Speech::Silent));
}

#[test]
fn mute_and_hold_are_as_the_carrier_told_last() {
    assert_eq!(ada_after([]).voice(), Voice::Heard);
    assert_eq!(ada_after([muted(None)]).voice(), Voice::Muted);
    assert_eq!(ada_after([muted(None), unmuted(None)]).voice(), Voice::Heard);
    assert_eq!(ada_after([unmuted(Some(3)), muted(Some(2))]).voice(), Voice::Heard);

    assert_eq!(ada_after([]).hold(), Hold::Free);
    assert_eq!(ada_after([held(None)]).hold(), Hold::OnHold);
    assert_eq!(ada_after([held(None), resumed(None)]).hold(), Hold::Free);
    assert_eq!(ada_after([resumed(Some(3)), held(Some(2))]).hold(), Hold::Free);
}

#[test]
fn mute_and_hold_belong_to_a_stay_where_the_carrier_counts() {
    let of = |ada: LegInRoom| (ada.voice(), ada.hold());

    let left_counted = [joined(Some(1)), muted(Some(2)), held(Some(3)), left(Some(4))];
    assert_eq!(of(ada_after(left_counted)), (Voice::Heard, Hold::Free));
    let joined_counted = [muted(Some(1)), held(Some(2)), joined(Some(3))];
    assert_eq!(of(ada_after(joined_counted)), (Voice::Heard, Hold::Free));
    let joined_late = [muted(Some(2)), held(Some(3)), joined(Some(1))];
    assert_eq!(of(ada_after(joined_late)), (Voice::Muted, Hold::OnHold));

    let uncounted = [joined(None), muted(None), held(None), left(None), joined(None)];
    assert_eq!(of(ada_after(uncounted)), (Voice::Muted, Hold::OnHold));
}

#[test]
fn a_request_says_what_will_be_until_the_carrier_tells() {
    let to_be = |ada: LegInRoom| (ada.voice_to_be(), ada.hold_to_be());
    let asked = |ada: LegInRoom| (ada.voice_asked, ada.hold_asked);

    assert_eq!(to_be(ada_after([])), (Voice::Heard, Hold::Free));
    assert_eq!(to_be(ada_after([muted(None), held(None)])), (Voice::Muted, Hold::OnHold));

    let ada = ada_after([MUTE, HOLD]);
    assert_eq!((ada.voice(), ada.hold()), (Voice::Heard, Hold::Free));
    assert_eq!(asked(ada), (Some(Voice::Muted), Some(Hold::OnHold)));
    assert_eq!(to_be(ada), (Voice::Muted, Hold::OnHold));

    let ada = ada_after([muted(None), held(None), UNMUTE, RESUME]);
    assert_eq!((ada.voice(), ada.hold()), (Voice::Muted, Hold::OnHold));
    assert_eq!(asked(ada), (Some(Voice::Heard), Some(Hold::Free)));
    assert_eq!(to_be(ada), (Voice::Heard, Hold::Free));

    assert_eq!(asked(ada_after([MUTE, HOLD, muted(None), held(None)])), (None, None));
    assert_eq!(asked(ada_after([UNMUTE, RESUME, unmuted(None), resumed(None)])), (None, None));
}

#[test]
fn a_request_goes_on_when_the_carrier_tells_of_the_opposite() {
    let ada = ada_after([MUTE, UNMUTE, muted(None), HOLD, RESUME, held(None)]);
    assert_eq!((ada.voice(), ada.voice_asked), (Voice::Muted, Some(Voice::Heard)));
    assert_eq!((ada.hold(), ada.hold_asked), (Hold::OnHold, Some(Hold::Free)));

    let ada = ada_after([UNMUTE, MUTE, unmuted(None), RESUME, HOLD, resumed(None)]);
    assert_eq!((ada.voice(), ada.voice_asked), (Voice::Heard, Some(Voice::Muted)));
    assert_eq!((ada.hold(), ada.hold_asked), (Hold::Free, Some(Hold::OnHold)));
}

#[test]
fn a_mute_that_failed_is_waited_for_and_wanted_no_more() {
    let of = |ada: LegInRoom| (ada.voice_asked, ada.voice_wanted);

    assert_eq!(of(ada_after([MUTE])), (Some(Voice::Muted), Voice::Muted));
    assert_eq!(of(ada_after([MUTE, failed("mute")])), (None, Voice::Heard));
    assert_eq!(of(ada_after([MUTE, failed("say")])), (Some(Voice::Muted), Voice::Muted));
    let muted_already = [MUTE, muted(None), UNMUTE, failed("unmute")];
    assert_eq!(of(ada_after(muted_already)), (None, Voice::Muted));
}

#[test]
fn a_mute_that_failed_does_not_end_the_wait_for_its_opposite() {
    let of = |ada: LegInRoom| (ada.voice_asked, ada.voice_wanted);

    let ada = ada_after([muted(None), UNMUTE, failed("mute")]);
    assert_eq!(of(ada), (Some(Voice::Heard), Voice::Heard));
    let ada = ada_after([MUTE, failed("unmute")]);
    assert_eq!(of(ada), (Some(Voice::Muted), Voice::Muted));
    let lost = [MUTE, muted(Some(1)), joined(Some(2)), failed("mute")];
    assert_eq!(of(ada_after(lost)), (None, Voice::Muted));
}

#[test]
fn a_hold_that_failed_is_waited_for_no_more_but_its_opposite_is() {
    assert_eq!(ada_after([HOLD, failed("hold")]).hold_asked, None);
    assert_eq!(ada_after([RESUME, failed("resume")]).hold_asked, None);
    assert_eq!(ada_after([RESUME, failed("hold")]).hold_asked, Some(Hold::Free));
    assert_eq!(ada_after([HOLD, failed("resume")]).hold_asked, Some(Hold::OnHold));
    assert_eq!(ada_after([HOLD, failed("say")]).hold_asked, Some(Hold::OnHold));
}

#[test]
fn who_comes_back_unmuted_lost_the_mute_that_a_manager_wants() {
    let is_back = || [joined(Some(1)), MUTE, muted(Some(2)), left(Some(3)), joined(Some(4))];

    assert!(ada_after(is_back()).lost_its_mute());
    let [came, mute, told, left, _] = is_back();
    assert!(!ada_after([came, mute, told, left]).lost_its_mute(), "outside it needs none");
}

#[test]
fn no_mute_is_lost_that_nobody_wants_that_holds_or_that_was_asked_for() {
    assert!(!ada_after([joined(Some(1))]).lost_its_mute());
    assert!(!ada_after([joined(Some(1)), MUTE]).lost_its_mute());
    assert!(!ada_after([joined(Some(1)), MUTE, muted(Some(2))]).lost_its_mute());
    assert!(!ada_after([joined(Some(1)), muted(Some(2))]).lost_its_mute());
}

#[test]
fn another_room_begins_with_nothing_told_and_counts_anew() {
    let ada = ada_after([
        joined(Some(6)),
        muted(Some(7)),
        held(Some(8)),
        speaks(Some(9)),
        another_room(),
    ]);
    assert_eq!(ada, LegInRoom::default());

    let ada = ada_after([joined(Some(9)), another_room(), joined(Some(1)), speaks(Some(2))]);
    assert_eq!((ada.place(), ada.speech()), (LegPlace::InRoom, Speech::Speaking));
}

#[test]
fn what_is_asked_for_and_that_a_leg_is_over_outlives_a_room() {
    let ada = ada_after([MUTE, HOLD, another_room()]);
    assert_eq!((ada.voice_asked, ada.hold_asked), (Some(Voice::Muted), Some(Hold::OnHold)));
    assert_eq!(ada.voice_wanted, Voice::Muted);

    for end in ends() {
        let ada = ada_after([joined(None), end, another_room(), joined(None)]);
        assert_eq!(ada.place(), LegPlace::Outside);
    }
}

#[test]
fn a_leg_that_is_over_is_outside_and_waits_for_nothing() {
    for end in ends() {
        let ada = ada_after([joined(None), speaks(None), MUTE, HOLD, end.clone()]);
        assert_eq!((ada.place(), ada.speech()), (LegPlace::Outside, Speech::Silent));
        assert_eq!((ada.voice_asked, ada.hold_asked), (None, None));

        assert_eq!(ada_after([end, joined(None)]).place(), LegPlace::Outside);
    }
}

#[test]
fn news_of_the_room_has_its_place_where_the_carrier_counts() {
    let (leg, sequence) = (ADA, Some(7));
    let news = [
        Event::RoomStarted { sequence },
        Event::RoomEnded { why: None, sequence },
        joined(sequence),
        left(sequence),
        Event::LegModified { leg, sequence },
        muted(sequence),
        unmuted(sequence),
        held(sequence),
        resumed(sequence),
        speaks(sequence),
        falls_silent(sequence),
        Event::AnnouncementEnded { leg: None, sequence },
        Event::AnnouncementFailed { leg: None, reason: "no such file".into(), sequence },
    ];

    for event in news {
        assert_eq!(event.sequence(), Some(7), "{event:?}");
    }
    for event in [joined(None), MUTE, another_room()] {
        assert_eq!(event.sequence(), None, "{event:?}");
    }
}
