//! The chain: each event's hash holds the one before, so that none can be changed, dropped or moved without all after it.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::canonical::canonical;
use crate::domain::ids::TenantId;

/// What the first hash is made of, with the firm's id.
const GENESIS: &[u8] = b"vestibule audit chain 1";

/// A hash of the chain; 64 hexadecimal digits in text.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash([u8; 32]);

/// An event as it is stored, personal fields sealed: what its hash covers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedEvent {
    /// Its place among all firms' events.
    pub position: i64,
    /// Unique.
    pub event_id: Uuid,
    /// Its stream.
    pub stream: Uuid,
    /// Its place in its stream.
    pub version: i32,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The version of its shape.
    pub schema_version: i16,
    /// Its data, as stored.
    pub payload: Value,
    /// Who caused it.
    pub actor: Value,
    /// When it was stored, in microseconds since 1970.
    pub recorded_at_us: i64,
}

/// Where a chain is: after so many of a firm's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// How many of the firm's events it has.
    pub events: i64,
    /// The last one's position; 0: none yet.
    pub position: i64,
    /// The last one's hash.
    pub hash: Hash,
}

impl Head {
    /// Before a firm's first event. Another firm's chain begins otherwise, so neither can pass for the other.
    pub fn genesis(tenant: TenantId) -> Self {
        let digest = Sha256::new()
            .chain_update(GENESIS)
            .chain_update(tenant.as_uuid().as_bytes())
            .finalize();
        Self { events: 0, position: 0, hash: Hash(digest.into()) }
    }

    /// After this event.
    pub fn then(&self, event: &SealedEvent) -> Self {
        let digest = Sha256::new().chain_update(self.hash.0).chain_update(event.bytes()).finalize();
        Self { events: self.events + 1, position: event.position, hash: Hash(digest.into()) }
    }
}

impl SealedEvent {
    /// The bytes that are hashed: its fields in this order, as canonical JSON.
    fn bytes(&self) -> Vec<u8> {
        let fields = json!([
            self.position,
            self.event_id,
            self.stream,
            self.version,
            self.kind,
            self.schema_version,
            self.payload,
            self.actor,
            self.recorded_at_us,
        ]);
        canonical(&fields).into_bytes()
    }
}

impl Hash {
    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// These bytes, if they are a hash's.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for Hash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = hex::decode(text).map_err(|_| "not hexadecimal")?;
        Self::from_bytes(&bytes).ok_or("not 32 bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(position: i64) -> SealedEvent {
        SealedEvent {
            position,
            event_id: Uuid::from_u128(1),
            stream: Uuid::from_u128(2),
            version: 1,
            kind: "CallRang".into(),
            schema_version: 1,
            payload: json!({ "data": { "caller": { "$s": "x", "c": "AAAA" } } }),
            actor: json!({ "k": "worker" }),
            recorded_at_us: 1,
        }
    }

    #[test]
    fn every_field_of_an_event_counts() {
        let genesis = Head::genesis(TenantId::from_uuid(Uuid::from_u128(7)));
        let whole = genesis.then(&event(1)).hash;
        let changed = [
            SealedEvent { position: 2, ..event(1) },
            SealedEvent { event_id: Uuid::nil(), ..event(1) },
            SealedEvent { stream: Uuid::nil(), ..event(1) },
            SealedEvent { version: 2, ..event(1) },
            SealedEvent { kind: "CallRung".into(), ..event(1) },
            SealedEvent { schema_version: 2, ..event(1) },
            SealedEvent {
                payload: json!({ "data": { "caller": { "$s": "x", "c": "AAAB" } } }),
                ..event(1)
            },
            SealedEvent { actor: json!({ "k": "user" }), ..event(1) },
            SealedEvent { recorded_at_us: 2, ..event(1) },
        ];

        for changed in changed {
            assert_ne!(genesis.then(&changed).hash, whole, "{changed:?}");
        }
    }

    #[test]
    fn a_hash_is_read_as_it_is_written_and_nothing_else_is_one() {
        let hash = Head::genesis(TenantId::from_uuid(Uuid::from_u128(7))).hash;
        let text = hex::encode(hash.as_bytes());

        assert_eq!((hash.to_string(), format!("{hash:?}")), (text.clone(), text.clone()));
        assert_eq!(Hash::try_from(text.clone()), Ok(hash));
        assert_eq!(Hash::from_bytes(hash.as_bytes()), Some(hash));
        assert_eq!(Hash::from_bytes(&hash.as_bytes()[1..]), None);
        assert_eq!(Hash::try_from(text[2..].to_owned()), Err("not 32 bytes"));
        assert_eq!(Hash::try_from("sesame".to_owned()), Err("not hexadecimal"));
    }

    #[test]
    fn order_and_firm_count() {
        let genesis = Head::genesis(TenantId::from_uuid(Uuid::from_u128(7)));
        let other = Head::genesis(TenantId::from_uuid(Uuid::from_u128(8)));

        assert_ne!(
            genesis.then(&event(1)).then(&event(2)),
            genesis.then(&event(2)).then(&event(1))
        );
        assert_ne!(genesis.then(&event(1)).hash, other.then(&event(1)).hash);
    }

    #[test]
    fn a_chain_is_made_as_those_who_check_it_make_it() {
        let genesis = Head::genesis(TenantId::from_uuid(Uuid::from_u128(7)));
        let first = genesis.then(&event(41));
        let second = first.then(&event(57));
        let told = |head: Head| (head.events, head.position, String::from(head.hash));

        let hashes = [
            "a2efcbd91e51654b50254018a822e49c2902adace816ab72433d726a1c7a03b2",
            "06d02babbbc6fdf3a3b61fed140f3735bc8d91fa630b50dfaec145099b329270",
            "212bf82d87d58d6b19e2db602a7fda287cf9eda2f99ed137bc5af26c58eff78e",
        ];
        assert_eq!(told(genesis), (0, 0, hashes[0].to_owned()));
        assert_eq!(told(first), (1, 41, hashes[1].to_owned()));
        assert_eq!(told(second), (2, 57, hashes[2].to_owned()));
    }
}
