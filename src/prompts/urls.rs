//! Where prompts are fetched: a name that nobody guesses, that tells strangers nothing, and that tells us everything. What is heard is
//! sealed into it, always the same way, so that equal prompts have one name, and no table is asked what a name means.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;

use super::prompt::{Part, Prompt};
use crate::domain::call::script::{Sound, Speech};
use crate::domain::call::sentences::Sentence;
use crate::domain::ids::TenantId;

/// Below the public URL.
const FOLDER: &str = "/sounds/prompts/";
const ENDING: &str = ".wav";
/// What every carrier takes.
const URL_MAX: usize = 1_800;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
/// The shape of what is sealed.
const SHAPE: u8 = 1;
/// Authenticated, so that nothing else under the same key is taken for a name.
const CONTEXT: &[u8] = b"prompt name";

/// Names prompts, and reads their names. Cheap to clone; naming one is two passes over its words.
#[derive(Clone)]
pub struct PromptUrls {
    base: Arc<str>,
    cipher: XChaCha20Poly1305,
    nonces: Hmac<Sha256>,
}

impl fmt::Debug for PromptUrls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PromptUrls").field("base", &self.base).finish_non_exhaustive()
    }
}

impl PromptUrls {
    /// Below this public URL, under a key that is used for nothing else.
    pub fn new(public_url: &str, key: &[u8; 32]) -> Self {
        let mac = |key: &[u8]| {
            <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("any length is a key")
        };
        let derived = |purpose: &[u8]| -> [u8; 32] {
            mac(key).chain_update(purpose).finalize().into_bytes().into()
        };
        Self {
            base: format!("{}{FOLDER}", public_url.trim_end_matches('/')).into(),
            cipher: XChaCha20Poly1305::new(&derived(b"encryption").into()),
            nonces: mac(&derived(b"nonce")),
        }
    }

    /// Where a carrier fetches this prompt of this firm's. Sentences are cut so that the URL stays short enough for every carrier.
    pub fn of(&self, tenant: TenantId, prompt: &Prompt) -> String {
        let sealed = self.seal(&written(tenant, prompt, self.plain_max()));
        format!("{}{}{ENDING}", self.base, BASE64_URL_SAFE_NO_PAD.encode(sealed))
    }

    /// What a name means, without folder and ending; nothing, if it is none of ours.
    pub fn open(&self, name: &str) -> Option<(TenantId, Prompt)> {
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(name).ok()?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: CONTEXT };
        let plain = self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()?;
        read(&plain)
    }

    /// The nonce is made of the words themselves: equal prompts have equal names, and different ones never share a nonce.
    fn seal(&self, plain: &[u8]) -> Vec<u8> {
        let digest: [u8; 32] =
            self.nonces.clone().chain_update(plain).finalize().into_bytes().into();
        let nonce = digest.first_chunk::<NONCE_BYTES>().expect("32 bytes hold 24");
        let payload = Payload { msg: plain, aad: CONTEXT };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(*nonce), payload)
            .expect("encrypting fails only past 256 GiB");
        [nonce.as_slice(), &sealed].concat()
    }

    fn plain_max(&self) -> usize {
        let name = URL_MAX.saturating_sub(self.base.len() + ENDING.len());
        (name * 3 / 4).saturating_sub(NONCE_BYTES + TAG_BYTES)
    }
}

const SPEECH: u8 = 0;
const TONES: u8 = 1;
const PAUSE: u8 = 2;
const HOLD_MUSIC: u8 = 3;

