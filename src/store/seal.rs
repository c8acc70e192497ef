//! Sealing: a person's data is encrypted under that person's key, that under the tenant's, that under the master key.
//! Destroying a person's key erases them from every event, for ever.

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use secrecy::zeroize::Zeroizing;
use sha2::Sha256;
use tokio::sync::RwLock;
use uuid::Uuid;

use super::Store;
use crate::application::ports::Unavailable;
use crate::domain::ids::{SubjectId, TenantId};
use crate::domain::phone_number::PhoneNumber;

/// How long a person's key is remembered: after an erasure in another process it is forgotten by then.
const KEY_IS_REMEMBERED: Duration = Duration::from_secs(5);
const NONCE_BYTES: usize = 24;

/// 32 random bytes.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// The key that wraps all others. From the environment or a file, never in the database.
pub type MasterKey = Key;

/// Not a key, or not sealed under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this was not sealed under this key")]
pub struct NotSealedHere;

impl Key {
    /// These 32 bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    fn fresh() -> Self {
        let mut bytes = [0; 32];
        rand::fill(&mut bytes);
        Self::from_bytes(bytes)
    }

    /// Encrypts; `context` must be the same to decrypt. The nonce stands before the ciphertext.
    pub fn seal(&self, plain: &[u8], context: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        rand::fill(&mut nonce);
        let cipher = XChaCha20Poly1305::new((&*self.0).into());
        let sealed = cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: context })
            .expect("encrypting fails only past 256 GiB");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Decrypts what `seal` made with the same context.
    pub fn open(&self, sealed: &[u8], context: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotSealedHere> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(NotSealedHere)?;
        let cipher = XChaCha20Poly1305::new((&*self.0).into());
        cipher
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: context })
            .map(Zeroizing::new)
            .map_err(|_| NotSealedHere)
    }

    /// A keyed hash: equal for equal texts, telling nothing without the key.
    pub fn hash(&self, purpose: &str, text: &[u8]) -> [u8; 32] {
        let mut mac =
            <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&*self.0).expect("any length is a key");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(text);
        mac.finalize().into_bytes().into()
    }

    fn unwrap_from(bytes: &[u8]) -> Result<Self, NotSealedHere> {
        bytes.try_into().map(Self::from_bytes).map_err(|_| NotSealedHere)
    }
}

/// The keys in memory.
#[derive(Debug)]
pub(super) struct Keyring {
    master: MasterKey,
    tenants: RwLock<HashMap<TenantId, Key>>,
    subjects: RwLock<HashMap<(TenantId, SubjectId), (Instant, SubjectKey)>>,
}

/// A person's key, or that it is destroyed.
#[derive(Clone, Debug)]
pub enum SubjectKey {
    /// The key.
    Live(Key),
    /// The person was erased.
    Destroyed,
}

impl Keyring {
    pub(super) fn new(master: MasterKey) -> Self {
        Self { master, tenants: RwLock::default(), subjects: RwLock::default() }
    }

    pub(super) fn master(&self) -> &MasterKey {
        &self.master
    }
}

impl Store {
    /// The tenant's key; made when it is new.
    pub async fn tenant_key(&self, tenant: TenantId) -> Result<Key, Unavailable> {
        if let Some(key) = self.keyring.tenants.read().await.get(&tenant) {
            return Ok(key.clone());
        }
        let context = context("tenant", tenant.as_uuid(), tenant.as_uuid());
        let fresh = self.keyring.master.seal(&*Key::fresh().0, &context);
        sqlx::query!("insert into es.tenant_key (tenant_id, wrapped_key) values ($1, $2) on conflict do nothing", tenant.as_uuid(), fresh)
            .execute(&self.ingest)
            .await?;
        let wrapped = sqlx::query_scalar!(
            "select wrapped_key from es.tenant_key where tenant_id = $1",
            tenant.as_uuid()
        )
        .fetch_one(&self.ingest)
        .await?;
        let key = unwrap(&self.keyring.master, &wrapped, &context)?;
        self.keyring.tenants.write().await.insert(tenant, key.clone());
        Ok(key)
    }

