//! Every metric there is: its name, its labels, and what it says. What is counted elsewhere under another name fails a test.
//!
//! No firm, number, name or id is ever a label: each value is one of a few words.

use metrics::{Label, Unit};

/// A metric, as Prometheus sees it.
#[derive(Clone, Copy, Debug)]
pub struct Described {
    /// Its name.
    pub name: &'static str,
    /// What is done with it.
    pub kind: Kind,
    /// What its values are.
    pub unit: Unit,
    /// Its labels.
    pub labels: &'static [Labelled],
    /// What it says.
    pub help: &'static str,
}

/// What is done with a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// It grows. It is there from the start, at zero, where its labels' values are known.
    Counter,
    /// It goes up and down; unknown until it is told.
    Gauge,
    /// It goes up and down from zero.
    Level,
    /// Values fall into buckets up to these.
    Histogram(&'static [f64]),
}

/// A label, and what it can be; no values: words that the code chooses where it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// Its name.
    pub name: &'static str,
    /// Its values.
    pub values: &'static [&'static str],
}

impl Described {
    /// The label sets that are known before anything happens.
    pub fn known_from_the_start(&self) -> Vec<Vec<Label>> {
        let mut sets = vec![vec![]];
        for label in self.labels {
            sets = sets
                .iter()
                .flat_map(|set: &Vec<Label>| {
                    let with = |value: &&'static str| {
                        let one = Label::from_static_parts(label.name, value);
                        set.iter().cloned().chain([one]).collect()
                    };
                    label.values.iter().map(with).collect::<Vec<_>>()
                })
                .collect();
        }
        sets
    }
}

const CARRIERS: &[&str] = &["vonage", "twilio", "sipgate"];
const STREAMING: &[&str] = &["vonage", "twilio"];
const PROVIDER: Labelled = label("provider", CARRIERS);
const CARRIER: Labelled = label("carrier", CARRIERS);
const STREAMER: Labelled = label("provider", STREAMING);
const TWILIO: Labelled = label("provider", &["twilio"]);
const WORK: Labelled = label("kind", &["dial", "control", "timer", "hook"]);
const FOLLOWER: Labelled = label(
    "name",
    &["call_history", "door_stats", "spam_stats", "live", "streams", "webhooks", "audit_chain"],
);

/// Seconds, from a fast append to a carrier that stalls.
const SECONDS: &[f64] =
    &[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];
/// Items in one go.
const ITEMS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

