//! Personal data inside events: it names whose it is, so that the store can seal it under that person's key.

use serde::{Deserialize, Serialize};

use super::ids::SubjectId;

/// A piece of data about a person. Erasing the person erases it from every event, for ever.
///
/// In JSON it is an object with the one key `$p`; the store's codec replaces that object by a sealed one and back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Personal<T> {
    #[serde(rename = "$p")]
    inner: Inner<T>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Inner<T> {
    subject: SubjectId,
    /// Absent once the subject's key is destroyed.
    #[serde(default = "erased", skip_serializing_if = "Option::is_none")]
    value: Option<T>,
}

fn erased<T>() -> Option<T> {
    None
}

impl<T> Personal<T> {
    /// Data about `subject`.
    pub fn of(subject: SubjectId, value: T) -> Self {
        Self { inner: Inner { subject, value: Some(value) } }
    }

    /// Whose data it is.
    pub fn subject(&self) -> SubjectId {
        self.inner.subject
    }

    /// The data, unless the person was erased.
    pub fn value(&self) -> Option<&T> {
        self.inner.value.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn data_about_a_person_says_whose_it_is_and_is_gone_once_they_are_erased() {
        let subject = SubjectId::from_uuid(Uuid::from_u128(5));
        let name = Personal::of(subject, "Ada".to_owned());
        let mut written = serde_json::to_value(&name).unwrap();
        assert_eq!(written, json!({ "$p": { "subject": subject, "value": "Ada" } }));

        written["$p"] = json!({ "subject": subject });
        let erased: Personal<String> = serde_json::from_value(written.clone()).unwrap();

        assert_eq!((name.subject(), name.value()), (subject, Some(&"Ada".to_owned())));
        assert_eq!((erased.subject(), erased.value()), (subject, None));
        assert_eq!(serde_json::to_value(&erased).unwrap(), written);
    }
}