    /// A secret of the tenant's, sealed for a column of its own.
    pub async fn seal_secret(
        &self,
        tenant: TenantId,
        purpose: &str,
        secret: &[u8],
    ) -> Result<Vec<u8>, Unavailable> {
        Ok(self.tenant_key(tenant).await?.seal(secret, purpose.as_bytes()))
    }

    /// Opens what `seal_secret` made for the same purpose.
    pub async fn open_secret(
        &self,
        tenant: TenantId,
        purpose: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unavailable> {
        self.tenant_key(tenant)
            .await?
            .open(sealed, purpose.as_bytes())
            .map_err(|error| Unavailable { what: "a sealed secret", reason: error.to_string() })
    }

    /// The keyed hash by which a number is looked up without being written down.
    pub async fn number_hash(
        &self,
        tenant: TenantId,
        number: &PhoneNumber,
    ) -> Result<[u8; 32], Unavailable> {
        Ok(self.tenant_key(tenant).await?.hash("number", number.as_e164().as_bytes()))
    }

    /// The subject of a caller's number; made when it is new. After an erasure the same number is a new subject.
    pub(super) async fn caller_subject(
        &self,
        tenant: TenantId,
        number: &PhoneNumber,
        fresh: Uuid,
    ) -> Result<SubjectId, Unavailable> {
        let tenant_key = self.tenant_key(tenant).await?;
        let hash = tenant_key.hash("number", number.as_e164().as_bytes());
        if let Some(subject) = self.subject_with(tenant, &hash).await? {
            return Ok(subject.into());
        }
        let wrapped =
            tenant_key.seal(&*Key::fresh().0, &context("subject", tenant.as_uuid(), fresh));
        sqlx::query!(
            "insert into es.subject_key (tenant_id, subject_id, kind, lookup_hash, wrapped_key) values ($1, $2, 'caller', $3, $4) on conflict do nothing",
            tenant.as_uuid(),
            fresh,
            &hash[..],
            wrapped
        )
        .execute(&self.ingest)
        .await?;
        let subject = self.subject_with(tenant, &hash).await?;
        subject.map(SubjectId::from).ok_or(Unavailable {
            what: "a caller's key",
            reason: "erased while it was made".to_owned(),
        })
    }

    /// The subject of a caller's number, if they ever called and were not erased since.
    pub(super) async fn known_caller(
        &self,
        tenant: TenantId,
        number: &PhoneNumber,
    ) -> Result<Option<Uuid>, Unavailable> {
        let hash = self.number_hash(tenant, number).await?;
        self.subject_with(tenant, &hash).await
    }

    async fn subject_with(
        &self,
        tenant: TenantId,
        lookup_hash: &[u8],
    ) -> Result<Option<Uuid>, Unavailable> {
        let subject = sqlx::query_scalar!(
            "select subject_id from es.subject_key where tenant_id = $1 and lookup_hash = $2",
            tenant.as_uuid(),
            lookup_hash
        )
        .fetch_optional(&self.ingest)
        .await?;
        Ok(subject)
    }

    /// A person's key; made when it is new.
    pub(super) async fn subject_key(
        &self,
        tenant: TenantId,
        subject: SubjectId,
    ) -> Result<SubjectKey, Unavailable> {
        if let Some((since, key)) = self.keyring.subjects.read().await.get(&(tenant, subject))
            && since.elapsed() < KEY_IS_REMEMBERED
        {
            return Ok(key.clone());
        }
        let tenant_key = self.tenant_key(tenant).await?;
        let context = context("subject", tenant.as_uuid(), subject.as_uuid());
        let row = sqlx::query!(
            "select wrapped_key from es.subject_key where tenant_id = $1 and subject_id = $2",
            tenant.as_uuid(),
            subject.as_uuid()
        )
        .fetch_optional(&self.ingest)
        .await?;
        let wrapped = match row {
            Some(row) => row.wrapped_key,
            None => Some(
                self.make_subject_key(
                    tenant,
                    subject,
                    &tenant_key.seal(&*Key::fresh().0, &context),
                )
                .await?,
            ),
        };
        let key = match wrapped {
            Some(wrapped) => SubjectKey::Live(unwrap(&tenant_key, &wrapped, &context)?),
            None => SubjectKey::Destroyed,
        };
        let mut remembered = self.keyring.subjects.write().await;
        if remembered.len() > 100_000 {
            remembered.retain(|_, (since, _)| since.elapsed() < KEY_IS_REMEMBERED);
        }
        remembered.insert((tenant, subject), (Instant::now(), key.clone()));
        Ok(key)
    }

    async fn make_subject_key(
        &self,
        tenant: TenantId,
        subject: SubjectId,
        wrapped: &[u8],
    ) -> Result<Vec<u8>, Unavailable> {
        sqlx::query!(
            "insert into es.subject_key (tenant_id, subject_id, kind, wrapped_key) values ($1, $2, 'resident', $3) on conflict do nothing",
            tenant.as_uuid(),
            subject.as_uuid(),
            wrapped
        )
        .execute(&self.ingest)
        .await?;
        let row = sqlx::query!(
            "select wrapped_key from es.subject_key where tenant_id = $1 and subject_id = $2",
            tenant.as_uuid(),
            subject.as_uuid()
        )
        .fetch_one(&self.ingest)
        .await?;
        row.wrapped_key.ok_or(Unavailable {
            what: "a person's key",
            reason: "erased while it was made".to_owned(),
        })
    }

    /// Seals a webhook as it came, under its person's key if it has one.
    pub(super) async fn seal_raw(
        &self,
        tenant: TenantId,
        subject: Option<SubjectId>,
        plain: &[u8],
        context: &[u8],
    ) -> Result<Vec<u8>, Unavailable> {
        let key = match subject {
            Some(subject) => match self.subject_key(tenant, subject).await? {
                SubjectKey::Live(key) => key,
                // Erased while the call went on: sealed under a key that nobody keeps.
                SubjectKey::Destroyed => Key::fresh(),
            },
            None => self.tenant_key(tenant).await?,
        };
        Ok(key.seal(plain, context))
    }

    pub(super) async fn forget_subject_key(&self, tenant: TenantId, subject: SubjectId) {
        self.keyring.subjects.write().await.remove(&(tenant, subject));
    }
}

fn unwrap(with: &Key, wrapped: &[u8], context: &[u8]) -> Result<Key, Unavailable> {
    let opened = with.open(wrapped, context).and_then(|bytes| Key::unwrap_from(&bytes));
    opened.map_err(|_| Unavailable {
        what: "a key",
        reason: "it was wrapped under another master key; is VESTIBULE_MASTER_KEY the right one?"
            .to_owned(),
    })
}

fn context(kind: &str, tenant: Uuid, id: Uuid) -> Vec<u8> {
    [kind.as_bytes(), tenant.as_bytes(), id.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_same_key_and_context_only() {
        let key = Key::fresh();
        let sealed = key.seal(b"+441632960001", b"event 1");

        assert_eq!(key.open(&sealed, b"event 1").unwrap().as_slice(), b"+441632960001");
        assert_eq!(key.open(&sealed, b"event 2"), Err(NotSealedHere));
        assert_eq!(Key::fresh().open(&sealed, b"event 1"), Err(NotSealedHere));
        assert_eq!(key.open(&sealed[..20], b"event 1"), Err(NotSealedHere));
    }

    #[test]
    fn a_keyed_hash_depends_on_key_purpose_and_text() {
        let key = Key::from_bytes([7; 32]);

        assert_eq!(key.hash("number", b"1"), key.hash("number", b"1"));
        assert_ne!(key.hash("number", b"1"), key.hash("pin", b"1"));
        assert_ne!(key.hash("number", b"1"), Key::from_bytes([8; 32]).hash("number", b"1"));
    }
}