/// All of them.
pub const METRICS: &[Described] = &[
    // Webhooks.
    counter(
        "webhook_requests_total",
        &[PROVIDER, label("kind", &[]), label("outcome", &[])],
        "Webhooks by what became of them: answered, refused (not believed), unknown, malformed, fallback, unavailable, too_late, failed.",
    ),
    counter(
        "requests_cut_off_total",
        &[],
        "Requests whose bodies came so slowly that they were not waited for.",
    ),
    seconds("webhook_answer_seconds", &[], "How long carriers wait for the answer to a webhook."),
    counter(
        "duplicate_deliveries_total",
        &[PROVIDER],
        "Webhooks that came again and got the answer that they got before.",
    ),
    counter(
        "signature_failures_total",
        &[PROVIDER, label("reason", &[])],
        "Webhooks and upgrades that were not believed, and why.",
    ),
    counter(
        "pin_blocks_total",
        &[label("what", &["caller", "entrance"])],
        "Blocks that too many wrong PINs led to: of callers, and of entrances.",
    ),
    gauge("lines", Unit::Count, &[PROVIDER], "Lines."),
    gauge(
        "lines_without_webhook",
        Unit::Count,
        &[PROVIDER],
        "Lines about which no webhook ever came.",
    ),
    // The journal, and who follows it.
    Described {
        kind: Kind::Histogram(ITEMS),
        ..gauge("ingest_batch_size", Unit::Count, &[], "Appends that share a commit.")
    },
    seconds("ingest_commit_seconds", &[], "How long a commit of appends takes."),
    level("ingest_queue_depth", &[], "Appends that wait for the commit before theirs."),
    counter(
        "append_conflicts_total",
        &[],
        "Decisions that were made anew, because the call moved on meanwhile.",
    ),
    gauge("event_head_position", Unit::Count, &[], "The last event's position."),
    gauge(
        "projection_position",
        Unit::Count,
        &[FOLLOWER],
        "The last event that a read model, or another follower of the events, applied.",
    ),
    gauge(
        "projection_lag_seconds",
        Unit::Seconds,
        &[FOLLOWER],
        "For how long the first event has waited that it did not apply yet; 0: it is level.",
    ),
    gauge(
        "projection_stopped",
        Unit::Count,
        &[FOLLOWER],
        "1: it met an event that it can not apply, and waits.",
    ),
    // Work.
    gauge(
        "work_items",
        Unit::Count,
        &[WORK, label("state", &["ready", "sent", "leased", "parked"])],
        "Work: to be done (now or later), with the broker, in hand, or given up until a person looks at it.",
    ),
    gauge(
        "work_oldest_ready_seconds",
        Unit::Seconds,
        &[WORK],
        "For how long the oldest work has been due that nobody has in hand.",
    ),
    // Dials.
    counter("dial_started_total", &[CARRIER], "Legs that a carrier was asked to place."),
    counter(
        "dial_outcome_total",
        &[CARRIER, label("outcome", &["placed", "refused", "unknown"])],
        "What the carrier answered; unknown: the leg may or may not have been placed.",
    ),
    level("dial_unknown_open", &[], "Dials whose fate nobody knows yet."),
    counter(
        "dial_duplicates_prevented_total",
        &[],
        "Dials that were not made, because they were made before or came too late.",
    ),
    counter(
        "carrier_requests_failed_total",
        &[],
        "Requests that a carrier refused or did not answer.",
    ),
    counter(
        "carrier_repeats_total",
        &[TWILIO],
        "Requests that were sent again after too many requests.",
    ),
    seconds(
        "carrier_queue_seconds",
        &[TWILIO],
        "How long a dial waits for its turn within the account's calls a second.",
    ),
    level("carrier_queue_waiting", &[TWILIO], "Dials that wait for their turn."),
    counter(
        "reconciled_total",
        &[CARRIER, label("source", &["carrier_calls", "carrier_history", "presumed"])],
        "Ends of legs that nobody reported, by how they became known.",
    ),
    counter(
        "reconcile_drift_total",
        &[
            CARRIER,
            label("kind", &["missing_end", "late_report", "other_duration", "unknown_call"]),
        ],
        "Where a carrier's reports and its records disagree.",
    ),
    level("reconcile_legs_sought", &[], "Legs whose carrier is being asked what became of them."),
    counter(
        "reconcile_sweep_failures_total",
        &[],
        "Looks at a carrier's list of calls that failed.",
    ),
    // The broker.
    gauge(
        "broker_up",
        Unit::Count,
        &[],
        "1: the broker is connected. 0: work goes through the database. Absent: there is none.",
    ),
    seconds(
        "relay_confirm_seconds",
        &[],
        "How long the broker takes to confirm what it was given.",
    ),
    counter("relay_returned_total", &[], "Messages that the broker did not take."),
    // The database.
    seconds(
        "pool_wait_seconds",
        &[label("pool", &["ingest", "app", "worker"])],
        "How long a connection of a pool is waited for.",
    ),
    gauge(
        "pg_notify_queue_usage",
        Unit::Percent,
        &[],
        "How full the database's queue of notifications is, from 0 to 1; full, it refuses commits.",
    ),
    gauge("database_bytes", Unit::Bytes, &[], "Size of the database on its disk."),
    // The API.
    counter(
        "requests_limited_total",
        &[label("limit", &["address", "sign-in", "user", "tenant"])],
        "Requests that were refused because there were too many.",
    ),
    // Live audio.
    counter(
        "media_upgrades_total",
        &[STREAMER, label("outcome", &[])],
        "WebSockets that carriers asked for: taken, or why not.",
    ),
    counter(
        "media_streams_total",
        &[STREAMER, label("outcome", &[])],
        "Streams that ended, and how.",
    ),
    level("media_streams_running", &[STREAMER], "Streams that run."),
    counter("media_frames_total", &[STREAMER], "Audio frames that carriers sent."),
    counter(
        "media_refused_messages_total",
        &[STREAMER, label("what", &[])],
        "Messages for which a carrier's socket was closed.",
    ),
    counter(
        "media_backend_losses_total",
        &[label("why", &[])],
        "Connections to stream backends that were lost, or never came to be.",
    ),
    counter(
        "media_backend_frames_missed_total",
        &[],
        "Frames that a backend was too slow to take.",
    ),
    counter("media_reports_dropped_total", &[], "News of streams that nobody took in time."),
    // Traces.
    counter(
        "trace_spans_dropped_total",
        &[],
        "Times that spans were thrown away, because the collector is slow or away.",
    ),
    // Sentences.
    level(
        "prompts_missing",
        &[],
        "Sentences that no file speaks yet, of lines whose carrier does not speak.",
    ),
    counter(
        "prompts_missing_total",
        &[],
        "Sentences that were to be heard while no file spoke them: a signal was heard.",
    ),
    counter("calls_archived_total", &[], "Calls that were kept for as long as their firm wants."),
    counter("prompts_not_spoken_total", &[], "Sentences that the voice failed to speak."),
    counter("prompts_rendered_total", &[], "Sentences that the voice spoke."),
];

