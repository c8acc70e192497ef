//! `ETag` and `If-Match`: a change is made to what was read, or not at all (RFC 9110, 8.8.3 and 13.1.1).

use std::future::{Ready, ready};

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::header::{ETAG, HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::http::problem::Problem;

/// A thing as it is answered, with its entity tag.
#[derive(Clone, Debug)]
pub struct Tagged<T>(pub T);

impl<T: Serialize> Responder for Tagged<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let tag = entity_tag(&self.0);
        let known = listed(request.headers(), IF_NONE_MATCH);
        if request.method().is_safe() && known.is_some_and(|known| known.matches(&tag)) {
            return HttpResponse::NotModified().insert_header((ETAG, tag)).finish();
        }
        HttpResponse::Ok().insert_header((ETAG, tag)).json(self.0)
    }
}

/// The tag of what a thing says: equal for equal content.
pub fn entity_tag(thing: &impl Serialize) -> String {
    let content = serde_json::to_vec(thing).unwrap_or_default();
    format!("\"{}\"", hex::encode(&Sha256::digest(content)[..12]))
}

/// What a change is meant for: absent, it is made to whatever is there.
#[derive(Clone, Debug, Default)]
pub struct IfMatch(Option<Tags>);

#[derive(Clone, Debug)]
enum Tags {
    Any,
    These(Vec<String>),
}

impl Tags {
    fn matches(&self, tag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::These(tags) => tags.iter().any(|known| known == tag),
        }
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(listed(request.headers(), IF_MATCH))))
    }
}

impl IfMatch {
    /// Refuses a change to something that is not what was read.
    pub fn check(&self, current: &impl Serialize) -> Result<(), Problem> {
        match &self.0 {
            Some(tags) if !tags.matches(&entity_tag(current)) => Err(Problem::ChangedMeanwhile),
            Some(_) | None => Ok(()),
        }
    }
}

/// The tags of a header. A weak one is compared by its text: ours are strong.
fn listed(headers: &HeaderMap, name: HeaderName) -> Option<Tags> {
    let mut tags = Vec::new();
    for header in headers.get_all(name) {
        for tag in header.to_str().unwrap_or_default().split(',').map(str::trim) {
            if tag == "*" {
                return Some(Tags::Any);
            }
            tags.push(tag.trim_start_matches("W/").to_owned());
        }
    }
    if tags.is_empty() { None } else { Some(Tags::These(tags)) }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn if_match(header: &str) -> IfMatch {
        let request = TestRequest::default().insert_header((IF_MATCH, header)).to_http_request();
        IfMatch(listed(request.headers(), IF_MATCH))
    }

    #[test]
    fn a_change_is_made_to_what_was_read_only() {
        let tag = entity_tag(&"as it was");

        assert!(if_match(&tag).check(&"as it was").is_ok());
        assert!(if_match(&format!("\"other\", {tag}")).check(&"as it was").is_ok());
        assert!(if_match("*").check(&"as it was").is_ok());
        assert!(IfMatch::default().check(&"as it was").is_ok());
        assert!(matches!(if_match(&tag).check(&"as it is"), Err(Problem::ChangedMeanwhile)));
    }
}
