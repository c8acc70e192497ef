//! How long a resident's phone waits for us: from the visitor's answer webhook to the request that rings it, on both transports, at a
//! quiet, a busy and a full door.

use crate::server::{self, Server};
use crate::table::{Table, number};
use crate::visits::{self, Measured};

/// Visits a second.
const RATES: [f64; 3] = [1.0, 50.0, 200.0];
const SECONDS: f64 = 15.0;

/// `cargo bench --bench door -- door`
pub async fn measure() -> anyhow::Result<()> {
    println!("\n## Door to dial\n");
    println!("Milliseconds from a visitor's answer webhook, {SECONDS} s each\n");
    let database = transport(None).await?;
    let broker = transport(Some(server::from_environment("AMQP_URL")?)).await?;
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
    for (name, measured) in [("database", &database), ("broker", &broker)] {
        for (rate, Measured { ring, answer, visits, missing, errors }) in RATES.iter().zip(measured)
        {
            let [ring, ring_p99] = [ring.median, ring.p99].map(number);
            let [answer, answer_p99] = [answer.median, answer.p99].map(number);
            table.row(&[
                &name,
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
    for (place, rate) in RATES.iter().enumerate() {
        ratio(
            &mut ratios,
            &format!("broker / database, {rate} a second"),
            &broker[place],
            &database[place],
        );
    }
    for (place, rate) in RATES.iter().enumerate().skip(1) {
        ratio(
            &mut ratios,
            &format!("database, {rate} / 1 a second"),
            &database[place],
            &database[0],
        );
        ratio(&mut ratios, &format!("broker, {rate} / 1 a second"), &broker[place], &broker[0]);
    }
    ratios.print();
    println!("\nGoal: ring p99 below 30 ms at 50 visits a second.");
    Ok(())
}

async fn transport(broker: Option<String>) -> anyhow::Result<Vec<Measured>> {
    let server = Server::start(broker).await?;
    // Connections are made, statements prepared, keys opened.
    visits::measure(&server.carrier, 2.0, 2.0).await?;
    let mut measured = Vec::new();
    for rate in RATES {
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
