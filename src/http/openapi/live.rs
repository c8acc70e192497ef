//! What server-sent events hold. The document's version has no words of its own for a stream of them, so that it is said as JSON
//! Schema says it: a text, and what is written in it.

use serde_json::{Value, json};

/// Describes the events of the stream of running calls.
pub(super) fn describe(document: &mut Value) {
    let stream = &mut document["paths"]["/v1/live"]["get"]["responses"]["200"]["content"]["text/event-stream"];
    stream["schema"] = json!({
        "type": "string",
        "description": "Events one after the other: `event` names the kind, `data` is its JSON in one line, `id` a position",
        "contentMediaType": "text/event-stream",
        "contentSchema": { "$ref": "#/components/schemas/LiveEvent" },
    });
}
