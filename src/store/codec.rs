//! How an event's data looks in its row: personal fields sealed, everything else as it is.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Store;
use super::seal::SubjectKey;
use crate::application::ports::{Answer, Unavailable};
use crate::domain::ids::{EventId, SubjectId, TenantId};

const CLEAR: &str = "$p";
const SEALED: &str = "$s";

impl Store {
    /// Seals the personal fields of an event's data, each under its subject's key.
    pub(super) async fn seal_event(
        &self,
        tenant: TenantId,
        event: EventId,
        payload: &mut Value,
    ) -> Result<(), Unavailable> {
        for path in paths_to(payload, CLEAR) {
            let Some(field) = payload.pointer_mut(&path) else { continue };
            let subject = subject_of(&field[CLEAR]["subject"])?;
            let plain = field[CLEAR].get("value").map(Value::to_string);
            let (nonce_and_text, is_live) = match (self.subject_key(tenant, subject).await?, plain)
            {
                (SubjectKey::Live(key), Some(plain)) => {
                    (key.seal(plain.as_bytes(), &context(event, &path)), true)
                }
                (SubjectKey::Live(_) | SubjectKey::Destroyed, _) => (Vec::new(), false),
            };
            *field = json!({ SEALED: subject });
            if is_live {
                field["c"] = BASE64_STANDARD.encode(nonce_and_text).into();
            }
        }
        Ok(())
    }

    /// Opens them again. What was sealed under a destroyed key has no value any more.
    pub(super) async fn open_event(
        &self,
        tenant: TenantId,
        event: EventId,
        payload: &mut Value,
    ) -> Result<(), Unavailable> {
        for path in paths_to(payload, SEALED) {
            let Some(field) = payload.pointer_mut(&path) else { continue };
            let subject = subject_of(&field[SEALED])?;
            let sealed = field
                .get("c")
                .and_then(Value::as_str)
                .and_then(|text| BASE64_STANDARD.decode(text).ok());
            let value = match (self.subject_key(tenant, subject).await?, sealed) {
                (SubjectKey::Live(key), Some(sealed)) => key
                    .open(&sealed, &context(event, &path))
                    .ok()
                    .and_then(|plain| serde_json::from_slice::<Value>(&plain).ok()),
                (SubjectKey::Live(_) | SubjectKey::Destroyed, _) => None,
            };
            let mut inner = Map::from_iter([("subject".to_owned(), json!(subject))]);
            if let Some(value) = value {
                inner.insert("value".to_owned(), value);
            }
            *field = json!({ CLEAR: inner });
        }
        Ok(())
    }
}

/// Whose personal fields this data has, each once.
pub(super) fn subjects_in(payload: &Value) -> Vec<Uuid> {
    let fields = paths_to(payload, CLEAR).into_iter().filter_map(|path| payload.pointer(&path));
    let mut subjects: Vec<Uuid> = fields
        .filter_map(|field| subject_of(&field[CLEAR]["subject"]).ok())
        .map(SubjectId::as_uuid)
        .collect();
    subjects.sort_unstable();
    subjects.dedup();
    subjects
}

/// Under whose keys fields of this data are sealed.
pub(super) fn subjects_sealing(data: &Value) -> Vec<SubjectId> {
    let fields = paths_to(data, SEALED).into_iter().filter_map(|path| data.pointer(&path));
    fields.filter_map(|field| subject_of(&field[SEALED]).ok()).collect()
}

/// JSON pointers to all objects that have this key, outermost first.
fn paths_to(value: &Value, key: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut open = vec![(String::new(), value)];
    while let Some((path, value)) = open.pop() {
        match value {
            Value::Object(fields) if fields.contains_key(key) => paths.push(path),
            Value::Object(fields) => {
                open.extend(fields.iter().map(|(name, value)| {
                    (format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")), value)
                }));
            }
            Value::Array(items) => open.extend(
                items.iter().enumerate().map(|(index, value)| (format!("{path}/{index}"), value)),
            ),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    paths
}

fn subject_of(value: &Value) -> Result<SubjectId, Unavailable> {
    serde_json::from_value(value.clone())
        .map_err(|error| Unavailable { what: "a personal field", reason: error.to_string() })
}

/// A sealed field opens in its own event and place only.
fn context(event: EventId, path: &str) -> Vec<u8> {
    [event.as_uuid().as_bytes(), path.as_bytes()].concat()
}

/// An answer as a delivery's row keeps it.
pub(super) fn answer_to_row(answer: &Answer) -> Value {
    json!({ "status": answer.status, "content_type": answer.content_type, "body": BASE64_STANDARD.encode(&answer.body) })
}

/// The answer that a delivery's row keeps.
pub(super) fn answer_from_row(row: &Value) -> Answer {
    let content_type = match row["content_type"].as_str() {
        Some("application/json") => Some("application/json"),
        Some("application/xml") => Some("application/xml"),
        Some("text/xml") => Some("text/xml"),
        Some(_) | None => None,
    };
    let body =
        row["body"].as_str().and_then(|text| BASE64_STANDARD.decode(text).ok()).unwrap_or_default();
    let status =
        row["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
    Answer { status, content_type, body: body.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_fields_are_found_however_deep() {
        let payload =
            json!({ "a": [{ "b/c": { "$p": { "subject": 1 } } }], "d": { "$p": {} }, "e": 1 });
        let mut paths = paths_to(&payload, CLEAR);
        paths.sort();

        assert_eq!(paths, ["/a/0/b~1c", "/d"]);
        assert!(paths.iter().all(|path| payload.pointer(path).is_some()));
    }

    #[test]
    fn an_answer_comes_back_byte_for_byte() {
        for content_type in
            [None, Some("application/json"), Some("application/xml"), Some("text/xml")]
        {
            let answer = Answer { status: 200, content_type, body: vec![0, 255, b'['].into() };

            assert_eq!(answer_from_row(&answer_to_row(&answer)), answer);
        }
    }
}
