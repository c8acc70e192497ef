//! Signatures as the Standard Webhooks specification has them: HMAC-SHA256 over `id.timestamp.body`, one for each secret that counts.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// Not a secret of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a webhook's secret is not whsec_ and base64")]
pub struct BadSecret;

/// The header `webhook-signature`: the newest secret's signature first.
pub fn header(
    id: &str,
    timestamp: i64,
    body: &[u8],
    secrets: &[SecretString],
) -> Result<String, BadSecret> {
    let signatures: Result<Vec<_>, _> =
        secrets.iter().map(|secret| sign(id, timestamp, body, secret.expose_secret())).collect();
    Ok(signatures?.join(" "))
}

fn sign(id: &str, timestamp: i64, body: &[u8], secret: &str) -> Result<String, BadSecret> {
    let encoded = secret.strip_prefix(PREFIX).ok_or(BadSecret)?;
    let key = Zeroizing::new(BASE64_STANDARD.decode(encoded).map_err(|_| BadSecret)?);
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| BadSecret)?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    Ok(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector that the specification's own libraries are tested with.
    #[test]
    fn it_signs_as_the_specification_says() {
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let body = br#"{"test": 2432232314}"#;

        let header =
            header("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body, &[secret]).unwrap();

        assert_eq!(header, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_secret_that_counts_signs() {
        let secrets = ["whsec_bmV3IHNlY3JldA==", "whsec_b2xkIHNlY3JldA=="].map(SecretString::from);

        let both = header("id", 1, b"{}", &secrets).unwrap();
        let new = header("id", 1, b"{}", &secrets[..1]).unwrap();

        assert_eq!(both.split(' ').count(), 2);
        assert!(both.starts_with(&new));
        assert_eq!(header("id", 1, b"{}", &["sesame".into()]), Err(BadSecret));
    }
}
