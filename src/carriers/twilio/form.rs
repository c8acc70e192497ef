//! The parameters of a webhook, as Twilio writes them: a form in the body, or in the query of a GET.

use std::collections::BTreeMap;

/// So many parameters are read at most: Twilio sends some forty.
const PARAMETERS_MAX: usize = 256;

/// Names and their values, decoded and untrimmed. Of a name that comes several times each value counts once and in no order:
/// neither is signed.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Form(BTreeMap<String, Vec<String>>);

/// Hidden: it holds who called whom.
impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Form({} parameters)", self.0.len())
    }
}

impl Form {
    /// Reads a form. `None` where it is none that Twilio would write: a parameter without `=` or name, a wrong escape, no UTF-8,
    /// or too much of it. Parameters are signed without separators, so what is read in two ways must not be read at all.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let mut form = BTreeMap::<String, Vec<String>>::new();
        let mut parameters = 0;
        for pair in text.split(|&byte| byte == b'&') {
            if pair.is_empty() && text.is_empty() {
                break;
            }
            let equals = pair.iter().position(|&byte| byte == b'=')?;
            let (name, value) = (decoded(&pair[..equals])?, decoded(&pair[equals + 1..])?);
            parameters += 1;
            if name.is_empty() || parameters > PARAMETERS_MAX {
                return None;
            }
            let values = form.entry(name).or_default();
            if let Err(place) = values.binary_search(&value) {
                values.insert(place, value);
            }
        }
        Some(Self(form))
    }

    /// Names in order, each with its values in order.
    pub(super) fn signed(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }

    /// The value of a parameter that has one. The empty text is none.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name)?.as_slice() {
            [value] if !value.is_empty() => Some(value),
            // Which of several counts nobody has signed.
            _ => None,
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// The first value of a query's parameter. Unlike a form a query may hold anything.
pub(super) fn query_value(query: &str, name: &str) -> Option<String> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(other, _)| *other == name)
        .and_then(|(_, value)| decoded(value.as_bytes()))
}

fn decoded(text: &[u8]) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'=' => return None,
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                let mut byte = [0];
                hex::decode_to_slice(digits, &mut byte).ok()?;
                byte[0]
            }
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_untrimmed_and_with_its_empty_values() {
        let form = Form::read(b"Body=+a%20b+&FromZip=&Name=Jos%C3%A9").unwrap();

        assert_eq!(form.text("Body"), Some(" a b "));
        assert_eq!(form.text("FromZip"), None);
        assert!(form.has("FromZip"));
        assert_eq!(form.text("Name"), Some("José"));
        assert_eq!(Form::read(b""), Some(Form::default()));
    }

    #[test]
    fn what_twilio_would_not_write_is_not_read() {
        for text in
            ["a", "a&b=1", "=1", "a=1&", "&a=1", "a=1&&b=2", "a=%4", "a=%zz", "a=%ff", "a=b=c"]
        {
            assert!(Form::read(text.as_bytes()).is_none(), "{text}");
        }
        let many = |count| vec!["a=1"; count].join("&").into_bytes();
        assert!(Form::read(&many(PARAMETERS_MAX)).is_some());
        assert!(Form::read(&many(PARAMETERS_MAX + 1)).is_none());
    }

    #[test]
    fn of_several_values_none_counts_unless_they_say_the_same() {
        let form = Form::read(b"Digits=1&Digits=2&To=3&To=3").unwrap();

        assert_eq!(form.text("Digits"), None);
        assert_eq!(form.text("To"), Some("3"));
        assert_eq!(Some(form), Form::read(b"To=3&Digits=2&Digits=1&Digits=2"));
    }
}
