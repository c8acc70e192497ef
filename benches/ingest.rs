//! How many webhooks a second are verified, decided and stored before they are answered; beside Express, which answers the same bytes
//! and stores nothing, and beside pgbench, which inserts one comparable row a commit. In turn, on this machine, by the same load.

pub mod carriers;
mod express;
pub mod firm;
mod rows;

use std::collections::HashMap;
use std::time::Duration;

use anyhow::ensure;
use secrecy::ExposeSecret;
use sqlx::{Connection, Executor, PgConnection, Row};

use self::carriers::{Carrier, Hooks, Pens, Visit};
use self::express::{Express, Signatures};
use self::firm::Firm;
use self::rows::Rows;
use crate::load::{self, Again, Answered, Load};
use crate::processes::{self, Api, Installation, Postgres};
use crate::server::fresh_database;
use crate::table::{Table, median, number};

/// Connections of a carrier's, and clients of pgbench's beside them.
const LEVELS: [(usize, usize); 2] = [(32, 32), (256, 64)];
/// What one carrier alone is measured at besides, in one window of ours each.
const CURVE: [usize; 5] = [1, 4, 16, 128, 512];
const ROUNDS: usize = 3;
const WINDOW: Duration = Duration::from_secs(4);
/// So that neither side is measured while it still compiles itself or opens connections.
const WARM_UP: Duration = Duration::from_secs(1);
/// Before anything is known of how many webhooks a window takes.
const FIRST_VISITS: usize = 500;
const VISITS_MAX: usize = 12_000;
const RINGING: usize = 8;
/// A signature of sipgate's takes this machine milliseconds.
const SIPGATE_VISITS_MAX: usize = 1_500;

/// Who takes part.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Who {
    Ours,
    Express,
    ExpressVerifies,
    Rows,
}

impl Who {
    const ALL: [Self; 4] = [Self::Ours, Self::Express, Self::ExpressVerifies, Self::Rows];

    fn name(self) -> &'static str {
        match self {
            Self::Ours => "Vestibule: verified, decided, stored",
            Self::Express => "Express: parsed",
            Self::ExpressVerifies => "Express: parsed, verified",
            Self::Rows => "pgbench: a row a commit",
        }
    }
}

/// One window of one of them.
struct Window {
    per_second: f64,
    median: f64,
    p99: f64,
    /// Seconds of processor a thousand: of who answers, of PostgreSQL, of the load.
    cpu: [f64; 3],
    refused: usize,
}

/// `cargo bench --bench door -- ingest [twilio] [vonage] [sipgate] [once] [ours]`
pub async fn measure(arguments: &[String]) -> anyhow::Result<()> {
    let says = |word: &str| arguments.iter().any(|argument| argument == word);
    let named: Vec<_> = Carrier::ALL.into_iter().filter(|one| says(one.name())).collect();
    let carriers = if named.is_empty() { Carrier::ALL.to_vec() } else { named };
    let rounds = if says("once") { 1 } else { ROUNDS };
    let who = if says("ours") { &Who::ALL[..1] } else { &Who::ALL[..] };

    let mut door = Door::open().await?;
    println!("\n## Webhooks a second\n");
    println!("{WINDOW:?} a window, the median of {rounds}; CPU in seconds a thousand webhooks\n");
    let mut report = Report::new();
    for carrier in carriers {
        for level in LEVELS {
            let medians = contest(&mut door, (carrier, level), rounds, who).await?;
            report.add(carrier, level, &medians);
        }
    }
    if rounds == ROUNDS {
        for connections in CURVE {
            let window = door.ours(Carrier::Twilio, connections).await?.window;
            let name = format!("{}, {}, one window", Carrier::Twilio, Who::Ours.name());
            window.print(&mut report.table, &name, connections);
        }
    }
    report.print();
    Ok(())
}

/// All of them in turn, so many times; what is in the middle.
async fn contest(
    door: &mut Door,
    (carrier, (connections, clients)): (Carrier, (usize, usize)),
    rounds: usize,
    who: &[Who],
) -> anyhow::Result<HashMap<Who, Window>> {
    let mut windows: HashMap<Who, Vec<Window>> = HashMap::new();
    for _ in 0..rounds {
        let Sent { window, requests } = door.ours(carrier, connections).await?;
        windows.entry(Who::Ours).or_default().push(window);
        for &one in who {
            let window = match one {
                Who::Ours => continue,
                Who::Express => door.express(0, connections, &requests).await?,
                Who::ExpressVerifies => door.express(1, connections, &requests).await?,
                Who::Rows => door.rows(clients).await?,
            };
            windows.entry(one).or_default().push(window);
        }
    }
    Ok(windows.into_iter().map(|(one, windows)| (one, Window::median(&windows))).collect())
}

