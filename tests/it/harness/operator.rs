//! Whoever runs the servers, and does by hand what OPERATIONS.md says: its commands, as they stand there.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;
use vestibule::boot::rooms::{self, Rooms};

use super::database::SERVICES;
use super::door::{Door, MASTER_KEY};

/// Where a server's data are whose folder nobody needs to know.
pub const NOWHERE: &str = "nowhere";
/// Of a server that is made anew.
const PASSWORD: &str = "of-the-new-server";

/// Someone with a folder for backups, and room for a second server.
#[derive(Clone)]
pub struct Operator {
    folder: PathBuf,
    programs: String,
    new_port: u16,
    database: SecretString,
    /// The data folder of the server that is looked after.
    data: PathBuf,
}

impl Operator {
    /// Of this database; its server's data are in this folder, if the walk needs to know.
    pub fn of(database: &SecretString, data: &Path) -> Self {
        let folder =
            std::env::temp_dir().join(format!("vestibule-operator-{:016x}", rand::random::<u64>()));
        for part in ["", "bin", "backups", "archive"] {
            std::fs::create_dir_all(folder.join(part)).unwrap();
        }
        // Where the tests were built another account may not be let in.
        std::fs::copy(env!("CARGO_BIN_EXE_vestibule"), folder.join("bin/vestibule")).unwrap();
        std::fs::write(folder.join("password"), PASSWORD).unwrap();
        let programs = Command::new("bash").args([SERVICES, "programs"]).output().unwrap();
        let operator = Self {
            programs: String::from_utf8(programs.stdout).unwrap().trim().to_owned(),
            // Free now, and asked for again in a moment.
            new_port: TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port(),
            database: database.clone(),
            data: data.to_owned(),
            folder,
        };
        operator.hands_over();
        operator
    }

    /// Of another database of the same server.
    pub fn at(&self, database: &SecretString) -> Self {
        Self { database: database.clone(), ..self.clone() }
    }

    /// The folder belongs to whom the servers belong to.
    fn hands_over(&self) {
        let whose = Command::new("bash").args([SERVICES, "as", "id", "-u"]).output().unwrap();
        let whose = String::from_utf8(whose.stdout).unwrap();
        let chown = Command::new("chown").arg("-R").arg(whose.trim()).arg(&self.folder).status();
        assert!(chown.unwrap().success());
    }

    /// The database in the new server.
    pub fn new_database(&self) -> SecretString {
        SecretString::from(format!("{}/vestibule", self.new_server()))
    }

    fn new_server(&self) -> String {
        let mut url = reqwest::Url::parse(self.database.expose_secret()).unwrap();
        url.set_port(Some(self.new_port)).unwrap();
        url.set_path("");
        // A base backup brings its passwords with it.
        if self.data == Path::new(NOWHERE) {
            url.set_password(Some(PASSWORD)).unwrap();
        }
        url.as_str().trim_end_matches('/').to_owned()
    }

    /// Does what stands in OPERATIONS.md under this name. What was printed.
    pub fn walks(&self, walk: &str, more: &[(&str, &str)]) -> String {
        let script = format!("set -euo pipefail\n{}", commands(walk));
        let output = self.runs(&script, more);
        let (said, complaint) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{walk} stops:\n{said}\n{complaint}");
        said.into_owned()
    }

    fn runs(&self, script: &str, more: &[(&str, &str)]) -> Output {
        let of = |name: &str| self.folder.join(name);
        let mut command = Command::new("bash");
        command.args([SERVICES, "as", "bash", "-c", script]).current_dir(&self.folder).env_clear();
        command
            .env("PATH", format!("{}:{}:/usr/bin:/bin", of("bin").display(), self.programs))
            .env("LC_ALL", "C")
            .env("DATABASE_URL", self.database.expose_secret())
            .env("VESTIBULE_MASTER_KEY", STANDARD.encode(MASTER_KEY))
            .env("VESTIBULE_LOG", "error")
            .env("DATA", &self.data)
            .env("BACKUPS", of("backups"))
            .env("ARCHIVE", of("archive"))
            .env("ERASURES", of("erasures"))
            .env("PASSWORD_FILE", of("password"))
            .env("NEW_DATA", of("new"))
            .env("NEW_PORT", self.new_port.to_string())
            .env("NEW_SERVER", self.new_server())
            .envs(more.iter().copied());
        command.output().unwrap()
    }

    /// The new server is gone, and the folder.
    pub fn leaves(&self) {
        self.runs("pg_ctl stop --pgdata=\"$NEW_DATA\" --mode=immediate || true", &[]);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The fenced commands between a walk's two marks.
fn commands(walk: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/OPERATIONS.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, after) = text.split_once(&format!("<!-- {walk}: begins -->")).unwrap();
    let (between, _) = after.split_once(&format!("<!-- {walk}: ends -->")).unwrap();
    let mut commands = String::new();
    let mut rest = between;
    while let Some((_, fenced)) = rest.split_once("```sh\n") {
        let (block, after) = fenced.split_once("```").unwrap();
        commands.push_str(block);
        rest = after;
    }
    assert!(!commands.is_empty(), "{walk} has no commands");
    commands
}

impl Door {
    /// The servers are gone, and others start on this database, where the carrier looks for them.
    pub async fn moves_to(&mut self, database: SecretString) {
        self.goes_dark().await;
        let before = std::mem::replace(&mut self.plan, Box::new(|| unreachable!()));
        let there = database.clone();
        self.plan = Box::new(move || {
            let mut plan = before();
            plan.database = there.clone();
            plan
        });
        self.database = database;
        let address = self.api.trim_start_matches("http://");
        let listener = TcpListener::bind(address).unwrap();
        let rooms = Rooms::open((self.plan)()).await.unwrap();
        (self.server, _) = rooms.serve(listener).unwrap();
        let stop = CancellationToken::new();
        self.work = Some((rooms.work(&stop), stop));
        self.rooms = Some(rooms);
    }

    /// Nothing of ours runs any more.
    pub async fn goes_dark(&mut self) {
        if let Some((work, stop)) = self.work.take() {
            stop.cancel();
            rooms::finish(work).await;
        }
        self.server.stop(false).await;
        if let Some(rooms) = self.rooms.take() {
            rooms.close().await;
        }
    }
}
