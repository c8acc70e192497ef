//! `PATCH`: a JSON merge patch (RFC 7396) of what a thing's body may say.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::Json;
use actix_web::{FromRequest, HttpRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::http::problem::{FieldProblem, Problem};

/// A body that knows what it may say.
pub trait Checked {
    /// All that is wrong with it.
    fn check(&self) -> Result<(), Problem>;
}

/// A thing that is shown with more than its body: an id, what it belongs to.
pub trait Editable: Serialize + DeserializeOwned {
    /// What is posted to make it, and what a patch may change.
    type Body: Serialize + DeserializeOwned + Checked;
    /// The fields that are not in the body.
    const READ_ONLY: &'static [&'static str];

    /// A thing made of its body and the fields that are not in it.
    fn made_of(body: &Self::Body, others: Value) -> Result<Self, Problem> {
        let mut document = object(body)?;
        document.extend(match others {
            Value::Object(others) => others,
            _ => Map::new(),
        });
        serde_json::from_value(Value::Object(document))
            .map_err(|error| Problem::Internal(error.to_string()))
    }
}

/// Which fields become what; null takes one away.
#[derive(Clone, Debug)]
pub struct Patch(Map<String, Value>);

impl FromRequest for Patch {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let json = Json::<Value>::from_request(request, payload);
        Box::pin(async {
            match json.await?.into_inner() {
                Value::Object(fields) => Ok(Self(fields)),
                _ => Err(Problem::Invalid(vec![FieldProblem::new("body", "an object")]).into()),
            }
        })
    }
}

impl Patch {
    /// The thing as it shall be.
    pub fn apply<T: Editable>(self, current: &T) -> Result<T, Problem> {
        let mut document = object(current)?;
        let mut others = Map::new();
        for name in T::READ_ONLY {
            if let Some(value) = document.remove(*name) {
                others.insert((*name).to_owned(), value);
            }
        }
        merge(&mut document, self.0);
        let body: T::Body = serde_json::from_value(Value::Object(document))
            .map_err(|error| Problem::Invalid(vec![FieldProblem::new("body", error)]))?;
        body.check()?;
        T::made_of(&body, Value::Object(others))
    }
}

fn object(thing: &impl Serialize) -> Result<Map<String, Value>, Problem> {
    match serde_json::to_value(thing) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Problem::Internal("it is no object".to_owned())),
        Err(error) => Err(Problem::Internal(error.to_string())),
    }
}

/// RFC 7396, 2. The depth is bounded by what the JSON parser lets through.
fn merge(document: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (name, value) in patch {
        match (document.get_mut(&name), value) {
            (_, Value::Null) => {
                document.remove(&name);
            }
            (Some(Value::Object(below)), Value::Object(patch)) => merge(below, patch),
            (_, Value::Object(patch)) => {
                let mut below = Map::new();
                merge(&mut below, patch);
                document.insert(name, Value::Object(below));
            }
            (_, value) => {
                document.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The examples of RFC 7396, appendix A, that are objects on both sides.
    #[test]
    fn it_merges_as_the_standard_says() {
        let cases = [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ];
        for (document, patch, merged) in cases {
            let mut result = object(&document).unwrap();
            merge(&mut result, object(&patch).unwrap());
            assert_eq!(Value::Object(result), merged, "{document} patched by {patch}");
        }
    }
}
