//! Golden files: every event that was ever stored is read for ever. A file is never changed; a new shape is a new file.
#![expect(clippy::unwrap_used, reason = "what can not go on fails its test")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};
use vestibule::domain::call::event::Event;
use vestibule::domain::call::upcast;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/events"))
}

/// (type, version, data) of each file.
fn files() -> Vec<(String, i16, Value)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let (kind, version) =
            name.strip_suffix(".json").and_then(|name| name.split_once(".v")).unwrap();
        let data = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        files.push((kind.to_owned(), version.parse().unwrap(), data));
    }
    files
}

/// The types there are, as the source lists them: a match arm each.
fn kinds() -> BTreeSet<String> {
    let source = include_str!("../../src/domain/call/event.rs");
    let arms = source.lines().filter_map(|line| {
        line.trim().strip_prefix("Self::")?.split_once("=> \"")?.1.strip_suffix("\",")
    });
    arms.map(str::to_owned).collect()
}

#[test]
fn every_type_has_a_file_of_each_version() {
    let known: BTreeSet<(String, i16)> =
        files().into_iter().map(|(kind, version, _)| (kind, version)).collect();
    let kinds = kinds();
    assert!(kinds.len() >= 50, "{kinds:?}");

    for kind in &kinds {
        let latest = known.iter().filter(|(of, _)| of == kind).map(|(_, version)| *version).max();
        for version in 1..=latest.unwrap_or(1) {
            assert!(
                known.contains(&(kind.clone(), version)),
                "tests/golden/events/{kind}.v{version}.json is missing"
            );
        }
    }
    for (kind, _) in known {
        assert!(kinds.contains(&kind), "{kind} was stored once and is no type any more");
    }
}

#[test]
fn every_file_is_read_and_written_as_the_present_version() {
    for (kind, version, data) in files() {
        let present = upcast::upcast(&kind, version, data.clone());
        let event: Event = serde_json::from_value(json!({ "type": kind, "data": present }))
            .unwrap_or_else(|error| panic!("{kind}.v{version}: {error}"));

        assert_eq!(event.kind(), kind);
        assert!(version <= event.schema_version(), "{kind}.v{version} is of a later version");
        let written = serde_json::to_value(&event).unwrap();
        assert_eq!(written, json!({ "type": kind, "data": present }), "{kind}.v{version}");
        if version == event.schema_version() {
            assert_eq!(written["data"], data, "{kind}.v{version}");
        }
    }
}
