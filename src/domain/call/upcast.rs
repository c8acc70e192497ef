//! Old shapes of events brought to the present one. Stored events are never rewritten: they are read anew.

use serde_json::Value;

/// The data of an event of this type, written in this version, as the present version writes it.
///
/// A change that old readers survive keeps the version and gives the new field a default; any other adds an arm here,
/// and a golden file of the old version stays in `tests/golden/events`.
pub fn upcast(_kind: &str, _schema_version: i16, data: Value) -> Value {
    // All events are in their first version.
    data
}
