//! The keys that sign access tokens, as this process knows them: read again each minute, and when a token names a newer one.

use std::sync::{Arc, PoisonError, RwLock};

use secrecy::zeroize::Zeroizing;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::tokens::{BadKey, Claims, LIFETIME, Tokens};
use crate::application::ports::{Ids, Unavailable};
use crate::store::Store;
use crate::store::access::SigningKey;

/// How long a key signs.
const SIGNS_FOR: Duration = Duration::days(30);
/// How long a key verifies after its successor began to sign: its last token is long past its time by then, and every process
/// has the successor.
const OVERLAP: Duration = Duration::hours(1);
const READ_EVERY: Duration = Duration::minutes(1);
/// Tokens that name unknown keys make us look this often at most.
const LOOK_EVERY: Duration = Duration::seconds(1);

/// What becomes of the keys before, when there is a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Old {
    /// They verify a while longer.
    Overlap,
    /// They are known to someone else: no token of theirs is good any more.
    EndsNow,
}

/// The keys of this process.
#[derive(Debug)]
pub struct Keys {
    known: RwLock<Known>,
}

#[derive(Clone, Debug)]
struct Known {
    tokens: Arc<Tokens>,
    read_at: OffsetDateTime,
    looked_at: Option<OffsetDateTime>,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum NoKeys {
    /// The database did not answer, or the key is sealed under another master key.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// A key is none.
    #[error(transparent)]
    BadKey(#[from] BadKey),
}

impl Keys {
    /// Reads them; makes the first, or the next when it is time.
    pub async fn open(store: &Store, ids: &dyn Ids, at: OffsetDateTime) -> Result<Self, NoKeys> {
        let tokens = Arc::new(due(store, ids.next(), at).await?);
        Ok(Self { known: RwLock::new(Known { tokens, read_at: at, looked_at: None }) })
    }

    /// The keys, to sign with.
    pub async fn current(
        &self,
        store: &Store,
        ids: &dyn Ids,
        at: OffsetDateTime,
    ) -> Result<Arc<Tokens>, NoKeys> {
        let known = self.known();
        if (at - known.read_at).abs() < READ_EVERY {
            return Ok(known.tokens);
        }
        let tokens = Arc::new(due(store, ids.next(), at).await?);
        self.know(Known { tokens: Arc::clone(&tokens), read_at: at, looked_at: known.looked_at });
        Ok(tokens)
    }

    /// What a token says, if it is ours and still good.
    pub async fn read(
        &self,
        store: &Store,
        ids: &dyn Ids,
        token: &str,
        at: OffsetDateTime,
    ) -> Result<Option<Claims>, NoKeys> {
        let tokens = self.current(store, ids, at).await?;
        let looked_at = self.known().looked_at;
        if !tokens.lacks_key_of(token)
            || looked_at.is_some_and(|then| (at - then).abs() < LOOK_EVERY)
        {
            return Ok(tokens.read(token, at));
        }
        let tokens = Arc::new(Tokens::new(&store.signing_keys(at).await?)?);
        self.know(Known { tokens: Arc::clone(&tokens), read_at: at, looked_at: Some(at) });
        Ok(tokens.read(token, at))
    }

    fn known(&self) -> Known {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn know(&self, known: Known) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    }
}

async fn due(store: &Store, fresh: Uuid, at: OffsetDateTime) -> Result<Tokens, NoKeys> {
    let keys = store.signing_keys(at).await?;
    let signs_since = keys.first().filter(|key| key.expires_at.is_none()).map(|key| key.created_at);
    if signs_since.is_some_and(|since| at - since < SIGNS_FOR) {
        return Ok(Tokens::new(&keys)?);
    }
    make_next(store, fresh, at, at - SIGNS_FOR, at + OVERLAP.max(LIFETIME)).await?;
    Ok(Tokens::new(&store.signing_keys(at).await?)?)
}

/// Makes a new key sign from now on; processes that run take it up within a minute. Its id.
pub async fn rotate(
    store: &Store,
    ids: &dyn Ids,
    at: OffsetDateTime,
    old: Old,
) -> Result<Option<Uuid>, Unavailable> {
    let old_until = match old {
        Old::Overlap => at + OVERLAP,
        Old::EndsNow => at,
    };
    let id = ids.next();
    Ok(make_next(store, id, at, at, old_until).await?.then_some(id))
}

async fn make_next(
    store: &Store,
    id: Uuid,
    at: OffsetDateTime,
    unless_since: OffsetDateTime,
    old_until: OffsetDateTime,
) -> Result<bool, Unavailable> {
    let mut secret = Zeroizing::new(vec![0; 32]);
    rand::fill(secret.as_mut_slice());
    let fresh = SigningKey { id: id.to_string(), secret, created_at: at, expires_at: None };
    store.rotate_signing_key(&fresh, unless_since, old_until).await
}
