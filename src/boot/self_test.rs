//! Signs a token and reads it again before anything is served: a build without exactly one crypto backend panics only at the first real one.

use anyhow::{Context, ensure};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

#[derive(PartialEq, Serialize, Deserialize)]
struct Claims {
    sub: String,
}

/// Signs, verifies, and checks that a changed key is refused.
pub fn json_web_tokens() -> anyhow::Result<()> {
    let (key, other): ([u8; 32], [u8; 32]) = rand::random();
    let claims = Claims { sub: "self test".to_owned() };
    let token = encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(&key))
        .context("this build can not sign a JSON Web Token")?;

    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    let read = decode::<Claims>(&token, &DecodingKey::from_secret(&key), &validation)
        .context("this build can not verify a JSON Web Token")?;
    ensure!(read.claims == claims, "a JSON Web Token came back changed");

    let forged = decode::<Claims>(&token, &DecodingKey::from_secret(&other), &validation);
    ensure!(forged.is_err(), "this build accepts a JSON Web Token signed with another key");
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_build_signs_and_verifies() {
        super::json_web_tokens().unwrap();
    }
}
