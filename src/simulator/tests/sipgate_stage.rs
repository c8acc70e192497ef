//! A simulator that plays sipgate, and a door service that answers it with fixed XML.

use std::collections::HashMap;

use url::form_urlencoded;

use super::*;

pub const ACCOUNT: &str = "7654321";
pub const TOKEN_ID: &str = "token-AB12CD";
pub const TOKEN: &str = "a token that is none";
/// What the line is set to ring by itself.
pub const CONCIERGE: &str = "447700900109";

pub struct SipgateStage {
    pub simulator: Running,
    pub ours: Data<Ours>,
    server: ServerHandle,
    pub base: String,
    http: reqwest::Client,
}

impl Drop for SipgateStage {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

/// Everything that a push says, in order and with what is repeated.
pub fn fields(got: &Got) -> Vec<(String, String)> {
    form_urlencoded::parse(got.body.as_bytes()).into_owned().collect()
}

pub fn form(got: &Got) -> HashMap<String, String> {
    fields(got).into_iter().collect()
}

/// XML that wants to be told everything at `/told`. `BASE` inside stands for the door service.
pub fn xml(got: &Got, inside: &str) -> Reply {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response onAnswer=\"BASE/told\" onHangup=\"BASE/told\">{inside}</Response>"
    );
    let base = format!("http://{}", got.headers["host"]);
    Reply::Bytes("application/xml", text.replace("BASE", &base).into_bytes())
}

/// Answers calls so, and everything else with nothing.
pub fn answers(inside: &'static str) -> impl Fn(&Got, usize) -> Reply + Send + Sync {
    move |got, _| match got.path.as_str() {
        "/in" | "/out" => xml(got, inside),
        _ => Reply::Raw(200, "text/plain", ""),
    }
}

impl SipgateStage {
    pub async fn with(script: impl Fn(&Got, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::set(|_, _| {}, script).await
    }

    pub async fn set(
        change: impl FnOnce(&mut Settings, &mut SipgateAccount),
        script: impl Fn(&Got, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let (ours, server, base) = serve(script);
        let mut account: SipgateAccount = serde_json::from_value(json!({
            "account": ACCOUNT,
            "token_id": TOKEN_ID,
            "token": TOKEN,
            "incoming_url": format!("{base}/in?door=1"),
            "outgoing_url": format!("{base}/out"),
            "log": true,
            "numbers": [{
                "number": LINE,
                "users": [{ "name": "Haus 7", "id": "w4" }],
                "put_through_to": format!("+{CONCIERGE}"),
            }],
            "devices": { "e0": format!("+{ADA}") },
        }))
        .unwrap();
        let mut settings = Settings {
            seed: Some(1),
            sipgate_reply_max: Duration::from_millis(400),
            ..Settings::with_virtual_clock()
        };
        change(&mut settings, &mut account);
        settings.sipgate_accounts.push(account);
        let simulator = Simulator::start(settings).await.unwrap();
        Self { simulator, ours, server, base, http: reqwest::Client::new() }
    }

    pub fn got(&self) -> Vec<Got> {
        self.ours.got.lock().unwrap().clone()
    }

    pub fn got_at(&self, path: &str) -> Vec<Got> {
        self.got().into_iter().filter(|got| got.path == path).collect()
    }

    pub fn forms_at(&self, path: &str) -> Vec<HashMap<String, String>> {
        self.got_at(path).iter().map(form).collect()
    }

    /// What was told, in order of arrival: the event, and the cause where there is one.
    pub fn story(&self) -> Vec<String> {
        let pushes = self.got().into_iter().filter(|got| got.method == "POST");
        let line = |got: Got| {
            let form = form(&got);
            match form.get("cause") {
                Some(cause) => format!("{} {cause}", form["event"]),
                None => form["event"].clone(),
            }
        };
        pushes.map(line).collect()
    }

    pub async fn pass(&self, milliseconds: u64) {
        self.simulator.advance(Duration::from_millis(milliseconds)).await.unwrap();
        self.simulator.settle().await;
    }

    pub fn visit(&self, more: &str) -> u64 {
        self.simulator.call(scenario(more)).unwrap()
    }

    pub fn door(&self, run: u64) -> LegView {
        self.simulator.run(run).unwrap().legs[0].clone()
    }

    pub fn complaints(&self) -> Vec<String> {
        self.simulator.complaints().into_iter().map(|complaint| complaint.about).collect()
    }

    pub fn complained_of(&self, words: &str) -> bool {
        self.complaints().iter().any(|about| about.contains(words))
    }

    pub async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.ask_as(TOKEN_ID, TOKEN, method, path, body).await
    }

    pub async fn ask_as(
        &self,
        user: &str,
        password: &str,
        method: &str,
        path: &str,
        body: Value,
    ) -> (u16, Value) {
        let url = format!("{}/v2{path}", self.simulator.base_url());
        let mut request =
            self.http.request(method.parse().unwrap(), url).basic_auth(user, Some(password));
        if !body.is_null() {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}

/// A resident's phone, as scenarios describe one.
pub fn phone(number: &str, name: &str, more: &str) -> String {
    format!("[[phone]]\nnumber = '+{number}'\nname = '{name}'\n{more}\n")
}

pub fn keys(leg: &LegView) -> String {
    let tones = leg.heard.iter().filter_map(|heard| {
        if let Sound::Tones { digits } = &heard.sound { Some(digits.as_str()) } else { None }
    });
    tones.collect()
}

/// The visitor's own part of a scenario.
pub fn visitor(more: &str) -> String {
    format!("[call]\nfrom = '{PANEL}'\nto = '{LINE}'\n{more}\n")
}
