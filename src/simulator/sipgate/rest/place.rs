//! POST /sessions/calls: the caller's phone is rung, and then the callee's.

use std::sync::Arc;

use actix_web::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::{
    super::{
        super::{
            delivery::Delivery,
            leg::{Beginning, Direction, Leg},
            network::{DialAnswer, OnDial},
            record::Placed,
            scenario::{Phone, digits},
        },
        Destination, NewCall, Platform, SipgateNumber, SipgateUser, Way, life,
    },
    Answer, Answered, Asked, Refusal, e164,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Wanted {
    /// An extension (`e0`, `p0`, `x0`, `y0`), or a number.
    caller: String,
    callee: String,
    #[serde(default)]
    caller_id: Option<String>,
    /// Pays, where the caller is a number.
    #[serde(default)]
    device_id: Option<String>,
}

/// A call, once everything about it was found right.
struct Session {
    /// The phone to ring first; nobody rings for a device that is not there, and nothing is said of it.
    caller: Option<String>,
    extension: Option<String>,
    callee: String,
    shown: String,
}

/// Rings, unless a fault of the scenario says otherwise. Refused dials are kept as well: a test wants to see them.
pub fn create(platform: &Arc<Platform>, asked: &Asked) -> Answered {
    let body = serde_json::from_slice(&asked.body).unwrap_or_default();
    let mut record = Placed {
        at: platform.exchange.clock.now(),
        application: asked.account.account.clone(),
        to: String::new(),
        from: String::new(),
        uuid: None,
        run: None,
        status: None,
        body,
    };
    let session = match asked.json().and_then(|wanted| read(asked, &wanted)) {
        Ok(session) => session,
        Err(refusal) => {
            record.status = Some(refusal.status.as_u16());
            platform.exchange.keep(|state| &mut state.placed, record);
            return Err(refusal);
        }
    };
    record.from.clone_from(&session.shown);
    record.to = session.caller.clone().unwrap_or_default();
    let id = platform.call_id(Way::Out);
    let phone = session.caller.as_deref().map(|number| platform.exchange.phone(number));
    let fault = phone.as_ref().and_then(|(phone, run)| platform.exchange.dial(*run, phone));
    record.run = phone.as_ref().and_then(|(_, run)| *run);
    if let Some(phone) = phone
        && fault.as_ref().is_none_or(OnDial::placed)
    {
        ring(platform, asked, &session, &id, phone);
        record.uuid = Some(id.clone());
    }
    let answer = |delivery| {
        Ok(Answer { status: StatusCode::OK, body: json!({ "sessionId": id }), delivery })
    };
    let (result, status) = match fault.map(|fault| fault.answer) {
        None => (answer(Delivery::Arrives), Some(200)),
        Some(DialAnswer::Lost) => (answer(Delivery::Lost), None),
        Some(DialAnswer::Stall) => (answer(Delivery::Stalls), None),
        Some(DialAnswer::Error) => {
            (Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "broken")), Some(500))
        }
        Some(DialAnswer::RateLimit) => {
            (Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests")), Some(429))
        }
    };
    record.status = status;
    platform.exchange.keep(|state| &mut state.placed, record);
    result
}

fn read(asked: &Asked, wanted: &Wanted) -> Result<Session, Refusal> {
    let account = &asked.account;
    let callee = e164(&wanted.callee).ok_or_else(|| Refusal::bad("callee is no number with +"))?;
    let shown = match wanted.caller_id.as_deref() {
        None => None,
        Some(number) => {
            let number =
                e164(number).ok_or_else(|| Refusal::bad("callerId is no number with +"))?;
            if account.number(&number).is_none() {
                return Err(Refusal::new(StatusCode::FORBIDDEN, "callerId is not of this account"));
            }
            Some(number)
        }
    };
    let extension = wanted.device_id.as_deref().or(is_extension(&wanted.caller));
    let caller = match (e164(&wanted.caller), is_extension(&wanted.caller)) {
        (Some(_), _) if wanted.device_id.is_none() => {
            return Err(Refusal::bad("deviceId is missing, which a caller by number needs"));
        }
        (Some(number), _) => Some(number),
        (None, Some(own)) => account.devices.get(own).map(|number| digits(number).to_owned()),
        (None, None) => {
            return Err(Refusal::bad("caller is neither a number with + nor an extension"));
        }
    };
    if extension.is_some_and(|own| is_extension(own).is_none()) {
        return Err(Refusal::bad("deviceId is no extension"));
    }
    if !account.funds {
        return Err(Refusal::new(StatusCode::PAYMENT_REQUIRED, "insufficient funds"));
    }
    let own = account.numbers.first().map(|own| digits(&own.number).to_owned());
    let shown = shown.or(own).or_else(|| caller.clone()).unwrap_or_default();
    Ok(Session { caller, extension: extension.map(str::to_owned), callee, shown })
}

fn is_extension(text: &str) -> Option<&str> {
    let number = text.strip_prefix(['e', 'p', 'x', 'y', 'g', 'w'])?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

fn ring(
    platform: &Arc<Platform>,
    asked: &Asked,
    session: &Session,
    id: &str,
    (phone, run): (Phone, Option<u64>),
) {
    let account = &asked.account;
    let to = digits(&phone.number).to_owned();
    let caller = Arc::new(Leg::begin(
        &platform.exchange.clock,
        Beginning {
            id: id.to_owned(),
            conversation: id.to_owned(),
            application: account.account.clone(),
            direction: Direction::Outbound,
            from: session.shown.clone(),
            to,
            phone,
            run,
        },
    ));
    caller.state().status = "ringing".into();
    platform.exchange.connect(caller.clone());
    let users = session
        .extension
        .iter()
        .map(|own| SipgateUser { name: own.clone(), id: Some(own.clone()) });
    let line = account.number(&session.shown).cloned().unwrap_or(SipgateNumber {
        number: format!("+{}", session.shown),
        users: Vec::new(),
        put_through_to: None,
        mailbox: None,
        stands_for: None,
    });
    let call = platform.begin(NewCall {
        id: id.to_owned(),
        origin: id.to_owned(),
        account: account.clone(),
        way: Way::Out,
        from: session.shown.clone(),
        to: session.callee.clone(),
        users: if line.users.is_empty() { users.collect() } else { line.users.clone() },
        line,
        diversion: None,
        destination: Destination::Number(session.callee.clone()),
        caller,
    });
    platform.exchange.spawn(life::lead(platform.clone(), call));
}
