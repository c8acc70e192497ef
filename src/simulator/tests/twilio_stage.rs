//! A simulator that plays Twilio, and a door service that answers it with documents of the test's own.

use std::collections::HashMap;

use url::form_urlencoded;

use super::*;

pub const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub const TOKEN: &str = "test-token-0001";
pub const KEY: &str = "SK00000000000000000000000000000001";

pub struct TwilioStage {
    pub simulator: Running,
    pub ours: Data<Ours>,
    server: ServerHandle,
    pub base: String,
    http: reqwest::Client,
}

impl Drop for TwilioStage {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

/// What arrived, by name.
pub fn form(got: &Got) -> HashMap<String, String> {
    let text = if got.method == "POST" { &got.body } else { &got.query };
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

pub fn twiml(inside: &str) -> Reply {
    let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>{inside}</Response>");
    Reply::Bytes("text/xml", text.into_bytes())
}

impl TwilioStage {
    pub async fn with(script: impl Fn(&Got, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::set(|_, _| {}, script).await
    }

    pub async fn set(
        change: impl FnOnce(&mut Settings, &mut TwilioAccount),
        script: impl Fn(&Got, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let (ours, handle, base) = serve(script);
        let mut account: TwilioAccount = serde_json::from_value(json!({
            "sid": ACCOUNT,
            "auth_tokens": [TOKEN, "the second token"],
            "api_keys": { KEY: "a secret" },
            "cps": 1000,
            "numbers": [{
                "number": LINE,
                "voice_url": format!("{base}/voice?b=maple-12"),
                "fallback_url": format!("{base}/fallback"),
                "status_callback": format!("{base}/over"),
            }],
        }))
        .unwrap();
        let mut settings = Settings {
            seed: Some(1),
            twilio_reply_max: Duration::from_millis(400),
            ..Settings::with_virtual_clock()
        };
        change(&mut settings, &mut account);
        settings.twilio_accounts.push(account);
        let simulator = Simulator::start(settings).await.unwrap();
        Self { simulator, ours, server: handle, base, http: reqwest::Client::new() }
    }

    pub fn got_at(&self, path: &str) -> Vec<Got> {
        let all = self.ours.got.lock().unwrap().clone();
        all.into_iter().filter(|got| got.path == path).collect()
    }

    pub fn forms_at(&self, path: &str) -> Vec<HashMap<String, String>> {
        self.got_at(path).iter().map(form).collect()
    }

    /// One field of everything that arrived there, in order.
    pub fn field_at(&self, path: &str, name: &str) -> Vec<String> {
        let forms = self.forms_at(path);
        forms.iter().map(|form| form.get(name).cloned().unwrap_or_default()).collect()
    }

    pub async fn pass(&self, milliseconds: u64) {
        self.simulator.advance(Duration::from_millis(milliseconds)).await.unwrap();
    }

    pub fn visit(&self, more: &str) -> u64 {
        self.simulator.call(scenario(more)).unwrap()
    }

    pub fn door(&self, run: u64) -> LegView {
        self.simulator.run(run).unwrap().legs[0].clone()
    }

    pub fn complained_of(&self, words: &str) -> bool {
        self.simulator.complaints().iter().any(|complaint| complaint.about.contains(words))
    }

    pub async fn ask(&self, method: &str, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        self.ask_as(ACCOUNT, TOKEN, method, path, fields).await
    }

    pub async fn ask_as(
        &self,
        user: &str,
        password: &str,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> (u16, Value) {
        let path = if path.starts_with("/2010") {
            path.to_owned()
        } else {
            format!("/2010-04-01/Accounts/{ACCOUNT}{path}")
        };
        let url = format!("{}{path}", self.simulator.base_url());
        let mut request =
            self.http.request(method.parse().unwrap(), url).basic_auth(user, Some(password));
        if !fields.is_empty() {
            let body =
                form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            request =
                request.header("content-type", "application/x-www-form-urlencoded").body(body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Rings a phone; what comes back is the call's SID.
    pub async fn dial(&self, to: &str, more: &[(&str, &str)]) -> String {
        let to = format!("+{to}");
        let mut fields = vec![("To", to.as_str()), ("From", LINE)];
        fields.extend(more);
        let (status, created) = self.ask("POST", "/Calls.json", &fields).await;
        assert_eq!(status, 201, "{created}");
        created["sid"].as_str().unwrap().to_owned()
    }
}
