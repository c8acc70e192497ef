//! What Vestibule does in how much time and with how much of a machine, beside peers that do a part of it. README.md says what each
//! part is. Nothing here fails for being slow: machines differ, so the ratios are what to compare.

#![expect(clippy::print_stdout, reason = "what a benchmark says, it prints")]

mod dials;
mod ingest;
mod journal;
mod lists;
mod live;
mod load;
mod media;
mod processes;
mod projections;
mod server;
mod sizes;
mod starts;
mod stories;
mod table;
mod visits;

use self::server::Server;

/// As the program itself has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What can be measured alone: `cargo bench --bench door -- PART`.
const PARTS: [&str; 8] =
    ["ingest", "journal", "door", "reads", "projections", "size", "start", "media"];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let _ = rustls::crypto::ring::default_provider().install_default();
    // How the benchmark of live audio starts our side of it.
    if let [forwarder, port, backends @ ..] = &arguments[..]
        && forwarder == "media-forwarder"
    {
        let backends = backends.iter().take(2).cloned().collect();
        return as_the_server(media::serve(port.parse()?, backends));
    }
    let named: Vec<&str> = PARTS
        .into_iter()
        .filter(|part| arguments.iter().any(|argument| argument == part))
        .collect();
    let parts = if named.is_empty() { PARTS.to_vec() } else { named };
    for part in parts.iter().filter(|part| **part != "media") {
        match *part {
            // One thread, so that the load leaves the machine to what it drives.
            "ingest" => tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(ingest::measure(&arguments))?,
            "journal" => as_the_server(journal::print())?,
            "door" => as_the_server(dials::measure(&arguments))?,
            "reads" => as_the_server(reads())?,
            "projections" => as_the_server(projections::measure())?,
            "size" => as_the_server(sizes::measure())?,
            _ => as_the_server(starts::measure())?,
        }
    }
    // Last, because it binds this process to a core.
    if parts.contains(&"media") { media::measure() } else { Ok(()) }
}

/// Runs it as the server itself is run.
fn as_the_server(part: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    actix_web::rt::System::with_tokio_rt(|| runtime).block_on(part)
}

/// What managers read: the history, and the running calls.
async fn reads() -> anyhow::Result<()> {
    println!("\n## Reads\n");
    let server = Server::start(None).await?;
    visits::measure(&server.carrier, 2.0, 2.0).await?;
    lists::measure(&server).await?;
    live::measure(&server).await?;
    server.close().await
}