struct Report {
    table: Table,
    ratios: Table,
}

impl Report {
    fn new() -> Self {
        let columns = [
            "",
            "connections",
            "a second",
            "p50 ms",
            "p99 ms",
            "CPU",
            "PostgreSQL's",
            "the load's",
            "refused",
        ];
        let ratios = ["", "connections", "/ Express", "/ Express verifying", "/ pgbench", "p99 ms"];
        Self { table: Table::headed(&columns), ratios: Table::headed(&ratios) }
    }

    fn add(
        &mut self,
        carrier: Carrier,
        (connections, clients): (usize, usize),
        medians: &HashMap<Who, Window>,
    ) {
        for one in Who::ALL {
            let Some(window) = medians.get(&one) else { continue };
            let at_once = if one == Who::Rows { clients } else { connections };
            window.print(&mut self.table, &format!("{carrier}, {}", one.name()), at_once);
        }
        if let [Some(ours), Some(plain), Some(verifying), Some(rows)] =
            Who::ALL.map(|one| medians.get(&one))
        {
            let to = |other: &Window| number(ours.per_second / other.per_second);
            let (plain, verifying, rows) = (to(plain), to(verifying), to(rows));
            let p99 = number(ours.p99);
            self.ratios.row(&[&carrier.to_string(), &connections, &plain, &verifying, &rows, &p99]);
        }
    }

    fn print(&self) {
        self.table.print();
        println!("\nOurs, in parts of the others'\n");
        self.ratios.print();
        println!(
            "\nGoals: 4 times Express without signatures, 0.8 of pgbench, p99 below 25 ms at 256 connections."
        );
    }
}

/// The servers, and who looks into the database.
struct Door {
    api: Api,
    express: [Express; 2],
    postgres: Postgres,
    admin: PgConnection,
    database: String,
    pens: Pens,
    /// What the last window of a carrier's took.
    pace: HashMap<&'static str, f64>,
}

/// A window of ours, and what was sent in it.
struct Sent {
    window: Window,
    requests: Vec<Vec<u8>>,
}

impl Door {
    async fn open() -> anyhow::Result<Self> {
        let database = fresh_database().await?.expose_secret().to_owned();
        let api = Installation::on(&database).api()?;
        let express = [Signatures::Ignored, Signatures::Verified];
        let [plain, verifying] = express.map(|signatures| Express::start(signatures, &api.url()));
        Ok(Self {
            express: [plain?, verifying?],
            postgres: Postgres::of(&database).await?,
            admin: PgConnection::connect(&database).await?,
            pens: Pens::default(),
            pace: HashMap::new(),
            database,
            api,
        })
    }

    async fn ours(&mut self, carrier: Carrier, connections: usize) -> anyhow::Result<Sent> {
        let firm = Firm::furnish(&self.api.url()).await?;
        let to = Hooks { firm: &firm, host: self.api.address.to_string() };
        let visits = self.visits(carrier);
        let rings = self.pens.rings(carrier, &to, visits);
        // Few at a time: this is not what is measured.
        load::send(self.load(RINGING, Duration::MAX), &rings).await?;
        let visits = rung(&mut self.admin, carrier, &firm, visits).await?;
        let requests = self.pens.news(carrier, &to, &visits);

        let before = self.deliveries().await?;
        let window = self.load(connections, WINDOW);
        let counted = self
            .count(Some(self.api.process.id()), async || load::send(window, &requests).await)
            .await?;
        let stored = self.deliveries().await? - before;
        let sent = counted.answered.latencies.len() - counted.answered.refused;
        ensure!(stored >= sent as i64, "{sent} webhooks were answered, {stored} are stored");
        self.pace.insert(carrier.name(), counted.answered.per_second());
        Ok(Sent { window: counted.window(), requests })
    }

    /// How many visits give this carrier something to tell for a whole window, going by the one before.
    fn visits(&self, carrier: Carrier) -> usize {
        let visits = self.pace.get(carrier.name()).map_or(FIRST_VISITS, |pace| {
            (pace * WINDOW.as_secs_f64() * 1.2) as usize / carrier.news_of_a_visit()
        });
        let at_most = if carrier == Carrier::Sipgate { SIPGATE_VISITS_MAX } else { VISITS_MAX };
        visits.clamp(FIRST_VISITS, at_most)
    }