/// A prompt as bytes, of which there are so many at most: what is too long is cut off the end of sentences, the later ones first.
fn written(tenant: TenantId, prompt: &Prompt, bytes_max: usize) -> Vec<u8> {
    let head = [&[SHAPE], tenant.as_uuid().as_bytes().as_slice()].concat();
    let sentences: Vec<Option<Sentence>> = prompt
        .parts()
        .iter()
        .map(|part| match part {
            Part::Speech(speech) => Sentence::of(speech),
            Part::Tones(_) | Part::Pause { .. } | Part::Sound(_) => None,
        })
        .collect();
    let parts = || prompt.parts().iter().zip(&sentences);
    let words: usize = sentences.iter().flatten().map(|sentence| sentence.text().len()).sum();
    let whole =
        head.len() + parts().map(|part| written_part(part, usize::MAX).len()).sum::<usize>();
    let mut left = bytes_max.saturating_sub(whole - words);
    let mut bytes = head;
    for part in parts() {
        bytes.extend(written_part(part, left));
        left = left.saturating_sub(part.1.as_ref().map_or(0, |sentence| sentence.text().len()));
    }
    bytes
}

fn written_part((part, sentence): (&Part, &Option<Sentence>), words_max: usize) -> Vec<u8> {
    match (part, sentence) {
        (Part::Speech(_), Some(sentence)) => {
            let text = sentence.text();
            let text = &text[..text.floor_char_boundary(words_max.min(text.len()))];
            let length = u16::try_from(text.len()).expect("a sentence has 800 bytes at most");
            let language = short(sentence.language());
            [&[SPEECH], &*language, &length.to_le_bytes(), text.as_bytes()].concat()
        }
        (Part::Speech(_), None) => Vec::new(),
        (Part::Tones(keys), _) => [&[TONES], &*short(keys)].concat(),
        (Part::Pause { seconds }, _) => vec![PAUSE, *seconds],
        (Part::Sound(Sound::HoldMusic), _) => vec![HOLD_MUSIC],
    }
}

/// A text of up to 64 bytes, with its length: longer ones are neither languages nor keys.
fn short(text: &str) -> Vec<u8> {
    let text = &text[..text.floor_char_boundary(text.len().min(64))];
    let length = u8::try_from(text.len()).expect("64 at most");
    [&[length], text.as_bytes()].concat()
}

fn read(plain: &[u8]) -> Option<(TenantId, Prompt)> {
    let (shape, rest) = plain.split_first()?;
    let (tenant, mut rest) = rest.split_first_chunk::<16>()?;
    if *shape != SHAPE {
        return None;
    }
    let mut parts = Vec::new();
    while let Some((kind, body)) = rest.split_first() {
        let (part, behind) = read_part(*kind, body)?;
        parts.push(part);
        rest = behind;
    }
    Some((TenantId::from(Uuid::from_bytes(*tenant)), Prompt::of(parts)))
}

fn read_part(kind: u8, body: &[u8]) -> Option<(Part, &[u8])> {
    match kind {
        SPEECH => {
            let (language, rest) = read_short(body)?;
            let (length, rest) = rest.split_first_chunk::<2>()?;
            let (text, rest) = rest.split_at_checked(u16::from_le_bytes(*length).into())?;
            let text = String::from_utf8(text.to_vec()).ok()?;
            Some((Part::Speech(Speech { text, language }), rest))
        }
        TONES => read_short(body).map(|(keys, rest)| (Part::Tones(keys), rest)),
        PAUSE => {
            body.split_first().map(|(seconds, rest)| (Part::Pause { seconds: *seconds }, rest))
        }
        HOLD_MUSIC => Some((Part::Sound(Sound::HoldMusic), body)),
        _ => None,
    }
}

