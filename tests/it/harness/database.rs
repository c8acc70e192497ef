//! A database of a test's own, in the given server or in one private cluster of this test run.

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, Executor, PgConnection};
use tokio::sync::OnceCell;
use vestibule::store::migrate;

/// The server: `DATABASE_URL`, or a cluster that `scripts/test-services.sh` starts and a child of ours ends with us.
static SERVER: LazyLock<String> = LazyLock::new(|| {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told by the environment where servers are"
    )]
    std::env::var("DATABASE_URL").unwrap_or_else(|_| private_cluster())
});
/// Starts and stops servers.
pub const SERVICES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/test-services.sh");
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// The URL of a fresh, migrated database.
pub async fn fresh() -> SecretString {
    let template = TEMPLATE.get_or_init(make_template).await;
    let name = format!("test_{:016x}", rand::random::<u64>());
    let mut admin = connect_admin().await;
    // Making a copy needs the template for itself: others wait a moment.
    let copy = format!("create database {name} template {template}");
    for _ in 0..100 {
        match admin.execute(sqlx::AssertSqlSafe(copy.as_str())).await {
            Ok(_) => {
                // Rights on a database are not copied with it.
                migrate::run(&database(&name)).await.unwrap();
                return database(&name);
            }
            Err(error) if error.to_string().contains("being accessed") => {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await
            }
            Err(error) => panic!("no database can be made: {error}"),
        }
    }
    panic!("the template is never free");
}

/// A connection as the server's administrator.
pub async fn connect(url: &SecretString) -> PgConnection {
    PgConnection::connect(url.expose_secret()).await.unwrap()
}

/// Nobody reaches this database any more, and whoever did is cut off.
pub async fn goes_down(url: &SecretString) {
    let name = name_of(url);
    let mut admin = connect_admin().await;
    admin
        .execute(sqlx::AssertSqlSafe(format!("alter database {name} allow_connections false")))
        .await
        .unwrap();
    let kill =
        format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
    admin.execute(sqlx::AssertSqlSafe(kill)).await.unwrap();
}

/// It can be reached again.
pub async fn comes_back(url: &SecretString) {
    let allow = format!("alter database {} allow_connections true", name_of(url));
    connect_admin().await.execute(sqlx::AssertSqlSafe(allow)).await.unwrap();
}

fn name_of(url: &SecretString) -> String {
    reqwest::Url::parse(url.expose_secret()).unwrap().path().trim_start_matches('/').to_owned()
}

async fn make_template() -> String {
    let name = format!("template_{:016x}", rand::random::<u64>());
    connect_admin()
        .await
        .execute(sqlx::AssertSqlSafe(format!("create database {name}")))
        .await
        .unwrap();
    migrate::run(&database(&name)).await.unwrap();
    name
}

async fn connect_admin() -> PgConnection {
    PgConnection::connect(&SERVER).await.unwrap()
}

fn database(name: &str) -> SecretString {
    let mut url = reqwest::Url::parse(&SERVER).unwrap();
    url.set_path(name);
    SecretString::from(url.to_string())
}

/// A server of a test's own, which it may stop.
pub fn private_server(folder: &Path) -> String {
    let output = Command::new("bash")
        .args([SERVICES, "start"])
        .arg(folder)
        .env("AMQP_URL", "unused")
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let url = said
        .lines()
        .find_map(|line| line.split_once("DATABASE_URL="))
        .map(|(_, url)| url.split_whitespace().next().unwrap_or_default())
        .map(|url| url.trim_matches(['\'', '"']).to_owned());
    url.unwrap_or_else(|| panic!("no private server: {}", String::from_utf8_lossy(&output.stderr)))
}

/// Tests are mostly run by `make test`, which gives a server; whoever runs them by hand gets one as well.
fn private_cluster() -> String {
    let folder = std::env::temp_dir().join(format!("vestibule-test-{}", std::process::id()));
    let url = private_server(&folder);
    // Ends the servers when this process is gone, however it goes.
    let stop_when_gone = format!(
        "while kill -0 {} 2>/dev/null; do sleep 1; done; bash {SERVICES} stop {}",
        std::process::id(),
        folder.display()
    );
    let mut watch = Command::new("bash");
    watch
        .args(["-c", &stop_when_gone])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    let mut watch = watch.spawn().unwrap();
    std::thread::spawn(move || watch.wait());
    url
}
