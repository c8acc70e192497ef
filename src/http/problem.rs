//! One way to say no: RFC 9457 problems. A kind's slug and title never change; the detail says what happened this time.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::application::calls::CallError;
use crate::application::ports::Unavailable;
use crate::domain::call::explain::Rule;
use crate::http::extract::keys::NoKeys;
use crate::store::directory::views::DirectoryError;

/// Why a request was not done.
#[derive(Debug)]
pub enum Problem {
    /// The request is not what the document says.
    Invalid(Vec<FieldProblem>),
    /// The body is no JSON.
    Unreadable(String),
    /// Nobody is signed in.
    NotSignedIn,
    /// Nobody is signed in, where a program asks that shows its key only once it is asked to.
    KeyWanted,
    /// E-mail or password are wrong.
    WrongCredentials,
    /// A code of the second factor is needed.
    SecondFactorNeeded,
    /// The code is none, or was used before.
    WrongCode,
    /// The token is none, past its time or used up.
    TokenNotGood,
    /// Too many attempts: not for so many seconds.
    TooManyAttempts(i64),
    /// The API key has not this scope.
    OutOfScope(&'static str),
    /// A person must do it, not a program.
    PeopleOnly,
    /// Nobody without this role may make someone have it, or change someone who has it.
    AboveOneself,
    /// Nobody signs up by themselves here.
    SignUpIsClosed,
    /// A firm must have an owner.
    LastOwner,
    /// Something is there already.
    Already(&'static str),
    /// Asked too often.
    TooManyRequests {
        /// Whose limit: `address`, `sign-in`, `user` or `tenant`.
        limit: &'static str,
        /// Seconds until the next request is taken.
        wait: u64,
    },
    /// The role does not allow it.
    NotAllowed(&'static str),
    /// Not for those who run some of the buildings only.
    SomeBuildingsOnly,
    /// No such thing, or another tenant's.
    NotFound,
    /// No such method here.
    MethodNotAllowed,
    /// Something like it is there already.
    Taken(&'static str),
    /// The body is too large.
    TooLarge,
    /// The body is of another media type than this.
    OtherMediaType(&'static str),
    /// The idempotency key was used with another body.
    KeyUsedOtherwise,
    /// The domain refuses it, by this rule.
    Refused(Rule),
    /// It is needed by something else.
    InUse(&'static str),
    /// It ran once, and runs no more.
    Over(&'static str),
    /// It does not run yet, or nobody heard of it for a while.
    NotRunning(&'static str),
    /// The call is over, or changed too fast.
    ConcurrentChange,
    /// It is not what was read any more.
    ChangedMeanwhile,
    /// The database or broker does not answer.
    Unavailable(String),
    /// A fault of ours.
    Internal(String),
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldProblem {
    /// Its name.
    #[schema(example = "name")]
    pub field: String,
    /// What is wrong.
    #[schema(example = "1 to 100 characters")]
    pub message: String,
}

impl FieldProblem {
    /// This is wrong with that field.
    pub fn new(field: &str, message: impl fmt::Display) -> Self {
        Self { field: field.to_owned(), message: message.to_string() }
    }
}

/// A problem as it is answered, `application/problem+json`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProblemBody {
    /// Stable, one per kind: `/problems/not-found`.
    #[serde(rename = "type")]
    #[schema(example = "/problems/invalid")]
    pub kind: String,
    /// Stable, one per kind.
    #[schema(example = "Fields are not valid")]
    pub title: String,
    /// The HTTP status again.
    #[schema(example = 422)]
    pub status: u16,
    /// What happened this time, and what to do.
    #[schema(example = "The building's name is missing; give one of 1 to 100 characters.")]
    pub detail: String,
    /// What is wrong with which field, if fields are wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldProblem>,
    /// The rule that forbids it, if one does: `call_is_over`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "call_is_over")]
    pub rule: Option<String>,
}

impl Problem {
    #[expect(clippy::too_many_lines, reason = "one arm a kind")]
    fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Invalid(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Fields are not valid")
            }
            Self::Unreadable(_) => {
                (StatusCode::BAD_REQUEST, "unreadable", "The request can not be read")
            }
            Self::NotSignedIn | Self::KeyWanted => {
                (StatusCode::UNAUTHORIZED, "not-signed-in", "Not signed in")
            }
            Self::WrongCredentials => {
                (StatusCode::UNAUTHORIZED, "wrong-credentials", "E-mail or password are wrong")
            }
            Self::SecondFactorNeeded => (
                StatusCode::UNAUTHORIZED,
                "second-factor-needed",
                "A code of the second factor is needed",
            ),
            Self::WrongCode => (StatusCode::UNAUTHORIZED, "wrong-code", "The code is not good"),
            Self::TokenNotGood => {
                (StatusCode::UNAUTHORIZED, "token-not-good", "The token is not good")
            }
            Self::TooManyAttempts(_) => {
                (StatusCode::TOO_MANY_REQUESTS, "too-many-attempts", "Too many attempts")
            }
            Self::OutOfScope(_) => (StatusCode::FORBIDDEN, "out-of-scope", "Not the key's scope"),
            Self::PeopleOnly => (StatusCode::FORBIDDEN, "people-only", "Only people may do this"),
            Self::AboveOneself => {
                (StatusCode::FORBIDDEN, "above-oneself", "Above one's own role or reach")
            }
            Self::SignUpIsClosed => {
                (StatusCode::FORBIDDEN, "sign-up-is-closed", "Sign-up is closed")
            }
            Self::LastOwner => (StatusCode::CONFLICT, "last-owner", "A firm must have an owner"),
            Self::Already(_) => (StatusCode::CONFLICT, "already", "There already"),
            Self::NotAllowed(_) | Self::SomeBuildingsOnly => {
                (StatusCode::FORBIDDEN, "not-allowed", "Not allowed")
            }
            Self::TooManyRequests { .. } => {
                (StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "Too many requests")
            }
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "Not found"),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed")
            }
            Self::Taken(_) => (StatusCode::CONFLICT, "taken", "Taken already"),
            Self::TooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The request is too large")
            }
            Self::OtherMediaType(_) => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Another media type")
            }
            Self::KeyUsedOtherwise => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "key-used-otherwise",
                "Idempotency key used with another request",
            ),
            Self::Refused(_) => (StatusCode::CONFLICT, "refused", "A rule of calls forbids it"),
            Self::InUse(_) => (StatusCode::CONFLICT, "in-use", "Needed by something else"),
            Self::Over(_) => (StatusCode::GONE, "over", "Over"),
            Self::NotRunning(_) => (StatusCode::CONFLICT, "not-running", "Not running"),
            Self::ChangedMeanwhile => {
                (StatusCode::PRECONDITION_FAILED, "changed", "Not what was read any more")
            }
            Self::ConcurrentChange => {
                (StatusCode::CONFLICT, "concurrent-change", "Changed meanwhile")
            }
            Self::Unavailable(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Temporarily unavailable")
            }
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Our fault"),
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Invalid(fields) => {
                format!("{} of the request's fields can not be taken; see fields.", fields.len())
            }
            Self::Unreadable(why) => {
                format!("{why}. Send JSON as the document at /openapi.json says.")
            }
            Self::NotSignedIn | Self::KeyWanted => {
                "Send an access token: Authorization: Bearer …; POST /v1/sessions gives one."
                    .to_owned()
            }
            Self::WrongCredentials => "Check both and try again.".to_owned(),
            Self::SecondFactorNeeded => {
                "Send the same again with `code`: six digits of the app, or a recovery code.".to_owned()
            }
            Self::WrongCode => "Wait for the next code of the app, or use a recovery code that was not used yet.".to_owned(),
            Self::TokenNotGood => {
                "It is none, past its time, or was used before. Sign in, or ask for a new one.".to_owned()
            }
            Self::TooManyAttempts(seconds) => format!("Wait {seconds} seconds, then try again."),
            Self::OutOfScope(scope) => format!("This needs an API key with the scope {scope}."),
            Self::PeopleOnly => {
                "An API key can not do this: sign in as a user with POST /v1/sessions.".to_owned()
            }
            Self::AboveOneself => {
                "Nobody gives or takes more than they have: a higher role or a building out of their reach.".to_owned()
            }
            Self::SignUpIsClosed => {
                "People come here by invitation: ask your firm's admin, or the operator of this server.".to_owned()
            }
            Self::LastOwner => "Make someone else an owner first.".to_owned(),
            Self::Already(what) => format!("{what}."),
            Self::TooManyRequests { limit, wait } => {
                format!("The limit per {limit} is reached. Wait {wait} s, then try again.")
            }
            Self::NotAllowed(needed) => format!("This needs the role {needed} or a higher one."),
            Self::SomeBuildingsOnly => {
                "This is for those who run all of the firm's buildings.".to_owned()
            }
            Self::NotFound => "There is nothing here, or nothing that you may see.".to_owned(),
            Self::MethodNotAllowed => {
                "This path takes other methods; see /openapi.json.".to_owned()
            }
            Self::Taken(what) => format!("{what} is taken already."),
            Self::OtherMediaType(wanted) => {
                format!("Send {wanted}, and say so in Content-Type.")
            }
            Self::TooLarge => "A request may have at most 1 MiB, a file 2 MiB.".to_owned(),
            Self::KeyUsedOtherwise => "Use a new Idempotency-Key for a new request.".to_owned(),
            Self::Refused(rule) => rule.sentence().to_owned(),
            Self::InUse(by) => format!("{by} needs it. Change or remove that first."),
            Self::Over(what) => format!("{what} is over."),
            Self::NotRunning(what) => {
                format!("{what} does not run right now: it has not begun, or gave no sign of life for 15 s.")
            }
            Self::ChangedMeanwhile => {
                "Somebody changed it since it was read. Read it again, then send the change with the new ETag.".to_owned()
            }
            Self::ConcurrentChange => {
                "It changed while this was decided. Read it again, then try again.".to_owned()
            }
            Self::Unavailable(_) => "Try again in a moment.".to_owned(),
            Self::Internal(_) => {
                "It is logged. Tell us the time of this answer if it comes again.".to_owned()
            }
        }
    }

    fn body(&self) -> ProblemBody {
        let (status, slug, title) = self.kind();
        let fields = match self {
            Self::Invalid(fields) => fields.clone(),
            _ => Vec::new(),
        };
        ProblemBody {
            kind: format!("/problems/{slug}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: self.detail(),
            fields,
            rule: match self {
                Self::Refused(rule) => Some(rule.name()),
                _ => None,
            },
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind().2)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.kind().0
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Unavailable(cause) => tracing::warn!(cause, "a request was answered 503"),
            Self::Internal(cause) => tracing::error!(cause, "a request was answered 500"),
            _ => {}
        }
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((CONTENT_TYPE, "application/problem+json"));
        match self {
            Self::Unavailable(_) => response.insert_header((RETRY_AFTER, "1")),
            // A browser would ask its user for a password wherever it reads this.
            Self::KeyWanted => {
                response.insert_header((WWW_AUTHENTICATE, "Basic realm=\"API key\""))
            }
            Self::TooManyAttempts(seconds) => {
                response.insert_header((RETRY_AFTER, seconds.to_string()))
            }
            Self::TooManyRequests { wait, .. } => {
                response.insert_header((RETRY_AFTER, wait.to_string()))
            }
            _ => &mut response,
        };
        response.body(serde_json::to_vec(&self.body()).unwrap_or_default())
    }
}

impl From<Unavailable> for Problem {
    fn from(error: Unavailable) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<NoKeys> for Problem {
    fn from(error: NoKeys) -> Self {
        match error {
            NoKeys::Unavailable(error) => error.into(),
            NoKeys::BadKey(error) => Self::Internal(error.to_string()),
        }
    }
}

impl From<DirectoryError> for Problem {
    fn from(error: DirectoryError) -> Self {
        match error {
            DirectoryError::Taken(what) => Self::Taken(what),
            // Another tenant's is as good as none.
            DirectoryError::NoParent(_) => Self::NotFound,
            DirectoryError::InUse(by) => Self::InUse(by),
            DirectoryError::Unavailable(error) => error.into(),
        }
    }
}

impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Unavailable(error) => error.into(),
            CallError::ConcurrentChange => Self::ConcurrentChange,
            CallError::NoSuchCall | CallError::NoSuchLine => Self::NotFound,
            error @ CallError::Unreadable { .. } => Self::Internal(error.to_string()),
        }
    }
}
