//! sipgate's XML, typed: a response with at most one action, written so that nothing in a text can break out of it.

use std::fmt;

/// An answer. Several actions in a row are not documented: there is one, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Response {
    /// Where it is told that somebody picked up, and that the call is over. Who does not ask is not told.
    pub(super) told_at: String,
    /// Without one the call goes on as the account is set up.
    pub(super) action: Option<Action>,
}

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Rings numbers at once.
    Dial {
        /// Digits, without `+`.
        caller: String,
        /// Likewise.
        numbers: Vec<String>,
    },
    /// Plays a sound, then waits for keys; a key ends the sound.
    Gather {
        /// Where the keys are told.
        on_data: String,
        digits_max: u8,
        timeout_ms: u32,
        /// A sound to fetch.
        play: Option<String>,
    },
    /// Before anything else was done.
    Reject,
    Hangup,
}

/// As XML.
impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told_at = Escaped(&self.told_at);
        write!(
            f,
            r#"<?xml version="1.0" encoding="UTF-8"?><Response onAnswer="{told_at}" onHangup="{told_at}""#
        )?;
        match &self.action {
            Some(action) => write!(f, ">{action}</Response>"),
            None => f.write_str("/>"),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dial { caller, numbers } => {
                write!(f, r#"<Dial callerId="{}">"#, Escaped(caller))?;
                for number in numbers {
                    write!(f, "<Number>{}</Number>", Escaped(number))?;
                }
                f.write_str("</Dial>")
            }
            Self::Gather { on_data, digits_max, timeout_ms, play } => {
                let on_data = Escaped(on_data);
                write!(
                    f,
                    r#"<Gather onData="{on_data}" maxDigits="{digits_max}" timeout="{timeout_ms}""#
                )?;
                match play {
                    Some(url) => {
                        write!(f, "><Play><Url>{}</Url></Play></Gather>", Escaped(url))
                    }
                    None => f.write_str("/>"),
                }
            }
            Self::Reject => f.write_str(r#"<Reject reason="rejected"/>"#),
            Self::Hangup => f.write_str("<Hangup/>"),
        }
    }
}

/// A text inside an element or an attribute. Characters that XML 1.0 does not have are left out.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&apos;")?,
                '\t' | '\n' | '\r' => write!(f, "&#{};", u32::from(c))?,
                '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_breaks_out_of_its_place(text in "\\PC*|[<>&\"']{0,9}|[\\x00-\\x1f]{0,9}") {
            let gather = Action::Gather {
                on_data: text.clone(),
                digits_max: 1,
                timeout_ms: 900,
                play: Some(text.clone()),
            };
            let written = Response { told_at: text.clone(), action: Some(gather) }.to_string();

            let document = roxmltree::Document::parse(&written).unwrap();

            let response = document.root_element();
            let gather = response.first_child().unwrap();
            let url = gather.descendants().find(|node| node.has_tag_name("Url")).unwrap();
            let readable: String = text
                .chars()
                .filter(|c| matches!(c, '\t' | '\n' | '\r') || (!c.is_control() || *c > '\u{1f}'))
                .filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}'))
                .collect();
            prop_assert_eq!(response.attribute("onHangup"), Some(readable.as_str()));
            prop_assert_eq!(gather.attribute("onData"), Some(readable.as_str()));
            prop_assert_eq!(url.text().unwrap_or_default(), readable);
            prop_assert_eq!(document.descendants().filter(roxmltree::Node::is_element).count(), 4);
        }
    }
}
