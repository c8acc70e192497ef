//! `Idempotency-Key`: the same request sent again does nothing again, and gets the same answer.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Required, Type};
use uuid::{Builder, Uuid};

use super::manager::Manager;
use crate::domain::ids::TenantId;
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
    /// A field that is answered once: what is kept has null there.
    shown_once: Option<&'static str>,
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
            key.map(|key| Self {
                key: Some(key.to_owned()),
                path: request.path().to_owned(),
                shown_once: None,
            })
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
    /// As it came.
    pub fn text(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The answer's field with this name is a secret: it is not kept, and a repetition gets null.
    pub fn shows_once(self, field: &'static str) -> Self {
        Self { shown_once: Some(field), ..self }
    }

    /// Does it once, in one transaction with the key: a crash leaves neither, and a repetition gets the first answer.
    pub async fn create<T: Serialize>(
        self,
        app: &App,
        manager: &Manager,
        request: &impl Serialize,
        create: impl AsyncFnOnce(&mut TenantTx) -> Result<T, Problem>,
    ) -> Result<HttpResponse, Problem> {
        self.answer_once(app, manager, request, StatusCode::CREATED, create).await
    }

    /// The same for what is only begun.
    pub async fn accept<T: Serialize>(
        self,
        app: &App,
        manager: &Manager,
        request: &impl Serialize,
        begin: impl AsyncFnOnce(&mut TenantTx) -> Result<T, Problem>,
    ) -> Result<HttpResponse, Problem> {
        self.answer_once(app, manager, request, StatusCode::ACCEPTED, begin).await
    }

    /// An id that is the same for the same key and request on the same day: for what must not be done twice even if its answer
    /// was lost before it was kept.
    pub fn names(
        &self,
        of: TenantId,
        request: &impl Serialize,
        at: OffsetDateTime,
    ) -> Option<Uuid> {
        let key = self.key.as_ref()?;
        let digest = Sha256::new()
            .chain_update(of.as_uuid())
            .chain_update(at.date().to_julian_day().to_be_bytes())
            .chain_update(key)
            .chain_update([0])
            .chain_update(self.hash(request))
            .finalize();
        let half = digest.first_chunk::<16>().copied().unwrap_or_default();
        Some(Builder::from_custom_bytes(half).into_uuid())
    }

    async fn answer_once<T: Serialize>(
        self,
        app: &App,
        manager: &Manager,
        request: &impl Serialize,
        status: StatusCode,
        create: impl AsyncFnOnce(&mut TenantTx) -> Result<T, Problem>,
    ) -> Result<HttpResponse, Problem> {
        let mut tx = app.store.begin(&manager.reach).await?;
        if let Some(key) = &self.key {
            match tx.take_idempotency_key(key, &self.hash(request)).await? {
                Repeat::First => {}
                Repeat::Same(answer) => return Ok(answered(status, &answer)),
                Repeat::Other => return Err(Problem::KeyUsedOtherwise),
            }
        }
        let made = create(&mut tx).await?;
        let answer =
            serde_json::to_value(&made).map_err(|error| Problem::Internal(error.to_string()))?;
        if let Some(key) = &self.key {
            let mut kept = answer.clone();
            if let Some(secret) = self.shown_once.and_then(|field| kept.get_mut(field)) {
                *secret = Value::Null;
            }
            tx.keep_answer(key, &kept).await?;
        }
        tx.commit().await?;
        Ok(answered(status, &answer))
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

fn answered(status: StatusCode, answer: &Value) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(answer.to_string())
}
