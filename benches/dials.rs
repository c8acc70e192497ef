//! How long a resident's phone waits for us: from the visitor's answer webhook to the request that rings it, on both transports, at a
//! quiet, a busy and a full door.

use crate::server::{self, Server};
use crate::table::{Table, number};
use crate::visits::{self, Measured};

/// Visits a second.
const RATES: [f64; 3] = [1.0, 50.0, 200.0];
/// Those of them that leave it time to breathe.
const CALM: usize = 2;
const SECONDS: f64 = 15.0;

/// `cargo bench --bench door -- door [calm] [database | broker]`
pub async fn measure(arguments: &[String]) -> anyhow::Result<()> {
    let is_asked = |word: &str| arguments.iter().any(|argument| argument == word);
    let rates = if is_asked("calm") { &RATES[..CALM] } else { &RATES[..] };
    println!("\n## Door to dial\n");
    println!("Milliseconds from a visitor's answer webhook, {SECONDS} s each\n");
    let mut transports = Vec::new();
    if !is_asked("broker") {
        transports.push(("database", transport(None, rates).await?));
    }
    if !is_asked("database") {
        let broker = server::from_environment("AMQP_URL")?;
        transports.push(("broker", transport(Some(broker), rates).await?));
    }
    let mut table = Table::headed(&[
        "",
        "visits a second",
        "ring p50",
        "ring p99",
        "answer p50",
        "answer p99",
        "visits",
        "unrung",
        "errors",
    ]);
    for (name, measured) in &transports {
        for (rate, Measured { ring, answer, visits, missing, errors }) in rates.iter().zip(measured)
        {
            let [ring, ring_p99] = [ring.median, ring.p99].map(number);
            let [answer, answer_p99] = [answer.median, answer.p99].map(number);
            table.row(&[
                name,
                rate,
                &ring,
                &ring_p99,
                &answer,
                &answer_p99,
                visits,
                missing,
                errors,
            ]);
        }
    }
    table.print();
    println!();
    let mut ratios = Table::headed(&["", "ring p50", "ring p99", "answer p50", "answer p99"]);
    for (place, rate) in rates.iter().enumerate() {
        if let [(_, database), (_, broker)] = &transports[..] {
            let name = format!("broker / database, {rate} a second");
            ratio(&mut ratios, &name, &broker[place], &database[place]);
        }
        for (name, measured) in transports.iter().filter(|_| place > 0) {
            let name = format!("{name}, {rate} / 1 a second");
            ratio(&mut ratios, &name, &measured[place], &measured[0]);
        }
    }
    ratios.print();
    println!("\nGoal: ring p99 below 30 ms at 50 visits a second.");
    Ok(())
}

async fn transport(broker: Option<String>, rates: &[f64]) -> anyhow::Result<Vec<Measured>> {
    let server = Server::start(broker).await?;
    // Connections are made, statements prepared, keys opened.
    visits::measure(&server.carrier, 2.0, 2.0).await?;
    let mut measured = Vec::new();
    for &rate in rates {
        measured.push(visits::measure(&server.carrier, rate, SECONDS).await?);
    }
    server.close().await?;
    Ok(measured)
}

fn ratio(table: &mut Table, name: &str, a: &Measured, b: &Measured) {
    let [ring, ring_p99, answer, answer_p99] = [
        a.ring.median / b.ring.median,
        a.ring.p99 / b.ring.p99,
        a.answer.median / b.answer.median,
        a.answer.p99 / b.answer.p99,
    ]
    .map(number);
    table.row(&[&name, &ring, &ring_p99, &answer, &answer_p99]);
}
