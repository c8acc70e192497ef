//! The fields of a push, as sipgate writes them: a form, in which lists are names that come again and end in `[]`.

use url::form_urlencoded;

/// So many fields are read at most: sipgate sends some twelve, and one more for each phone of a line.
const FIELDS_MAX: usize = 256;

/// Names and values, decoded, in the order in which they came.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Form(Vec<(String, String)>);

/// Hidden: it holds who called whom.
impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Form({} fields)", self.0.len())
    }
}

impl Form {
    /// Reads a form. Whatever it is, it is signed as a whole, so that nothing hangs on how it is read. `None`: too much of it.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let fields: Vec<_> =
            form_urlencoded::parse(text).into_owned().take(FIELDS_MAX + 1).collect();
        (fields.len() <= FIELDS_MAX).then_some(Self(fields))
    }

    /// The first value of a field, trimmed. The empty text is none.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(other, _)| other == name)?.1.trim();
        (!value.is_empty()).then_some(value)
    }

    /// The values of a list, in order, without those that are empty: a line without users comes with one such.
    pub(super) fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        let values = self.0.iter().filter(move |(other, _)| other.strip_suffix("[]") == Some(name));
        values.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_keep_their_order_and_what_comes_twice() {
        let form = Form::read(
            b"event=newCall&user%5B%5D=Haus+7&user%5B%5D=B%C3%BCro&user[]=Haus+7&user[]=&user=x",
        )
        .unwrap();

        assert_eq!(form.list("user").collect::<Vec<_>>(), ["Haus 7", "Büro", "Haus 7"]);
        assert_eq!(form.text("user"), Some("x"));
        assert_eq!(form.text("event"), Some("newCall"));
        assert_eq!(form.text("from"), None);
    }

    #[test]
    fn whatever_it_is_it_is_read_or_too_much() {
        for text in [&b""[..], b"a", b"&&=&", b"a=%zz", b"a=%ff", b"=1"] {
            assert!(Form::read(text).is_some(), "{text:?}");
        }
        let many = |count| vec!["a=1"; count].join("&").into_bytes();
        assert!(Form::read(&many(FIELDS_MAX)).is_some());
        assert!(Form::read(&many(FIELDS_MAX + 1)).is_none());
    }
}
