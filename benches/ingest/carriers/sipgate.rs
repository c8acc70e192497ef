//! sipgate: forms, signed with RSA of 4096 bits over the body alone.

use std::collections::HashMap;

use vestibule::boot::demo::{ADA, PANEL};
use vestibule::simulator::sipgate::sign::Seal;

use super::{Fields, Hooks, Visit, form};
use crate::ingest::firm::{SIPGATE_ACCOUNT, SIPGATE_LINE};

pub fn call_id(visit: usize) -> String {
    format!("{visit:076X}")
}

/// Signatures take milliseconds each: bodies come again for the next firm, and are signed once.
#[derive(Default)]
pub struct Pen {
    signatures: HashMap<String, String>,
}

impl Pen {
    pub fn rings(&mut self, to: &Hooks<'_>, visits: usize) -> Vec<Vec<u8>> {
        let bodies: Vec<String> = (0..visits).map(ring).collect();
        self.sign(bodies.iter());
        let path = format!("/hooks/sipgate/{}", to.firm.sipgate);
        bodies.iter().map(|body| self.post(to, &path, body)).collect()
    }

    pub fn news(&mut self, to: &Hooks<'_>, visits: &[Visit]) -> Vec<Vec<Vec<u8>>> {
        let bodies: Vec<_> =
            visits.iter().map(|visit| [answer(visit.n), hangup(visit.n)]).collect();
        self.sign(bodies.iter().flatten());
        let of_visit = |(visit, bodies): (&Visit, &[String; 2])| {
            let path = format!("/hooks/sipgate/{}/{}/{}", to.firm.sipgate, visit.call, visit.leg);
            bodies.iter().map(|body| self.post(to, &path, body)).collect()
        };
        visits.iter().zip(&bodies).map(of_visit).collect()
    }

    fn sign<'a>(&mut self, bodies: impl Iterator<Item = &'a String>) {
        let unsigned: Vec<&String> =
            bodies.filter(|body| !self.signatures.contains_key(*body)).collect();
        let seal = Seal::new();
        let half = unsigned.len().div_ceil(2).max(1);
        let signed = std::thread::scope(|threads| {
            let signing: Vec<_> = unsigned
                .chunks(half)
                .map(|bodies| {
                    let sign = |body: &&String| ((*body).clone(), seal.sign(body.as_bytes()));
                    threads.spawn(move || bodies.iter().map(sign).collect::<Vec<_>>())
                })
                .collect();
            signing
                .into_iter()
                .filter_map(|thread| thread.join().ok())
                .flatten()
                .collect::<Vec<_>>()
        });
        self.signatures.extend(signed);
    }

    fn post(&self, to: &Hooks<'_>, path: &str, body: &str) -> Vec<u8> {
        let headers = [
            ("User-Agent", "sipgate.io"),
            ("Accept-Charset", "utf-8"),
            ("Via", "1.1 push-api.sipgate.net (squid/3.1.20)"),
            ("X-Sipgate-Signature", self.signatures[body].as_str()),
        ];
        to.post(path, "application/x-www-form-urlencoded; charset=UTF-8", &headers, body)
    }
}

fn ring(visit: usize) -> String {
    let mut fields = basics("newCall", visit);
    fields.extend([
        ("user[]", "Desk".to_owned()),
        ("userId[]", "w4".to_owned()),
        ("fullUserId[]", format!("{SIPGATE_ACCOUNT}w4")),
    ]);
    form(&fields)
}

fn answer(visit: usize) -> String {
    let mut fields = basics("answer", visit);
    fields.push(("answeringNumber", digits(ADA)));
    form(&fields)
}

fn hangup(visit: usize) -> String {
    let mut fields = basics("hangup", visit);
    fields.push(("cause", "normalClearing".to_owned()));
    fields.push(("answeringNumber", digits(ADA)));
    form(&fields)
}

fn basics(event: &str, visit: usize) -> Fields {
    vec![
        ("event", event.to_owned()),
        ("direction", "in".to_owned()),
        ("from", digits(PANEL)),
        ("to", digits(SIPGATE_LINE)),
        ("callId", call_id(visit)),
        ("origCallId", call_id(visit)),
        ("xcid", format!("{visit:08x}")),
    ]
}

fn digits(number: &str) -> String {
    number.trim_start_matches('+').to_owned()
}
