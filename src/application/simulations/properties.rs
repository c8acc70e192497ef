//! Whatever anyone does: a call can be tried, ends, and replays to what it was.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::change::Change;
use super::fixtures::*;
use super::play::play;
use super::reaction::How;
use super::recording::Recording;
use super::replay::{Drift, replay_one};
use super::world::{Commanded, Key, Keying, Leaves, Tape, Wanted, World};
use crate::domain::call::event::{Operator, Target};
use crate::domain::ids::UserId;
use crate::domain::phone_number::Caller;
use crate::domain::policy::block::Expires;
use crate::domain::policy::flow::{AcceptMode, Group, Members, OnDecline, OnNone, Start};
use crate::domain::policy::pass::Pass;
use crate::domain::policy::{Policy, Presence, StrangerPolicy, Unit};

fn keys() -> impl Strategy<Value = Vec<(Duration, Key)>> {
    let key = prop_oneof![
        3 => Just(Key::Open),
        3 => Just(Key::Talk),
        1 => Just(Key::Deny),
        1 => Just(Key::Extend),
        1 => Just(Key::Nothing),
    ];
    proptest::collection::vec((0..40_u64, key), 0..4)
        .prop_map(|keys| keys.into_iter().map(|(after, key)| (seconds(after), key)).collect())
}

fn tapes() -> impl Strategy<Value = Tape> {
    let how = prop_oneof![
        5 => (keys(), proptest::option::of(0..60_u64)).prop_map(|(keys, hangs_up)| {
            How::Answers { keys, hangs_up_after: hangs_up.map(seconds) }
        }),
        1 => Just(How::Declines),
        1 => Just(How::Busy),
        2 => Just(How::Voicemail),
        1 => Just(How::NoAnswer),
        1 => Just(How::Unreachable),
    ];
    (0..45_u64, how).prop_map(|(after, how)| reacts(after, how))
}

fn worlds() -> impl Strategy<Value = World> {
    let phones = proptest::collection::btree_map(
        prop_oneof![
            (1..4_u32).prop_map(|n| Target::Resident(resident_id(n))),
            Just(Target::Concierge)
        ],
        proptest::collection::vec(tapes(), 1..3),
        0..5,
    );
    let presses = proptest::collection::vec(
        (0..60_u64, prop_oneof![Just("1204#"), Just("7#"), Just("4711#"), Just("99#"), Just("#")]),
        0..5,
    );
    let leaves = prop_oneof![
        Just(Leaves::OnceLetIn),
        Just(Leaves::Never),
        (0..90_u64).prop_map(|after| Leaves::After(seconds(after) + Duration::from_millis(250)))
    ];
    let commands = proptest::collection::vec(
        (0..60_u64, prop_oneof![Just(Wanted::Open), Just(Wanted::HangUp)]),
        0..2,
    );
    (phones, presses, leaves, commands).prop_map(|(mut phones, presses, leaves, commands)| {
        // Nothing happens at the same instant as anything else: what came first would be anyone's guess.
        for (nth, tape) in phones.values_mut().flatten().enumerate() {
            for (place, (after, _)) in tape.moments.iter_mut().enumerate().skip(3) {
                *after += Duration::from_millis(10 * (nth as u64 + 1) + place as u64);
            }
        }
        let pass = Pass {
            id: id(70),
            valid_from: NOON,
            valid_until: Expires::At(NOON + seconds(3600)),
            hours: vec![],
            entrances: vec![],
        };
        let otherwise =
            phones.iter().map(|(target, tapes)| (*target, tapes[tapes.len() - 1].clone()));
        let mut world = World { otherwise: otherwise.collect(), phones, ..World::default() };
        world.visitor.leaves = leaves;
        world.visitor.keys = Keying::Presses(
            (101..)
                .zip(presses)
                .map(|(ms, (after, keys))| {
                    (seconds(after) + Duration::from_millis(ms), keys.to_owned())
                })
                .collect(),
        );
        let by = UserId::from_uuid(id(90));
        world.commands = commands
            .into_iter()
            .zip(501..)
            .map(|((after, wanted), ms)| Commanded {
                after: seconds(after) + Duration::from_millis(ms),
                by: Operator::User(by),
                wanted,
            })
            .collect();
        world.pins.passes = BTreeMap::from([("4711".to_owned(), Some(pass))]);
        for wrong in ["1204", "7", "99", ""] {
            world.pins.passes.insert(wrong.to_owned(), None);
        }
        world
    })
}

