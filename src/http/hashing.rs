//! Passwords: argon2id, few at a time, and as slow for nobody's password as for someone's.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use super::problem::Problem;

/// Hashing takes 19 MiB and a core: few at a time, so that attackers can not use it as a lever.
static HASHING: Semaphore = Semaphore::const_new(2);
/// What an unknown e-mail's password is compared with: it takes as long as for a known one.
static NOBODYS_PASSWORD: LazyLock<String> =
    LazyLock::new(|| hash("nobody has this password").unwrap_or_default());

/// argon2id with 19 MiB, two passes, one lane: the crate's defaults, as OWASP advises.
fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())
}

/// Hashes a password, off the async threads.
pub async fn hash_password(password: String) -> Result<String, Problem> {
    off_the_async_threads(move || hash(&password))
        .await?
        .map_err(|error| Problem::Internal(error.to_string()))
}

/// Whether a password is the one that was hashed. Without a hash: no, as late as with one.
pub async fn verify_password(password: String, known: Option<String>) -> Result<bool, Problem> {
    off_the_async_threads(move || {
        let known_hash = known.as_deref().unwrap_or(&NOBODYS_PASSWORD);
        let is_right = PasswordHash::new(known_hash).is_ok_and(|known| {
            Argon2::default().verify_password(password.as_bytes(), &known).is_ok()
        });
        is_right && known.is_some()
    })
    .await
}

async fn off_the_async_threads<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let _slot = HASHING.acquire().await.map_err(|error| Problem::Internal(error.to_string()))?;
    tokio::task::spawn_blocking(work).await.map_err(|error| Problem::Internal(error.to_string()))
}
