//! Visits: a steady stream of them, each with people and a network of its own.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use vestibule::simulator::{Running, Scenario};

use super::houses::{HOUSES, line, panel, resident};

/// What Ada and Ben do, and when the visitor gives up.
const STORIES: [(&str, &str, &str); 7] = [
    (
        r#"does = "answer", after = "1500ms", keys = [{ press = "9", since = "prompt", after = "300ms" }], hang_up_after = "5s""#,
        r#"does = "never""#,
        "15s",
    ),
    (
        r#"does = "never""#,
        r#"does = "answer", after = "2s", keys = [{ press = "1", since = "prompt", after = "300ms" }], hang_up_after = "6s""#,
        "15s",
    ),
    (
        r#"does = "answer", after = "1s", keys = [{ press = "1", since = "prompt" }], hang_up_after = "30s""#,
        r#"does = "answer", after = "1s", keys = [{ press = "1", since = "prompt" }], hang_up_after = "30s""#,
        "9s",
    ),
    (r#"does = "decline", after = "1s""#, r#"does = "busy""#, "15s"),
    (r#"does = "voicemail""#, r#"does = "unreachable""#, "15s"),
    (r#"does = "never""#, r#"does = "never""#, "15s"),
    (r#"does = "never""#, r#"does = "never""#, "2s"),
];
/// What becomes of the answer to a dial: as often as that, of a hundred.
const DIAL_FAULTS: [(&str, u32); 4] = [("lost", 4), ("error", 3), ("stall", 1), ("rate_limit", 4)];

/// The visit with this number: a pure function of the seed.
pub fn visit(seed: u64, number: u64) -> Scenario {
    let mut chance = StdRng::seed_from_u64(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let house = chance.random_range(0..HOUSES);
    let (ada, ben, leaves) = STORIES[chance.random_range(0..STORIES.len())];
    // Nobody listed one in twelve.
    let from = if chance.random_range(0..12) == 0 { "+441632960077".into() } else { panel(house) };
    let mut faults = String::new();
    for name in ["Ada", "Ben"] {
        let mut roll = chance.random_range(0..100);
        for (answer, share) in DIAL_FAULTS {
            if roll < share {
                faults.push_str(&format!(
                    "[[network.on_dial]]\nphone = \"{name}\"\nnth = 1\nanswer = \"{answer}\"\n"
                ));
                break;
            }
            roll -= share;
        }
    }
    let phones =
        [("Ada", ada), ("Ben", ben)].into_iter().enumerate().map(|(which, (name, does))| {
            format!("{{ number = \"{}\", name = \"{name}\", {does} }}", resident(house, which))
        });
    let text = format!(
        "title = \"Visit {number}\"\nseed = {}\nphone = [{}]\n\
         [call]\nfrom = \"{from}\"\nto = \"{}\"\nhang_up_after = \"{leaves}\"\n\
         [network]\nduplicate = 0.08\nreorder = 0.08\ndelay = 0.04\ndelay_up_to = \"2s\"\nlose_endings = 0.02\n{faults}",
        seed.wrapping_add(number) >> 1,
        phones.collect::<Vec<_>>().join(", "),
        line(house),
    );
    Scenario::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// So many a second, for so long; the number of visits.
pub async fn steady(simulator: &Running, seed: u64, a_second: f64, long: Duration) -> u64 {
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / a_second));
    let since = tokio::time::Instant::now();
    let mut visits = 0;
    while since.elapsed() < long {
        ticks.tick().await;
        simulator.call(visit(seed, visits)).unwrap();
        visits += 1;
    }
    visits
}

#[test]
fn the_same_seed_makes_the_same_visits() {
    let told =
        |seed| (0..50).map(|number| format!("{:?}", visit(seed, number))).collect::<Vec<_>>();

    assert_eq!(told(1), told(1));
    assert_ne!(told(1), told(2));
}
