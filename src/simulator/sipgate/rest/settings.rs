//! The account: where its pushes go, what came of them, and who asks at all.

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use super::{
    super::{super::record::Webhook, Platform, xml},
    Answer, Answered, Asked, Refusal, StatusCode,
};

/// The whole object: what is left out is refused, so that nothing is lost by a change of one field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Pushes {
    #[serde(deserialize_with = "given")]
    incoming_url: Option<String>,
    #[serde(deserialize_with = "given")]
    outgoing_url: Option<String>,
    log: bool,
    #[serde(deserialize_with = "given")]
    whitelist: Option<Vec<String>>,
}

/// Null is a value, and not the same as nothing.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(from)
}

fn booked(asked: &Asked) -> Result<(), Refusal> {
    let refused = || Refusal::new(StatusCode::FORBIDDEN, "the feature is not booked");
    asked.account.pushes_booked.then_some(()).ok_or_else(refused)
}

pub fn show(asked: &Asked) -> Answered {
    booked(asked)?;
    let account = &asked.account;
    Ok(Answer::ok(json!({
        "incomingUrl": account.incoming_url.as_deref().unwrap_or(""),
        "outgoingUrl": account.outgoing_url.as_deref().unwrap_or(""),
        "log": account.log,
        "whitelist": account.whitelist,
    })))
}

pub fn change(platform: &Platform, asked: &Asked) -> Answered {
    booked(asked)?;
    let wanted: Pushes = asked.json()?;
    let filled = |url: Option<String>| url.filter(|url| !url.is_empty());
    platform.change_account(&asked.account.account, |account| {
        account.incoming_url = filled(wanted.incoming_url);
        account.outgoing_url = filled(wanted.outgoing_url);
        account.log = wanted.log;
        account.whitelist = wanted.whitelist;
    });
    Ok(Answer::no_content())
}

/// Pushes and their answers, newest first, if the account keeps them.
pub fn log(platform: &Platform, asked: &Asked) -> Answered {
    let state = platform.exchange.state();
    let own = |webhook: &&Webhook| {
        asked.account.log
            && webhook.application == asked.account.account
            && webhook.method == "POST"
            && webhook.attempt > 0
    };
    let items: Vec<Value> = state.webhooks.iter().rev().filter(own).map(logged).collect();
    drop(state);
    Ok(Answer::ok(json!({ "items": items })))
}

fn logged(webhook: &Webhook) -> Value {
    let asks = webhook.status == Some(200) && webhook.kind != "event";
    let answer = webhook.answer.as_deref().unwrap_or("");
    let xml_error = if asks { xml::read(answer).err() } else { None };
    let status = match (webhook.status, &webhook.failure) {
        (Some(status), _) => status.to_string(),
        (None, Some(failure)) => format!("600 - General IO Error - {failure}"),
        (None, None) => String::new(),
    };
    json!({
        "created": webhook.at.format(&Rfc3339).unwrap_or_default(),
        "url": webhook.url,
        "request": webhook.body,
        "response": answer,
        "xmlError": xml_error,
        "status": status,
    })
}

/// The cheapest question that only right credentials answer.
pub fn account(asked: &Asked) -> Answered {
    Ok(Answer::ok(json!({
        "company": format!("Account {}", asked.account.account),
        "mainProductType": "TEAM",
        "logoUrl": "",
        "verified": true,
    })))
}

pub fn who(asked: &Asked) -> Answered {
    Ok(Answer::ok(json!({
        "sub": "w0",
        "domain": "sipgate.de",
        "masterSipId": asked.account.account,
        "locale": "de_DE",
    })))
}

pub fn numbers(asked: &Asked) -> Answered {
    let items: Vec<Value> = asked
        .account
        .numbers
        .iter()
        .enumerate()
        .map(|(at, own)| {
            let first = own.users.first();
            json!({
                "id": at.to_string(),
                "number": own.number,
                "localized": own.number,
                "type": "LANDLINE",
                "endpointId": first.and_then(|user| user.id.as_deref()),
                "endpointAlias": first.map(|user| user.name.as_str()),
            })
        })
        .collect();
    Ok(Answer::ok(json!({ "items": items })))
}