/// Of the process itself: read when they are asked for, and written out by `process`.
pub const OF_THE_PROCESS: &[&str] = &[
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_threads",
    "vestibule_build_info",
];

const fn label(name: &'static str, values: &'static [&'static str]) -> Labelled {
    Labelled { name, values }
}

const fn counter(name: &'static str, labels: &'static [Labelled], help: &'static str) -> Described {
    Described { name, kind: Kind::Counter, unit: Unit::Count, labels, help }
}

const fn gauge(
    name: &'static str,
    unit: Unit,
    labels: &'static [Labelled],
    help: &'static str,
) -> Described {
    Described { name, kind: Kind::Gauge, unit, labels, help }
}

const fn level(name: &'static str, labels: &'static [Labelled], help: &'static str) -> Described {
    Described { name, kind: Kind::Level, unit: Unit::Count, labels, help }
}

const fn seconds(name: &'static str, labels: &'static [Labelled], help: &'static str) -> Described {
    Described { name, kind: Kind::Histogram(SECONDS), unit: Unit::Seconds, labels, help }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// `counter name label label`, of each place in the code that counts something.
    fn counted_in(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                counted_in(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap();
                for place in code.split("metrics::").skip(1) {
                    found.extend(counted_at(place));
                }
            }
        }
    }

    fn counted_at(place: &str) -> Option<String> {
        let (kind, rest) = place.split_once("!(")?;
        if !["counter", "gauge", "histogram"].contains(&kind) {
            return None;
        }
        let pieces: Vec<&str> = rest.split(')').next()?.split('"').collect();
        // Named by a variable: where `telemetry` begins them.
        let name = pieces.get(1)?;
        // A text that an arrow follows is a label. The first text is the name.
        let is_label = |pair: &&[&str]| pair.len() == 2 && pair[1].trim_start().starts_with("=>");
        let labels = pieces[1..].chunks(2).filter(is_label).map(|pair| pair[0]);
        Some([kind, name].into_iter().chain(labels).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn what_is_counted_is_described_and_what_is_described_is_counted() {
        let mut counted = BTreeSet::new();
        counted_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut counted);

        let described: BTreeSet<String> = METRICS
            .iter()
            .map(|metric| {
                let kind = match metric.kind {
                    Kind::Counter => "counter",
                    Kind::Gauge | Kind::Level => "gauge",
                    Kind::Histogram(_) => "histogram",
                };
                let labels = metric.labels.iter().map(|label| label.name);
                [kind, metric.name].into_iter().chain(labels).collect::<Vec<_>>().join(" ")
            })
            .collect();

        assert_eq!(counted, described);
    }

    #[test]
    fn a_name_tells_its_kind_and_its_unit() {
        for metric in METRICS {
            let name = metric.name;
            assert_eq!(name.ends_with("_total"), metric.kind == Kind::Counter, "{name}");
            assert_eq!(name.ends_with("_seconds"), metric.unit == Unit::Seconds, "{name}");
            assert!(metric.help.ends_with('.'), "{name}");
        }
    }

    #[test]
    fn no_label_can_tell_one_firm_or_one_person_from_another() {
        let words = [
            "provider", "carrier", "kind", "state", "name", "outcome", "reason", "source", "pool",
            "limit", "what", "why",
        ];
        for metric in METRICS {
            for label in metric.labels {
                assert!(words.contains(&label.name), "{}: {}", metric.name, label.name);
            }
        }
    }
}
