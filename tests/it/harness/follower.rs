//! Someone who follows the running calls, and does what every follower may: show the cards that they are given, and work out nothing.

use std::collections::BTreeMap;

use reqwest::{Method, Response};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::door::{Manager, PATIENCE};

/// An event of the stream.
#[derive(Clone, Debug)]
pub struct Told {
    pub event: String,
    pub id: i64,
    pub data: Value,
    pub heard_at: OffsetDateTime,
}

impl Told {
    /// How long ago it had happened when it was heard.
    pub fn milliseconds_late(&self) -> i128 {
        let at = OffsetDateTime::parse(self.data["at"].as_str().unwrap(), &Rfc3339).unwrap();
        (self.heard_at - at).whole_milliseconds()
    }
}

pub struct Follower {
    stream: Response,
    text: String,
    /// What runs, by the call's id.
    pub cards: BTreeMap<String, Value>,
    /// Every event of it so far, but for comments.
    pub told: Vec<Told>,
    pub comments: Vec<String>,
}

impl Follower {
    pub async fn follows(manager: &Manager, api: &str, after: Option<i64>) -> Self {
        let mut request = manager.request_at(api, Method::GET, "/v1/live");
        if let Some(after) = after {
            request = request.header("Last-Event-ID", after);
        }
        let stream = request.send().await.unwrap();
        assert_eq!(stream.status(), 200);
        Self { stream, text: String::new(), cards: BTreeMap::new(), told: vec![], comments: vec![] }
    }

    /// The first word: the id of a snapshot, or none if the stream goes on.
    pub async fn begins(&mut self) -> Option<i64> {
        while self.told.is_empty() && self.comments.is_empty() {
            self.reads().await;
        }
        self.told.first().filter(|told| told.event == "snapshot").map(|told| told.id)
    }

    /// The first event that is so, whenever it comes.
    pub async fn hears(&mut self, is_it: impl Fn(&Told) -> bool) -> Told {
        let mut heard = 0;
        loop {
            if let Some(told) = self.told[heard..].iter().find(|told| is_it(told)) {
                return told.clone();
            }
            heard = self.told.len();
            self.reads().await;
        }
    }

    pub async fn hears_of(&mut self, kind: &str) -> Told {
        self.hears(|told| told.data["type"] == kind).await
    }

    /// Until the cards are so.
    pub async fn shows(&mut self, are_they: impl Fn(&BTreeMap<String, Value>) -> bool) {
        while !are_they(&self.cards) {
            self.reads().await;
        }
    }

    pub async fn reads(&mut self) {
        let chunk = tokio::time::timeout(PATIENCE, self.stream.chunk()).await;
        let chunk = chunk.unwrap_or_else(|_| panic!("no news: {:#?}", self.told));
        self.text.push_str(std::str::from_utf8(&chunk.unwrap().expect("it ended")).unwrap());
        while let Some((message, rest)) = self.text.split_once("\n\n") {
            let (message, rest) = (message.to_owned(), rest.to_owned());
            self.text = rest;
            self.takes(&message);
        }
    }

    fn takes(&mut self, message: &str) {
        if let Some(comment) = message.strip_prefix(": ") {
            return self.comments.push(comment.to_owned());
        }
        let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        let told = Told {
            event: field("event: ").to_owned(),
            id: field("id: ").parse().unwrap(),
            data: serde_json::from_str(field("data: ")).unwrap(),
            heard_at: std::time::SystemTime::now().into(),
        };
        match (told.event.as_str(), told.data.get("call")) {
            ("snapshot", _) => {
                let calls = told.data.as_array().unwrap().iter();
                self.cards = calls.map(|call| (text(&call["id"]), call.clone())).collect();
            }
            ("change", Some(Value::Null)) => {
                self.cards.remove(&text(&told.data["call_id"]));
            }
            ("change", Some(call)) => {
                self.cards.insert(text(&call["id"]), call.clone());
            }
            ("change", None) => {}
            (other, _) => panic!("an event that no document names: {other}"),
        }
        self.told.push(told);
    }
}

fn text(id: &Value) -> String {
    id.as_str().unwrap().to_owned()
}
