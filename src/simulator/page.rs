//! The page at `/sim`: what this is, and what is going on.

use std::{fmt::Write, sync::Arc};

use actix_web::{HttpResponse, web::Data};

use super::{
    leg::{Heard, Sound},
    platforms::Platforms,
    record::{LegView, RunState, RunView},
    sipgate::PUBLIC_KEY_PATH,
};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fbfaf7}\
h1{font-weight:600;margin-bottom:0}h1+p{margin-top:.2rem;color:#666}section{background:#fff;border:1px solid #e4e0d8;border-radius:8px;\
padding:.8rem 1.1rem;margin:1rem 0}h2{font-size:1.05rem;margin:0 0 .4rem}.tag{font-size:.78rem;padding:.1rem .5rem;border-radius:1rem;\
background:#eee;margin-left:.5rem;font-weight:400}.ok{background:#dff3e0}.no{background:#f9dcd8}.on{background:#fdf0c8}\
table{border-collapse:collapse;width:100%}td{border-top:1px solid #f0ede6;padding:.3rem .5rem;vertical-align:top}td:first-child{width:9rem}\
small{color:#777}code{background:#f2efe8;padding:0 .25rem;border-radius:3px}";

/// Runs shown, newest first.
const RUNS_MAX: usize = 50;

pub async fn show(platforms: Data<Arc<Platforms>>) -> HttpResponse {
    let runs = platforms.exchange.runs();
    let mut page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Carrier simulator</title><style>{STYLE}</style>\
         <h1>Carrier simulator</h1><p>A telephone network that exists only here: no real phone rings. Start a call with \
         <code>POST /sim/calls</code>; look further at <a href=/sim/webhooks>webhooks</a>, <a href=/sim/requests>requests</a>, \
         <a href=/sim/placed>dials</a>, <a href=/sim/rooms>rooms</a>, <a href=/sim/complaints>complaints</a>. sipgate's pushes are signed with \
         <a href={PUBLIC_KEY_PATH}>this key</a>.</p>"
    );
    if runs.is_empty() {
        page.push_str("<section>Nobody has called yet.</section>");
    }
    for view in runs.iter().rev().take(RUNS_MAX) {
        run(&mut page, view);
    }
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page)
}

fn run(page: &mut String, run: &RunView) {
    let state = if run.state == RunState::Running {
        "<span class='tag on'>running</span>"
    } else {
        "<span class=tag>over</span>"
    };
    let verdict = match (run.state, run.checks.is_empty(), run.passed) {
        (RunState::Running, ..) | (_, true, _) => "",
        (RunState::Over, _, true) => "<span class='tag ok'>as expected</span>",
        (RunState::Over, _, false) => "<span class='tag no'>not as expected</span>",
    };
    let _ = write!(
        page,
        "<section><h2><a href=/sim/calls/{id}>{id}</a> {}{state}{verdict}</h2><table>",
        escape(&run.title),
        id = run.id
    );
    run.legs.iter().for_each(|view| leg(page, view));
    page.push_str("</table>");
    for check in run.checks.iter().filter(|check| !check.holds && run.state == RunState::Over) {
        let _ = write!(
            page,
            "<p>{}: expected <b>{}</b>, seen <b>{}</b></p>",
            escape(&check.what),
            escape(&check.expected),
            escape(&check.seen)
        );
    }
    page.push_str("</section>");
}

fn leg(page: &mut String, leg: &LegView) {
    let heard: Vec<String> = leg.heard.iter().map(line).collect();
    let keys: String = leg.pressed.iter().map(|pressed| pressed.key).collect();
    let pressed = if keys.is_empty() {
        String::new()
    } else {
        format!("<br><small>pressed</small> {}", escape(&keys))
    };
    let _ = write!(
        page,
        "<tr><td>{}<br><small>{}</small></td><td>{}{pressed}</td></tr>",
        escape(&leg.phone),
        escape(&leg.status),
        heard.join("<br>")
    );
}

fn line(heard: &Heard) -> String {
    let at = format!("{:02}:{:02}:{:02}", heard.at.hour(), heard.at.minute(), heard.at.second());
    let what = match &heard.sound {
        Sound::Speech { .. } if heard.cut_short => {
            format!("“{}…”", escape(heard.spoken().unwrap_or_default()))
        }
        Sound::Speech { text, .. } => format!("“{}”", escape(text)),
        Sound::Music { .. } => "♪ music".into(),
        Sound::Prompt { url, .. } if heard.cut_short => format!("♪ {}…", escape(url)),
        Sound::Prompt { url, .. } => format!("♪ {}", escape(url)),
        Sound::Ringing => "ringing".into(),
        Sound::Tones { digits } => format!("tones <b>{}</b>", escape(digits)),
        Sound::Audio { bytes, .. } => format!("{bytes} bytes of live audio"),
        Sound::Joined { who, .. } => format!("→ {} joins", escape(who)),
        Sound::Left { who, .. } => format!("← {} leaves", escape(who)),
        Sound::Silence => "silence".into(),
    };
    format!("<small>{at}</small> {what}")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