fn groups() -> impl Strategy<Value = Group> {
    let members = prop_oneof![
        3 => Just(Members::AllResidents),
        1 => Just(Members::Residents(vec![resident_id(2)])),
        1 => Just(Members::Concierge),
    ];
    let accept = prop_oneof![3 => Just(AcceptMode::Key), 1 => Just(AcceptMode::Detect), 1 => Just(AcceptMode::None)];
    let on_decline = prop_oneof![
        Just(OnDecline::LeaveMeOut),
        Just(OnDecline::NextGroup),
        Just(OnDecline::StopAll)
    ];
    let start = prop_oneof![Just(Start::Together), Just(Start::Spaced { seconds: 4 })];
    (members, accept, on_decline, start, 5..40_u16).prop_map(
        |(members, accept, on_decline, start, ring_seconds)| Group {
            members,
            accept,
            on_decline,
            start,
            ring_seconds,
            hours: None,
        },
    )
}

fn policies() -> impl Strategy<Value = Policy> {
    let strangers = prop_oneof![
        Just(StrangerPolicy::Reject),
        Just(StrangerPolicy::Pin),
        Just(StrangerPolicy::Ring)
    ];
    let on_none = prop_oneof![
        Just(OnNone::HangUp),
        Just(OnNone::Concierge),
        Just(OnNone::Say { text: None })
    ];
    let caller = prop_oneof![
        3 => Just(None),
        2 => Just(Some(Caller::Known(number(666)))),
        1 => Just(Some(Caller::Withheld)),
    ];
    let house = (any::<bool>(), any::<bool>(), any::<bool>());
    (proptest::collection::vec(groups(), 1..3), strangers, on_none, caller, house).prop_map(
        |(groups, strangers, on_none, caller, (has_many_units, one_is_away, has_two_numbers))| {
            let mut policy = policy();
            policy.building.strangers = strangers;
            policy.building.withheld = strangers;
            policy.visitor.caller = caller.unwrap_or(policy.visitor.caller);
            let unit = &mut policy.units[0];
            unit.flow.groups = groups;
            unit.flow.on_none = on_none;
            if one_is_away {
                unit.residents[0].presence = Presence::Away;
            }
            if has_two_numbers {
                unit.residents[1].numbers.push(number(150));
            }
            if has_many_units {
                let other = Unit {
                    id: id(61),
                    name: "7".into(),
                    code: Some("7".into()),
                    residents: vec![resident(3)],
                    ..unit.clone()
                };
                policy.units.push(other);
            }
            policy
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn with_no_change_a_replay_gives_back_what_was_recorded(policy in policies(), world in worlds()) {
        let played = play(&policy, &world, NOON).unwrap();
        let recording = Recording::of(&played.events);
        prop_assert!(recording.is_some(), "it never ends: {:?}", played.events.last());
        let recording = recording.unwrap();
        // Who is away today says nothing about who was away then.
        let mut today = policy.clone();
        today.units[0].residents[0].presence = Presence::Home;

        let comparison = replay_one(id(8), &recording, today, &Change::default(), &BTreeMap::new()).unwrap();

        prop_assert!(!comparison.differs(), "{:#?} became {:#?}\nrecorded: {:#?}", comparison.before, comparison.after, played.events);
        prop_assert!(comparison.guesses.is_empty(), "{:?}", comparison.guesses);
        prop_assert_eq!(comparison.drift, Drift::None);
    }
}
