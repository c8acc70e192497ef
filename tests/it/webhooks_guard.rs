//! What webhooks can not reach: anything that is not on the public internet, whatever a name says, and whenever it says it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use serde_json::json;
use vestibule::application::ports::webhooks::{Message, Poster};
use vestibule::domain::webhook::address::PrivateAddresses;
use vestibule::domain::webhook::attempt::Answer;
use vestibule::webhooks_out::{Lookup, Settings, WayOut};

use crate::webhooks_stage::{Receiver, Setting, Stage};

/// A name server that turns round: public when it is asked first, this machine afterwards.
#[derive(Debug, Default)]
struct Turncoat {
    has_turned: AtomicBool,
    asked: AtomicUsize,
}

impl Turncoat {
    fn turns(&self) {
        self.has_turned.store(true, Ordering::Release);
    }
}

#[async_trait]
impl Lookup for Turncoat {
    async fn look_up(&self, _: &str) -> io::Result<Vec<SocketAddr>> {
        self.asked.fetch_add(1, Ordering::AcqRel);
        let address = match self.has_turned.load(Ordering::Acquire) {
            true => Ipv4Addr::LOCALHOST,
            false => Ipv4Addr::new(8, 8, 8, 8),
        };
        Ok(vec![SocketAddr::new(IpAddr::V4(address), 0)])
    }
}

/// A name server that always says the same.
#[derive(Debug)]
struct Says(Vec<IpAddr>);

#[async_trait]
impl Lookup for Says {
    async fn look_up(&self, _: &str) -> io::Result<Vec<SocketAddr>> {
        Ok(self.0.iter().map(|address| SocketAddr::new(*address, 0)).collect())
    }
}

fn way_out(private: PrivateAddresses, lookup: impl Lookup + 'static) -> WayOut {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Settings { private, lookup: Arc::new(lookup) }.start().unwrap()
}

async fn post(way: &WayOut, url: &str) -> (Answer, String) {
    let secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into()];
    let at = std::time::SystemTime::now().into();
    let message = Message { url, id: "1", at, body: "{}".into(), secrets: &secrets };
    let reply = way.post(message).await;
    (reply.answer, reply.error.unwrap_or_default())
}

#[actix_web::test]
async fn what_is_not_public_is_refused_when_it_is_entered() {
    let stage = Stage::set(Setting {
        private: PrivateAddresses::Refused,
        lookup: Arc::new(Says(vec![
            Ipv4Addr::new(8, 8, 8, 8).into(),
            Ipv4Addr::new(10, 0, 0, 1).into(),
        ])),
        ..Setting::default()
    })
    .await;
    for url in [
        "http://hooks.example.com/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0177.0.0.1/",
        "https://0x7f.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://[64:ff9b::a00:1]/",
        "https://[fd00::1]/",
        "https://0.0.0.0/",
        "https://localhost/",
        "https://db/",
        "https://metadata.google.internal/",
        "https://a:b@hooks.example.com/",
        "https://hooks.example.com:25/",
        "https://hooks.example.com:5432/",
        "file:///etc/passwd",
        "gopher://hooks.example.com/",
        "https://8.8.8.8:22/",
        "not a url",
        "",
        // Its name has a private address among its public ones.
        "https://hooks.example.com/",
    ] {
        let (status, problem) = stage.owner.post("/v1/webhooks", &json!({ "url": url })).await;
        assert_eq!(
            (status, &problem["fields"][0]["field"]),
            (422, &json!("url")),
            "{url}: {problem}"
        );
    }
    let (status, made) =
        stage.owner.post("/v1/webhooks", &json!({ "url": "https://8.8.8.8/hook" })).await;
    assert_eq!(status, 201, "{made}");
    stage.close().await;
}

/// The name is public when the webhook is entered, and leads to this machine when something is to be told.
#[actix_web::test]
async fn a_name_that_turns_to_this_machine_is_not_followed() {
    let turncoat = Arc::new(Turncoat::default());
    let stage = Stage::set(Setting {
        private: PrivateAddresses::Refused,
        lookup: Arc::clone(&turncoat) as _,
        ..Setting::default()
    })
    .await;
    let receiver = Receiver::open().await;
    let url = format!("https://hooks.example.com:{}/hook", receiver.port());
    let webhook = stage.webhook(json!({ "url": url, "events": ["call.rang"] })).await;
    turncoat.turns();

    stage.visit(stage.maple, &[]).await;
    let tried = stage
        .deliveries(&webhook, "one attempt", |all| all.len() == 1 && all[0]["attempts"] == 1)
        .await;

    assert_eq!(tried[0]["last_error"], "the host's address is not on the public internet");
    assert_eq!(
        turncoat.asked.load(Ordering::Acquire),
        2,
        "once when it was entered, once when it was told"
    );
    assert!(receiver.heard().await.is_empty());
    stage.close().await;
}

#[actix_web::test]
async fn the_address_that_was_checked_is_the_one_that_is_connected_to() {
    let receiver = Receiver::open().await;
    let url = format!("http://hooks.example.com:{}/hook", receiver.port());

    // The operator allows it: then the name alone leads there, so the way is open but for the guard.
    let allowed = way_out(PrivateAddresses::Allowed, Says(vec![Ipv4Addr::LOCALHOST.into()]));
    assert_eq!(post(&allowed, &url).await.0, Answer::Status { status: 204, retry_after: None });

    for address in [
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "100.64.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "fd00::1",
        "fe80::1",
        "0.0.0.0",
    ] {
        let secure = url.replace("http:", "https:");
        for found in [vec![address], vec!["8.8.8.8", address], vec![address, "8.8.8.8"]] {
            let found = found.iter().map(|address| address.parse().unwrap()).collect();
            let refused = post(&way_out(PrivateAddresses::Refused, Says(found)), &secure).await;
            assert_eq!(
                refused,
                (Answer::Refused, "the host's address is not on the public internet".into()),
                "{address}"
            );
        }
    }
    assert_eq!(receiver.heard().await.len(), 1);
}

/// A URL that was stored while the operator allowed it is looked at again each time.
#[actix_web::test]
async fn a_private_address_that_is_stored_already_is_not_reached_either() {
    let receiver = Receiver::open().await;
    let way = way_out(PrivateAddresses::Refused, Says(vec![]));

    for url in [
        receiver.url(),
        format!("https://127.0.0.1:{}/", receiver.port()),
        "https://[::1]:8443/".into(),
        "https://2130706433/".into(),
    ] {
        let (answer, why) = post(&way, &url).await;
        assert_eq!(answer, Answer::Refused, "{url}");
        assert!(why.starts_with("the URL must"), "{why}");
    }
    assert!(receiver.heard().await.is_empty());
}

#[actix_web::test]
async fn what_goes_wrong_on_the_way_is_said_without_the_urls_secrets() {
    let way = way_out(PrivateAddresses::Allowed, Says(vec![]));
    let nobody = "http://127.0.0.1:1/s3cret?key=s3cret";
    let nowhere = "http://nowhere.example/s3cret";

    for url in [nobody, nowhere] {
        let (answer, why) = post(&way, url).await;
        assert_eq!(answer, Answer::None);
        assert!(!why.is_empty() && !why.contains("s3cret"), "{why}");
    }
}
