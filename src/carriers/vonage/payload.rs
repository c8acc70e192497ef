//! What a webhook's signature covers: the hash of its body or of its query, in each way that Vonage may have written it.

use std::borrow::Cow;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::urls::SEQUENCE;

/// What was signed.
#[derive(Clone)]
pub(super) enum Content {
    /// The query's parameters, in order.
    Parameters(Vec<(String, String)>),
    /// JSON, byte for byte as it was hashed.
    Body(Bytes),
}

impl Content {
    /// In the one way that all spellings of it share.
    pub(super) fn as_hashed(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Body(body) => body.as_ref().into(),
            Self::Parameters(parameters) => {
                json_object(parameters, Escapes::None).into_bytes().into()
            }
        }
    }
}

/// The body as it was hashed: byte for byte, or without the white space between its tokens, as the support article has it.
/// In that case the rest is done with the compact text, so that white space can not make a new delivery of an old one.
pub(super) fn signed_body(body: Bytes, hash: Option<&str>) -> Option<Content> {
    let Some(hash) = hash else { return Some(Content::Body(body)) };
    if is_hash_of(hash, &body) {
        return Some(Content::Body(body));
    }
    let compact = compact_json(&body);
    if is_hash_of(hash, &compact) {
        return Some(Content::Body(compact.into()));
    }
    None
}

/// The query's parameters, if the JSON object that they make, in order and all as strings, was hashed.
/// Whether it holds our own parameter, and how it spells letters outside ASCII, no document says: all ways are tried.
pub(super) fn signed_parameters(query: &str, body: &[u8], hash: Option<&str>) -> Option<Content> {
    // A body would not have been signed, nor would the second of two parameters of one name be sure to count.
    let all = if body.is_empty() { parameters(query) } else { None }?;
    let theirs: Vec<_> = all.iter().filter(|(name, _)| name != SEQUENCE).cloned().collect();
    let signed = hash.is_none_or(|hash| {
        [&all, &theirs].into_iter().any(|parameters| {
            Escapes::ALL
                .into_iter()
                .any(|escapes| is_hash_of(hash, json_object(parameters, escapes).as_bytes()))
        })
    });
    signed.then_some(Content::Parameters(all))
}

fn is_hash_of(hash: &str, payload: &[u8]) -> bool {
    hex::encode(Sha256::digest(payload)).as_bytes().ct_eq(hash.as_bytes()).into()
}

/// JSON without white space between its tokens. Of what is no JSON it makes something that is none either, or another hash.
fn compact_json(text: &[u8]) -> Vec<u8> {
    let mut compact = Vec::with_capacity(text.len());
    let mut in_string = false;
    let mut escaped = false;
    for &byte in text {
        let is_space = matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        if in_string || !is_space {
            compact.push(byte);
        }
        let is_quote = byte == b'"' && !escaped;
        escaped = in_string && byte == b'\\' && !escaped;
        in_string ^= is_quote;
    }
    compact
}

/// Decodes a query. `None` where it is no UTF-8, wrongly escaped, or says something twice.
fn parameters(query: &str) -> Option<Vec<(String, String)>> {
    const PARAMETERS_MAX: usize = 128;
    let mut parameters: Vec<(String, String)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = form_decoded(name)?;
        if parameters.len() == PARAMETERS_MAX || parameters.iter().any(|(other, _)| *other == name)
        {
            return None;
        }
        parameters.push((name, form_decoded(value)?));
    }
    Some(parameters)
}

fn form_decoded(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
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

/// How letters outside ASCII are spelt in JSON.
#[derive(Clone, Copy)]
enum Escapes {
    None,
    Lower,
    Upper,
}

impl Escapes {
    const ALL: [Self; 3] = [Self::None, Self::Lower, Self::Upper];
}

fn json_object(parameters: &[(String, String)], escapes: Escapes) -> String {
    let mut object = String::from("{");
    for (name, value) in parameters {
        if object.len() > 1 {
            object.push(',');
        }
        push_json_string(&mut object, name, escapes);
        object.push(':');
        push_json_string(&mut object, value, escapes);
    }
    object.push('}');
    object
}

fn push_json_string(object: &mut String, text: &str, escapes: Escapes) {
    let plain = serde_json::Value::from(text).to_string();
    let mut units = [0; 2];
    for c in plain.chars() {
        match escapes {
            _ if c.is_ascii() => object.push(c),
            Escapes::None => object.push(c),
            Escapes::Lower => {
                c.encode_utf16(&mut units)
                    .iter()
                    .for_each(|unit| object.push_str(&format!("\\u{unit:04x}")));
            }
            Escapes::Upper => {
                c.encode_utf16(&mut units)
                    .iter()
                    .for_each(|unit| object.push_str(&format!("\\u{unit:04X}")));
            }
        }
    }
}
