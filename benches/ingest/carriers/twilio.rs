//! Twilio: forms, signed with HMAC-SHA1 over the URL and the sorted fields.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use vestibule::boot::demo::{ADA, BEN, PANEL};
use vestibule::simulator::twilio::sign;

use super::{Fields, Hooks, Visit, form};
use crate::ingest::firm::{TWILIO_ACCOUNT, TWILIO_LINE, TWILIO_TOKEN};

/// Of one of a visit's legs; the visitor's is the first.
pub fn sid(visit: usize, leg: usize) -> String {
    format!("CA{visit:031x}{leg:x}")
}

pub fn ring(to: &Hooks<'_>, visit: usize) -> Vec<u8> {
    let fields = basics(&sid(visit, 0), (PANEL, TWILIO_LINE), "inbound", "ringing");
    post(to, &format!("/hooks/twilio/{}/voice", to.firm.twilio), &fields)
}

pub fn news(to: &Hooks<'_>, visit: &Visit) -> Vec<Vec<u8>> {
    let mut news = Vec::new();
    for (sequence, status) in [(1, "ringing"), (2, "in-progress"), (3, "completed")] {
        for (place, (leg, number)) in (1..).zip(visit.residents.iter().zip([ADA, BEN])) {
            let path = format!("/hooks/twilio/{}/status/{}/{leg}", to.firm.twilio, visit.call);
            let sid = sid(visit.n, place);
            let fields = basics(&sid, (TWILIO_LINE, number), "outbound-api", status);
            news.push(post(to, &path, &reported(fields, sequence, status)));
        }
    }
    let fields = basics(&sid(visit.n, 0), (PANEL, TWILIO_LINE), "inbound", "completed");
    let path = format!("/hooks/twilio/{}/status", to.firm.twilio);
    news.push(post(to, &path, &reported(fields, 0, "completed")));
    news
}

/// What every request says of its call.
fn basics(sid: &str, (from, number): (&str, &str), direction: &str, status: &str) -> Fields {
    let mut fields: Fields = vec![
        ("CallSid", sid.to_owned()),
        ("AccountSid", TWILIO_ACCOUNT.to_owned()),
        ("From", from.to_owned()),
        ("To", number.to_owned()),
        ("CallStatus", status.to_owned()),
        ("ApiVersion", "2010-04-01".to_owned()),
        ("Direction", direction.to_owned()),
        ("Caller", from.to_owned()),
        ("Called", number.to_owned()),
    ];
    let places = [
        ("FromCountry", "GB"),
        ("FromCity", ""),
        ("FromState", ""),
        ("FromZip", ""),
        ("ToCountry", "CA"),
        ("ToCity", ""),
        ("ToState", ""),
        ("ToZip", ""),
        ("CallerCountry", "GB"),
        ("CallerCity", ""),
        ("CallerState", ""),
        ("CallerZip", ""),
        ("CalledCountry", "CA"),
        ("CalledCity", ""),
        ("CalledState", ""),
        ("CalledZip", ""),
    ];
    fields.extend(places.map(|(name, value)| (name, value.to_owned())));
    fields
}

#[expect(clippy::disallowed_methods, reason = "a carrier has a clock of its own")]
fn reported(mut fields: Fields, sequence: u32, status: &str) -> Fields {
    let stamp = OffsetDateTime::now_utc().format(&Rfc2822).unwrap_or_default();
    fields.extend([
        ("Timestamp", stamp),
        ("CallbackSource", "call-progress-events".to_owned()),
        ("SequenceNumber", sequence.to_string()),
    ]);
    if status == "completed" {
        fields.extend([("CallDuration", "9".to_owned()), ("Duration", "1".to_owned())]);
    }
    fields
}

fn post(to: &Hooks<'_>, path: &str, fields: &Fields) -> Vec<u8> {
    let named: Vec<_> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let signature = sign::form(TWILIO_TOKEN, &format!("http://{}{path}", to.host), &named);
    let token = format!("{:032x}", rand::random::<u128>());
    let headers = [
        ("User-Agent", "TwilioProxy/1.1"),
        ("X-Twilio-Signature", signature.as_str()),
        ("I-Twilio-Idempotency-Token", token.as_str()),
    ];
    to.post(path, "application/x-www-form-urlencoded; charset=UTF-8", &headers, &form(fields))
}