    async fn express(
        &mut self,
        which: usize,
        connections: usize,
        requests: &[Vec<u8>],
    ) -> anyhow::Result<Window> {
        let Express { process, address } = &self.express[which];
        let load = |time| Load { to: *address, connections, time, again: Again::FromTheFirst };
        load::send(load(WARM_UP), requests).await?;
        let process = process.id();
        let window = load(WINDOW);
        Ok(self.count(Some(process), async || load::send(window, requests).await).await?.window())
    }

    async fn rows(&mut self, clients: usize) -> anyhow::Result<Window> {
        let rows = Rows::like_the_newest(&mut self.admin, &self.database).await?;
        Ok(self.count(None, async || rows.insert(clients)).await?.window())
    }

    /// Runs a window right after a checkpoint, and counts what it took.
    async fn count(
        &mut self,
        process: Option<u32>,
        window: impl AsyncFnOnce() -> anyhow::Result<Answered>,
    ) -> anyhow::Result<Counted> {
        self.admin.execute("checkpoint").await?;
        let cpu = || {
            let answers = process.map_or(0.0, processes::cpu_of);
            [answers, self.postgres.cpu(), processes::cpu_of_all(std::process::id())]
        };
        let before = cpu();
        let answered = window().await?;
        let after = cpu();
        let spent = [0, 1, 2].map(|place| after[place] - before[place]);
        Ok(Counted { answered, spent })
    }

    fn load(&self, connections: usize, time: Duration) -> Load {
        Load { to: self.api.address, connections, time, again: Again::Never }
    }

    async fn deliveries(&mut self) -> anyhow::Result<i64> {
        let row = self.admin.fetch_one("select count(*) from es.delivery").await?;
        Ok(row.get(0))
    }
}

/// The visits that were rung, by the carrier's names of them.
pub async fn rung(
    admin: &mut PgConnection,
    carrier: Carrier,
    firm: &Firm,
    visits: usize,
) -> anyhow::Result<Vec<Visit>> {
    let token = match carrier {
        Carrier::Twilio => &firm.twilio,
        Carrier::Vonage => &firm.vonage,
        Carrier::Sipgate => &firm.sipgate,
    };
    let known = sqlx::query_as::<_, (String, String, String, Vec<String>)>(
        "select named.reference, named.call_id::text, named.leg_id::text, coalesce(dials.legs, '{}')
         from es.carrier_leg named
         join es.event first on first.stream_id = named.call_id and first.version = 1
         join vestibule.connection on connection.connection_id = named.connection_id and connection.token = $1
         left join (select args ->> 'call' as call, array_agg(args ->> 'leg' order by id) as legs
                    from es.work_item where kind = 'dial' group by 1) dials on dials.call = named.call_id::text",
    )
    .bind(token)
    .fetch_all(admin)
    .await?;
    let mut by_name: HashMap<_, _> = known
        .into_iter()
        .map(|(name, call, leg, residents)| (name, (call, leg, residents)))
        .collect();
    let rung: Vec<Visit> = (0..visits)
        .filter_map(|n| {
            let (call, leg, residents) = by_name.remove(&carrier.visitor(n))?;
            Some(Visit { n, call, leg, residents })
        })
        .collect();
    ensure!(rung.len() * 10 > visits * 9, "of {visits} visits {} are stored", rung.len());
    Ok(rung)
}

/// A window, and what it took.
struct Counted {
    answered: Answered,
    spent: [f64; 3],
}

impl Counted {
    fn window(self) -> Window {
        let thousands = self.answered.latencies.len() as f64 / 1_000.0;
        Window {
            per_second: self.answered.per_second(),
            median: self.answered.percentile(0.5),
            p99: self.answered.percentile(0.99),
            cpu: self.spent.map(|seconds| seconds / thousands),
            refused: self.answered.refused,
        }
    }
}

impl Window {
    /// Of each number the one in the middle.
    fn median(windows: &[Self]) -> Self {
        let of = |number: &dyn Fn(&Self) -> f64| median(windows.iter().map(number).collect());
        Self {
            per_second: of(&|window| window.per_second),
            median: of(&|window| window.median),
            p99: of(&|window| window.p99),
            cpu: [0, 1, 2].map(|place| of(&|window| window.cpu[place])),
            refused: windows.iter().map(|window| window.refused).sum(),
        }
    }

    fn print(&self, table: &mut Table, name: &str, connections: usize) {
        let [own, postgres, load] = self.cpu.map(number);
        let (per_second, p50, p99) =
            (number(self.per_second), number(self.median), number(self.p99));
        table.row(&[
            &name,
            &connections,
            &per_second,
            &p50,
            &p99,
            &own,
            &postgres,
            &load,
            &self.refused,
        ]);
    }
}
