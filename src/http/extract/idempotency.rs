//! `Idempotency-Key`: the same request sent again does nothing again, and gets the same answer.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Required, Type};

use super::manager::Manager;
use crate::http::App;
use crate::http::problem::{FieldProblem, Problem};
use crate::store::TenantTx;
use crate::store::access::Repeat;

const LONGEST_KEY: usize = 200;

/// The key of a request, if it has one.
#[derive(Clone, Debug, Default)]
pub struct IdempotencyKey {
    key: Option<String>,
    path: String,
}

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(header) = request.headers().get("Idempotency-Key") else {
            return ready(Ok(Self::default()));
        };
        let key = header.to_str().ok().filter(|key| (1..=LONGEST_KEY).contains(&key.len()));
        let field = FieldProblem::new("Idempotency-Key", "1 to 200 characters of ASCII");
        ready(
            key.map(|key| Self { key: Some(key.to_owned()), path: request.path().to_owned() })
                .ok_or(Problem::Invalid(vec![field])),
        )
    }
}

impl IntoParams for IdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let key = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "The same key and body do it once, and get the same answer, for a day",
            ))
            .schema(Some(
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .min_length(Some(1))
                    .max_length(Some(LONGEST_KEY)),
            ))
            .example(Some("4f1c2f5e-onboarding-1".into()));
        vec![key.build()]
    }
}

impl IdempotencyKey {
    /// Does it once, in one transaction with the key: a crash leaves neither, and a repetition gets the first answer.
    pub async fn create<T: Serialize>(
        self,
        app: &App,
        manager: &Manager,
        request: &impl Serialize,
        create: impl AsyncFnOnce(&mut TenantTx) -> Result<T, Problem>,
    ) -> Result<HttpResponse, Problem> {
        let mut tx = app.store.begin(&manager.reach).await?;
        if let Some(key) = &self.key {
            match tx.take_idempotency_key(key, &self.hash(request)).await? {
                Repeat::First => {}
                Repeat::Same(answer) => return Ok(created(&answer)),
                Repeat::Other => return Err(Problem::KeyUsedOtherwise),
            }
        }
        let made = create(&mut tx).await?;
        let answer =
            serde_json::to_value(&made).map_err(|error| Problem::Internal(error.to_string()))?;
        if let Some(key) = &self.key {
            tx.keep_answer(key, &answer).await?;
        }
        tx.commit().await?;
        Ok(created(&answer))
    }

    fn hash(&self, request: &impl Serialize) -> Vec<u8> {
        let body = serde_json::to_vec(request).unwrap_or_default();
        Sha256::new()
            .chain_update(&self.path)
            .chain_update([0])
            .chain_update(body)
            .finalize()
            .to_vec()
    }
}

fn created(answer: &serde_json::Value) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(answer.to_string())
}
