//! Who stands on both sides of sipgate's wire in these tests: an account, a key that signs as sipgate's does, and a voice, written from the
//! carrier's document.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use rsa::pkcs8::{EncodePublicKey, LineEnding};
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use sha2::{Digest, Sha256};
use url::form_urlencoded;
use vestibule::carriers::sipgate::{
    Credentials, PromptUrls, Signing, TrustedKeys, Unverified, Verified,
};
use vestibule::domain::call::script::Step;
use vestibule::domain::ids::TenantId;

pub use crate::vonage_people::{HandClock, NOON, PUBLIC_URL, TOKEN, account, call, leg};

pub const ACCOUNT: &str = "7654321";
pub const TOKEN_ID: &str = "token-AB12CD";
pub const ACCESS_TOKEN: &str = "test-access-token-of-an-account-that-is-none";
/// As long as they are.
pub const CALL: &str =
    "54566B150B0C0D3A5D534D5F565D7C5F54535A5C5B53525A7E5B5D5745504457444C425D5000";
pub const PATH: &str = "/hooks/sipgate/nobody-guesses-this";

pub type Pairs<'a> = [(&'a str, &'a str)];

/// What signs here in place of sipgate. The pieces of PKCS#1 v1.5 are put together by hand, as another hand than the one that is tested.
pub struct Signer(RsaPrivateKey);

pub static SIPGATE: LazyLock<Signer> = LazyLock::new(Signer::new);

impl Signer {
    pub fn new() -> Self {
        Self(RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).expect("a key"))
    }

    pub fn sign(&self, body: &[u8]) -> String {
        let name = hex::decode("3031300d060960864801650304020105000420").expect("hexadecimal");
        let scheme = Pkcs1v15Sign { hash_len: Some(32), prefix: name.into() };
        STANDARD.encode(self.0.sign(scheme, &Sha256::digest(body)).expect("a signature"))
    }

    pub fn pem(&self) -> String {
        self.0.to_public_key().to_public_key_pem(LineEnding::LF).expect("a key")
    }

    pub fn trusted(&self) -> TrustedKeys {
        TrustedKeys::from_pems(&self.pem()).expect("a key")
    }
}

/// Says of each prompt in its URL what is heard.
#[derive(Debug)]
pub struct Voice;

impl PromptUrls for Voice {
    fn of(&self, _tenant: TenantId, audible: &[Step]) -> Option<String> {
        let words = audible.iter().map(|step| match step {
            Step::Say(speech) => speech.text.replace(' ', "-"),
            Step::Tones { tones } => format!("tones{tones}"),
            Step::Pause { seconds } => format!("pause{seconds}"),
            other => format!("{other:?}"),
        });
        let words = words.collect::<Vec<_>>().join("~");
        (!words.is_empty()).then(|| format!("{PUBLIC_URL}/sounds/prompts/{words}.wav"))
    }
}

pub fn tenant() -> TenantId {
    TenantId::from_uuid(uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_00d1))
}

pub fn credentials() -> Credentials {
    Credentials {
        account_number: ACCOUNT.to_owned(),
        token_id: TOKEN_ID.to_owned(),
        token: ACCESS_TOKEN.into(),
        device_id: Some("e0".to_owned()),
    }
}

pub fn form(pairs: &Pairs<'_>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// A push to a path and query, signed.
pub fn pushed(target: &str, pairs: &Pairs<'_>) -> Unverified {
    let body = form(pairs);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Unverified {
        path: path.to_owned(),
        query: query.to_owned(),
        signature: vec![SIPGATE.sign(body.as_bytes())],
        body: Bytes::from(body),
    }
}

/// A push that nobody has to sign.
pub fn believed(body: impl Into<Bytes>) -> Verified {
    let unverified = Unverified {
        path: PATH.to_owned(),
        query: String::new(),
        signature: vec![],
        body: body.into(),
    };
    unverified
        .verify(&credentials(), Signing::Off, &TrustedKeys::default())
        .expect("nothing is checked")
}
