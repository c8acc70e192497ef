//! A firm that has one of everything that the API can make: it is made by following the OpenAPI document.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::contract::{BodyId, Document, Operation};

/// The password of who signs up here.
const PASSWORD: &str = "a long password of theirs";
/// An id that nobody's thing has.
pub const NOBODYS: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000);

/// An id for each collection: `buildings` and the like.
pub type Things = BTreeMap<String, Uuid>;

/// Someone who is signed in, and what their firm has.
#[derive(Clone)]
pub struct Firm {
    http: reqwest::Client,
    api: String,
    token: String,
    account: (String, String),
    /// Makes addresses that only one firm may have its own.
    word: String,
    private_key: String,
    pub things: Things,
    /// The collections of its things, in the order in which they were made.
    made: Vec<String>,
}

/// Which ids of a body are asked for.
#[derive(Clone, Copy, PartialEq)]
enum Ids {
    All,
    Required,
}

/// What the API said.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub etag: Option<String>,
    pub body: String,
}

impl Firm {
    /// Signs up and in. The key is one that a connection takes.
    pub async fn signed_up(api: &str, word: &str, private_key: &str) -> Self {
        let email = format!("owner@{word}.example");
        let firm =
            json!({ "name": word, "owner_name": "Hedy", "email": email, "password": PASSWORD });
        let sent =
            reqwest::Client::new().post(format!("{api}/v1/tenants")).json(&firm).send().await;
        let sent = sent.unwrap();
        assert_eq!(sent.status(), 201, "{}", sent.text().await.unwrap());
        Self::signed_in(api, word, (&email, PASSWORD), private_key).await
    }

    /// Signs in with an e-mail address and a password.
    pub async fn signed_in(
        api: &str,
        word: &str,
        (email, password): (&str, &str),
        private_key: &str,
    ) -> Self {
        let http = reqwest::Client::new();
        let session = json!({ "email": email, "password": password });
        let session = http.post(format!("{api}/v1/sessions")).json(&session).send().await.unwrap();
        let session: Value = session.json().await.unwrap();
        let token =
            session["access_token"].as_str().unwrap_or_else(|| panic!("no sign-in: {session}"));
        Self {
            api: api.to_owned(),
            token: token.to_owned(),
            account: (email.to_owned(), password.to_owned()),
            word: word.to_owned(),
            private_key: private_key.to_owned(),
            things: Things::new(),
            made: Vec::new(),
            http,
        }
    }

    /// The same person in a session of its own, which may be ended.
    pub async fn once_more(&self) -> Self {
        let (email, password) = &self.account;
        let again = Self::signed_in(&self.api, &self.word, (email, password), &self.private_key);
        Self { things: self.things.clone(), made: self.made.clone(), ..again.await }
    }

    /// Makes one of everything, in the order that their ids ask for; what other things make is looked up in its list.
    /// Answers what could not be made.
    pub async fn furnish(&mut self, document: &Document) -> Vec<String> {
        let mut refusals = Vec::new();
        let operations = document.operations();
        let mut makers: Vec<_> =
            operations.iter().filter(|operation| operation.makes_things()).collect();
        while !makers.is_empty() {
            self.look_up(&operations).await;
            // What may refer to something waits until that is there, as far as anything else can be made meanwhile.
            let whole =
                makers.iter().position(|operation| self.has_what_is_asked(operation, Ids::All));
            let bare = || {
                makers.iter().position(|operation| self.has_what_is_asked(operation, Ids::Required))
            };
            let Some(next) = whole.or_else(bare) else {
                let stuck: Vec<_> = makers.iter().map(|operation| &operation.id).collect();
                refusals.push(format!("nothing makes what these ask for: {stuck:?}"));
                break;
            };
            refusals.extend(self.make(makers.remove(next)).await.err());
        }
        self.look_up(&operations).await;
        self.find_a_leg().await;
        refusals
    }

