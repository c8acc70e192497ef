//! Signatures: what the platform signs for its customers, and how it checks what they sign.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::super::settings::Application;

#[derive(Serialize)]
struct Claims<'a> {
    iat: i64,
    jti: &'a str,
    iss: &'a str,
    payload_hash: &'a str,
    api_key: &'a str,
    application_id: &'a str,
}

/// The `Authorization` header of a webhook.
pub fn webhook(
    application: &Application,
    payload_hash: &str,
    jti: &str,
    at: OffsetDateTime,
) -> Option<String> {
    let claims = Claims {
        iat: at.unix_timestamp(),
        jti,
        iss: "Vonage",
        payload_hash,
        api_key: &application.api_key,
        application_id: &application.id,
    };
    let key = EncodingKey::from_secret(application.signature_secret.as_bytes());
    let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).ok()?;
    Some(format!("Bearer {token}"))
}

#[must_use]
pub fn hash(payload: &[u8]) -> String {
    hex::encode(Sha256::digest(payload))
}

/// A GET has no body: its parameters, in request order, as one JSON object of strings without white space.
#[must_use]
pub fn hash_of_query(pairs: &[(String, String)]) -> String {
    let text = |value: &str| serde_json::Value::from(value).to_string();
    let members: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}:{}", text(name), text(value))).collect();
    hash(format!("{{{}}}", members.join(",")).as_bytes())
}

/// What a customer's token must say.
#[derive(Debug, Deserialize)]
struct CustomerClaims {
    iat: Option<f64>,
    exp: Option<f64>,
    nbf: Option<f64>,
    jti: Option<String>,
}

#[derive(Deserialize)]
struct Whose {
    application_id: Option<String>,
}

/// The application that a bearer token names, before anything about it is checked.
#[must_use]
pub fn names(token: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Whose>(&payload).ok()?.application_id
}

/// Whether that application signed the token and it holds now; the reason if not.
pub fn check(
    token: &str,
    application: &Application,
    now: OffsetDateTime,
) -> Result<(), &'static str> {
    const QUARTER_HOUR: f64 = 900.0;
    const DAY: f64 = 86_400.0;
    let key = DecodingKey::from_rsa_pem(application.public_key.as_bytes())
        .map_err(|_| "the application's public key is no RSA key in PEM")?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let claims = jsonwebtoken::decode::<CustomerClaims>(token, &key, &validation)
        .map_err(|_| "signature or claims do not read")?
        .claims;

    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
    let now = now.unix_timestamp() as f64;
    if claims.jti.is_none_or(|jti| jti.is_empty()) {
        return Err("no jti");
    }
    let (Some(issued), exp) = (claims.iat.or(claims.exp), claims.exp) else {
        return Err("neither iat nor exp");
    };
    let expires = exp.unwrap_or(issued + QUARTER_HOUR);
    if claims.iat.is_some_and(|iat| iat > now + 60.0) {
        return Err("issued in the future");
    }
    if now >= expires || (claims.iat.is_some() && now > issued + DAY) {
        return Err("expired");
    }
    if claims.iat.is_some() && !(30.0..=DAY).contains(&(expires - issued)) {
        return Err("exp is not between 30 seconds and 24 hours after iat");
    }
    if claims.nbf.is_some_and(|nbf| nbf > now + 60.0) {
        return Err("not valid yet");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_sample_has_the_documented_hash() {
        let pairs = [
            ("to", "442079460000"),
            ("from", "447700900000"),
            ("conversation_uuid", "CON-1"),
            ("uuid", "u1"),
        ];
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();

        assert_eq!(
            hash_of_query(&pairs),
            "16be98a248ceed7d1fb0ec7a6c8322e505493131f16cdc509216c139eda9487d"
        );
    }
}