fn read_short(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = bytes.split_first()?;
    let (text, rest) = rest.split_at_checked(usize::from(*length))?;
    Some((String::from_utf8(text.to_vec()).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn urls() -> PromptUrls {
        PromptUrls::new("https://door.example/", &[7; 32])
    }

    fn tenant() -> TenantId {
        TenantId::from(Uuid::from_u128(7))
    }

    fn speech(text: &str) -> Part {
        Part::Speech(Speech { text: text.into(), language: "en-gb".into() })
    }

    fn name(url: &str) -> &str {
        url.strip_prefix("https://door.example/sounds/prompts/")
            .and_then(|name| name.strip_suffix(".wav"))
            .expect("a prompt's URL")
    }

    #[test]
    fn equal_prompts_have_one_name_and_different_ones_none_in_common() {
        let hello = Prompt::of([speech("Calling unit 1204."), Part::Pause { seconds: 1 }]);
        let url = urls().of(tenant(), &hello);

        assert_eq!(url, urls().of(tenant(), &hello.clone()));
        assert_eq!(urls().open(name(&url)), Some((tenant(), hello.clone())));
        let another = TenantId::from(Uuid::from_u128(8));
        assert_ne!(url, urls().of(another, &hello));
        assert_ne!(url, urls().of(tenant(), &hello.then(Part::Tones("9".into()))));
        assert!(name(&url).bytes().all(|c| c.is_ascii_alphanumeric() || b"-_".contains(&c)));
        assert!(!url.contains("1204"));
    }

    #[test]
    fn a_name_opens_under_its_own_key_and_unchanged_only() {
        let url = urls().of(tenant(), &Prompt::of([speech("Hello.")]));
        let name = name(&url);

        let other = PromptUrls::new("https://door.example", &[8; 32]);
        assert_eq!(other.open(name), None);
        for at in [0, 10, 30, 40, name.len() - 1] {
            let mut changed = name.as_bytes().to_vec();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(urls().open(std::str::from_utf8(&changed).unwrap()), None, "{at}");
        }
        for nonsense in ["", "A", "../../etc/passwd", &"A".repeat(4_000), &name[1..], "ö"] {
            assert_eq!(urls().open(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_url_stays_short_and_what_is_no_sentence_is_kept() {
        let long = "Bitte läuten Sie öfter. ".repeat(200);
        let prompt = Prompt::of([
            speech(&long),
            speech(&long),
            Part::Pause { seconds: 3 },
            Part::Tones("9".into()),
        ]);

        let url = urls().of(tenant(), &prompt);
        let (_, opened) = urls().open(name(&url)).unwrap();

        assert!(url.len() <= URL_MAX && url.len() > URL_MAX - 20, "{}", url.len());
        let (first, second) = (&opened.parts()[0], &opened.parts()[1]);
        let Part::Speech(first) = first else { panic!("{first:?}") };
        assert_eq!(
            Sentence::of(first).map(|it| it.hash()),
            Sentence::of(&Speech { text: long, ..first.clone() }).map(|it| it.hash())
        );
        assert!(matches!(second, Part::Speech(second) if second.text.len() < first.text.len()));
        assert_eq!(opened.parts()[2..], prompt.parts()[2..]);
    }

    fn any_part() -> impl Strategy<Value = Part> {
        prop_oneof![
            "[a-zA-Zäöü0-9,.!? ]{1,60}".prop_filter_map("nothing to say", |text| {
                let sentence = Sentence::of(&Speech { text, language: "de-DE".into() })?;
                Some(Part::Speech(Speech {
                    text: sentence.text().to_owned(),
                    language: sentence.language().to_owned(),
                }))
            }),
            "[0-9*#p]{1,32}".prop_map(Part::Tones),
            any::<u8>().prop_map(|seconds| Part::Pause { seconds }),
            Just(Part::Sound(Sound::HoldMusic)),
        ]
    }

    proptest! {
        #[test]
        fn what_was_named_is_what_is_opened(parts in proptest::collection::vec(any_part(), 0..8)) {
            let prompt = Prompt::of(parts);
            let url = urls().of(tenant(), &prompt);
            prop_assert_eq!(urls().open(name(&url)), Some((tenant(), prompt)));
        }

        #[test]
        fn nothing_else_opens(name in "[A-Za-z0-9_-]{0,200}") {
            prop_assert_eq!(urls().open(&name), None);
        }
    }
}