    /// No list shows legs, but their call does, as soon as the history has it.
    async fn find_a_leg(&mut self) {
        let Some(call) = self.things.get("calls").copied() else { return };
        for _ in 0..200 {
            let url = format!("{}/v1/calls/{call}", self.api);
            let told = answer(self.http.get(url).bearer_auth(&self.token)).await;
            let told: Value = serde_json::from_str(&told.body).unwrap_or_default();
            if let Some(leg) = told["legs"][0]["id"].as_str() {
                return self.has("legs", leg.parse().unwrap());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn has_what_is_asked(&self, operation: &Operation, ids: Ids) -> bool {
        let has = |collection: &String| self.things.contains_key(collection);
        let asked = |id: &&BodyId| id.is_required || ids == Ids::All;
        operation.path_ids().iter().all(|(_, collection)| has(collection))
            && operation.body_ids.iter().filter(asked).all(|id| has(&id.collection))
    }

    /// How late its collection was made; what was made last can be removed first.
    pub fn lateness(&self, operation: &Operation) -> usize {
        let last = operation.path_ids().pop().map(|(_, collection)| collection);
        last.and_then(|last| self.made.iter().position(|made| *made == last)).unwrap_or_default()
    }

    async fn make(&mut self, operation: &Operation) -> Result<(), String> {
        let answer = self.calls(operation, &self.things).await;
        // The example of one thing and that of many may name the same number.
        let is_there = answer.status == 409 && operation.collection() == "bulk";
        if is_there {
            return Ok(());
        }
        if answer.status != 201 {
            return Err(format!("{} is not made: {} {}", operation.id, answer.status, answer.body));
        }
        let made: Value = serde_json::from_str(&answer.body).unwrap();
        // A secret that is shown once stands beside the thing.
        let beside = made.as_object().into_iter().flat_map(|fields| fields.values());
        let own = made["id"].as_str().or_else(|| made["call_id"].as_str());
        let id = own.or_else(|| beside.filter_map(|one| one["id"].as_str()).next());
        if let Some(id) = id {
            self.has(operation.collection(), id.parse().unwrap());
        }
        Ok(())
    }

    /// Finds one of each kind that nothing in the API makes: calls and the like.
    async fn look_up(&mut self, operations: &[Operation]) {
        let is_made = |collection: &str| {
            operations.iter().any(|maker| maker.makes_things() && maker.collection() == collection)
        };
        for list in operations.iter().filter(|operation| operation.method == Method::GET) {
            let is_known = self.things.contains_key(list.collection());
            let is_one = list.path.ends_with('}');
            if is_known
                || is_one
                || is_made(list.collection())
                || !self.has_what_is_asked(list, Ids::Required)
            {
                continue;
            }
            let answer = self.calls(list, &self.things).await;
            let listed: Value = serde_json::from_str(&answer.body).unwrap_or_default();
            if let Some(id) = listed["items"][0]["id"].as_str().and_then(|id| id.parse().ok()) {
                self.has(list.collection(), id);
            }
        }
    }

    fn has(&mut self, collection: &str, id: Uuid) {
        if !self.things.contains_key(collection) {
            self.things.insert(collection.to_owned(), id);
            self.made.push(collection.to_owned());
        }
    }

    /// The ids of its path, from these things.
    pub fn path_of(&self, operation: &Operation, things: &Things) -> BTreeMap<String, Uuid> {
        let id = |collection: &String| {
            *things.get(collection).unwrap_or_else(|| {
                panic!("{}: no {collection} was made, and no list shows one", operation.id)
            })
        };
        operation.path_ids().into_iter().map(|(name, collection)| (name, id(&collection))).collect()
    }

    /// The same, if this firm has all of them.
    pub fn path_of_own(&self, operation: &Operation) -> Option<BTreeMap<String, Uuid>> {
        let ids = operation.path_ids().into_iter();
        ids.map(|(name, collection)| Some((name, *self.things.get(&collection)?))).collect()
    }

    /// The example of its body, with ids from these things in the places of ids.
    pub fn body_of(&self, operation: &Operation, things: &Things) -> Option<Value> {
        let (_, example) = operation.body.as_ref()?;
        let mut body = example.clone();
        for id in &operation.body_ids {
            let is_there = at(&mut body, id).is_some();
            match things.get(&id.collection) {
                Some(thing) if is_there || id.is_required => put(&mut body, id, *thing),
                None if is_there => take_out(&mut body, id),
                Some(_) | None => {}
            }
        }
        self.make_own(&mut body);
        Some(body)
    }

    /// What only one firm may have, and what no document should print.
    fn make_own(&self, body: &mut Value) {
        match body {
            Value::Object(fields) => {
                for (name, field) in fields {
                    match (name.as_str(), &*field) {
                        ("private_key", _) => *field = json!(self.private_key),
                        ("email", Value::String(email)) => {
                            *field = json!(format!("{}-{email}", self.word))
                        }
                        _ => self.make_own(field),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.make_own(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// The firm's own id.
    pub async fn tenant(&self) -> Uuid {
        let url = format!("{}/v1/tenants/me", self.api);
        let told = answer(self.http.get(url).bearer_auth(&self.token)).await;
        serde_json::from_str::<Value>(&told.body).unwrap()["id"].as_str().unwrap().parse().unwrap()
    }

    /// The operation as the document shows it, upon these things.
    pub async fn calls(&self, operation: &Operation, things: &Things) -> Answer {
        let path = self.path_of(operation, things);
        self.sends(operation, &path, &[], self.body_of(operation, things).as_ref(), None).await
    }

    pub async fn sends(
        &self,
        operation: &Operation,
        path: &BTreeMap<String, Uuid>,
        query: &[(&str, Uuid)],
        body: Option<&Value>,
        if_match: Option<&str>,
    ) -> Answer {
        let request = self.request(operation, path, query, body, if_match);
        answer(request.bearer_auth(&self.token)).await
    }

    /// The same without a token, or with one that nobody was given.
    pub async fn sends_unsigned(&self, operation: &Operation, token: Option<&str>) -> Answer {
        let path = self.path_of(operation, &self.things);
        let body = self.body_of(operation, &self.things);
        let request = self.request(operation, &path, &[], body.as_ref(), None);
        answer(match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
        .await
    }

    fn request(
        &self,
        operation: &Operation,
        path: &BTreeMap<String, Uuid>,
        query: &[(&str, Uuid)],
        body: Option<&Value>,
        if_match: Option<&str>,
    ) -> reqwest::RequestBuilder {
        let url = format!("{}{}", self.api, operation.path_with(path));
        let mut request = self.http.request(operation.method.clone(), url);
        request = request.query(&operation.query_examples).query(query);
        if operation.headers.contains("If-Match") {
            request = request.header("If-Match", if_match.unwrap_or("\"as it was\""));
        }
        if let (Some(body), Some((media, _))) = (body, &operation.body) {
            let file = match (media.as_str(), body.as_str()) {
                // No document can print one.
                ("audio/wav", _) => vestibule::prompts::wav::wav(&[0; 800]).to_vec(),
                (_, Some(text)) => text.as_bytes().to_vec(),
                (_, None) => body.to_string().into_bytes(),
            };
            request = request.header("Content-Type", media).body(file);
        }
        request.timeout(Duration::from_secs(30))
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let mut response = request.send().await.unwrap();
    let header = |name: &str| response.headers().get(name)?.to_str().ok().map(str::to_owned);
    let (status, etag) = (response.status().as_u16(), header("etag"));
    // A stream does not end: its first words will do.
    let bytes = if header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream"))
    {
        response.chunk().await.unwrap().unwrap_or_default()
    } else {
        response.bytes().await.unwrap()
    };
    Answer { status, etag, body: String::from_utf8_lossy(&bytes).into_owned() }
}

fn at<'body>(body: &'body mut Value, id: &BodyId) -> Option<&'body mut Value> {
    body.pointer_mut(&format!("/{}", id.way.join("/")))
}

/// Takes an id that leads nowhere out of a body: its field, or its place in a list.
fn take_out(body: &mut Value, id: &BodyId) {
    let Some((name, way)) = id.way.split_last() else { return };
    let pointer: String = way.iter().map(|name| format!("/{name}")).collect();
    match body.pointer_mut(&pointer) {
        Some(Value::Object(fields)) => drop(fields.remove(name)),
        Some(Value::Array(items)) => items.clear(),
        Some(_) | None => {}
    }
}

/// Writes an id into a body, and what is missing on the way to it.
pub fn put(body: &mut Value, id: &BodyId, thing: Uuid) {
    let mut place = body;
    for name in &id.way {
        if name == "0" {
            if place.as_array().is_none_or(Vec::is_empty) {
                *place = json!([null]);
            }
            place = &mut place[0];
        } else {
            if !place.is_object() {
                *place = json!({});
            }
            place = &mut place[name.as_str()];
        }
    }
    *place = json!(thing);
}
