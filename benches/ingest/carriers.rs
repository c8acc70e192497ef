//! Webhooks as the carriers write and sign them, ready to go over the wire.
//!
//! Visits are rung first. What is measured is what the carrier then tells of them: at Twilio and Vonage of both residents' legs that
//! they ring, are answered and end, and that the visitor's has ended; at sipgate, which tells no more, that somebody answered and that
//! the call is over. So each webhook is about a call that is stored already, and no two are the same.

mod sipgate;
mod twilio;
mod vonage;

use std::fmt;

use super::firm::Firm;

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    Twilio,
    Vonage,
    Sipgate,
}

impl Carrier {
    pub const ALL: [Self; 3] = [Self::Twilio, Self::Vonage, Self::Sipgate];

    pub fn name(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::Vonage => "vonage",
            Self::Sipgate => "sipgate",
        }
    }

    /// What it tells of one visit.
    pub fn news_of_a_visit(self) -> usize {
        match self {
            Self::Twilio | Self::Vonage => 7,
            Self::Sipgate => 2,
        }
    }

    /// What it calls the visitor's leg of a visit.
    pub fn visitor(self, visit: usize) -> String {
        match self {
            Self::Twilio => twilio::sid(visit, 0),
            Self::Vonage => vonage::leg_id(visit, 0),
            Self::Sipgate => sipgate::call_id(visit),
        }
    }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Twilio => "Twilio status callbacks",
            Self::Vonage => "Vonage events",
            Self::Sipgate => "sipgate pushes",
        })
    }
}

/// A visit that was rung: the carrier's number of it, and our ids.
pub struct Visit {
    pub n: usize,
    pub call: String,
    pub leg: String,
    pub residents: Vec<String>,
}

/// Writes webhooks.
#[derive(Default)]
pub struct Pens {
    sipgate: sipgate::Pen,
}

impl Pens {
    /// So many visitors press the bell.
    pub fn rings(&mut self, carrier: Carrier, to: &Hooks<'_>, visits: usize) -> Vec<Vec<u8>> {
        match carrier {
            Carrier::Twilio => (0..visits).map(|n| twilio::ring(to, n)).collect(),
            Carrier::Vonage => (0..visits).map(|n| vonage::ring(to, n)).collect(),
            Carrier::Sipgate => self.sipgate.rings(to, visits),
        }
    }

    /// What then happens: the first news of each visit, then the second of each, so that no two at a time are about the same one.
    pub fn news(&mut self, carrier: Carrier, to: &Hooks<'_>, visits: &[Visit]) -> Vec<Vec<u8>> {
        let mut of_visits: Vec<_> = match carrier {
            Carrier::Twilio => {
                visits.iter().map(|visit| twilio::news(to, visit).into_iter()).collect()
            }
            Carrier::Vonage => {
                visits.iter().map(|visit| vonage::news(to, visit).into_iter()).collect()
            }
            Carrier::Sipgate => {
                let of_visits = self.sipgate.news(to, visits);
                of_visits.into_iter().map(Vec::into_iter).collect()
            }
        };
        let mut all = Vec::new();
        for _ in 0..carrier.news_of_a_visit() {
            all.extend(of_visits.iter_mut().filter_map(Iterator::next));
        }
        all
    }
}

/// Where a firm's webhooks go.
pub struct Hooks<'a> {
    pub firm: &'a Firm,
    /// With its port.
    pub host: String,
}

impl Hooks<'_> {
    fn post(&self, path: &str, kind: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
        let headers: String =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let (host, length) = (&self.host, body.len());
        format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nContent-Type: {kind}\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
            .into_bytes()
    }
}

/// Fields in the order in which they are written.
type Fields = Vec<(&'static str, String)>;

fn form(fields: &Fields) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
