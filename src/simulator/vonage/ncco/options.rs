//! The options of an action or of a request's body, read one at a time and strictly.

use serde_json::{Map, Value};

use super::{super::Target, NccoError};
use crate::simulator::settings::Method;

/// The options of one action, read one at a time.
#[derive(Debug)]
pub struct Options<'a> {
    pub at: String,
    pub map: &'a Map<String, Value>,
}

impl<'a> Options<'a> {
    pub fn wrong(&self, name: &str, what: &str) -> NccoError {
        NccoError { at: format!("{}, {name}", self.at), what: what.into() }
    }

    fn read<T>(
        &self,
        name: &str,
        kind: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, NccoError> {
        let Some(value) = self.map.get(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| self.wrong(name, &format!("is not {kind}")))
    }

    pub fn required<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Self, &str) -> Result<Option<T>, NccoError>,
    ) -> Result<T, NccoError> {
        read(self, name)?.ok_or_else(|| self.wrong(name, "is missing"))
    }

    pub fn text(&self, name: &str) -> Result<Option<String>, NccoError> {
        self.read(name, "a text", |value| {
            value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
        })
    }

    pub fn flag(&self, name: &str) -> Result<Option<bool>, NccoError> {
        self.read(name, "true or false", Value::as_bool)
    }

    pub fn number(&self, name: &str, min: f64, max: f64) -> Result<Option<f64>, NccoError> {
        self.read(name, &format!("a number from {min} to {max}"), |value| {
            value.as_f64().filter(|number| (min..=max).contains(number))
        })
    }

    pub fn whole(&self, name: &str, min: u64, max: u64) -> Result<Option<u64>, NccoError> {
        self.read(name, &format!("a whole number from {min} to {max}"), |value| {
            value.as_u64().filter(|number| (min..=max).contains(number))
        })
    }

    pub fn one_of(&self, name: &str, allowed: &[&str]) -> Result<Option<String>, NccoError> {
        let kind = format!("one of {}", allowed.join(", "));
        self.read(name, &kind, |value| {
            value.as_str().filter(|text| allowed.contains(text)).map(str::to_owned)
        })
    }

    pub fn list(&self, name: &str) -> Result<Option<Vec<Value>>, NccoError> {
        self.read(name, "an array", |value| value.as_array().cloned())
    }

    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>, NccoError> {
        let read = |value: &Value| {
            value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
        };
        self.read(name, "an array of texts", read)
    }

    /// An address alone, as the few options have it that are no array.
    pub fn address(&self, name: &str) -> Result<Option<String>, NccoError> {
        self.read(name, "an absolute http(s) address", |value| {
            value.as_str().filter(|url| is_url(url)).map(str::to_owned)
        })
    }

    /// An address in an array of one, as nearly every option has it.
    pub fn url(&self, name: &str) -> Result<Option<String>, NccoError> {
        let read = |value: &Value| match value.as_array()?.as_slice() {
            [url] => url.as_str().filter(|url| is_url(url)).map(str::to_owned),
            _ => None,
        };
        self.read(name, "an array with one absolute http(s) address", read)
    }

    pub fn target(
        &self,
        url: &str,
        method: &str,
        default: Method,
    ) -> Result<Option<Target>, NccoError> {
        let method = match self.one_of(method, &["GET", "POST"])?.as_deref() {
            Some("GET") => Method::Get,
            Some(_) => Method::Post,
            None => default,
        };
        Ok(self.url(url)?.map(|url| Target { url, method }))
    }

    pub fn inner(&self, name: &str) -> Result<Option<Options<'a>>, NccoError> {
        let map = self.read(name, "an object", Value::as_object)?;
        Ok(map.map(|map| Options { at: format!("{}, {name}", self.at), map }))
    }
}

fn is_url(text: &str) -> bool {
    reqwest::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}
