//! The private cluster against the PostgreSQL of this machine, under whatever account the tests run.

use std::path::PathBuf;

use secrecy::ExposeSecret;
use sqlx::{Connection, PgConnection};

use super::*;

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path =
            std::env::temp_dir().join(format!("vestibule-embedded-{:08x}", rand::random::<u32>()));
        std::fs::create_dir(&path).unwrap();
        // Everybody may enter, as the server may run under another account than ours.
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn start(folder: &Folder) -> anyhow::Result<Embedded> {
    let search_path = crate::boot::config::Environment::of_this_process().search_path();
    Embedded::start(&folder.0.join("state"), search_path).await
}

async fn connect(embedded: &Embedded) -> PgConnection {
    PgConnection::connect(embedded.url().expose_secret()).await.unwrap()
}

#[tokio::test]
async fn what_is_stored_is_there_after_a_stop_and_a_start() {
    let folder = Folder::new();
    let embedded = start(&folder).await.unwrap();
    let (key, url) = (*embedded.master_key().unwrap().bytes(), embedded.url());
    sqlx::query("create table visit (door text)")
        .execute(&mut connect(&embedded).await)
        .await
        .unwrap();
    embedded.stop().await.unwrap();

    let embedded = start(&folder).await.unwrap();

    let visits: i64 = sqlx::query_scalar("select count(*) from visit")
        .fetch_one(&mut connect(&embedded).await)
        .await
        .unwrap();
    assert_eq!(visits, 0);
    assert_eq!(*embedded.master_key().unwrap().bytes(), key);
    assert_eq!(embedded.url().expose_secret(), url.expose_secret());
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_one_on_the_same_folder_is_refused_and_harms_nothing() {
    let folder = Folder::new();
    let embedded = start(&folder).await.unwrap();

    let refused = start(&folder).await.unwrap_err().to_string();

    assert!(refused.contains("another Vestibule runs"), "{refused}");
    connect(&embedded).await.ping().await.unwrap();
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn a_cluster_left_running_by_a_killed_process_is_taken_over() {
    let folder = Folder::new();
    let killed = start(&folder).await.unwrap();
    let url = killed.url();
    drop(killed);

    let embedded = start(&folder).await.unwrap();

    assert_eq!(embedded.url().expose_secret(), url.expose_secret());
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn a_stale_process_number_does_not_keep_it_from_starting() {
    let folder = Folder::new();
    let embedded = start(&folder).await.unwrap();
    let data = folder.0.join("state/postgres/data");
    embedded.stop().await.unwrap();
    // A process that is there, and is no PostgreSQL.
    let mut sleeper = std::process::Command::new("sleep").arg("60").spawn().unwrap();
    let left = format!("{}\n{}\n0\n1\n", sleeper.id(), data.display());
    std::fs::write(data.join("postmaster.pid"), left).unwrap();

    let embedded = start(&folder).await.unwrap();

    connect(&embedded).await.ping().await.unwrap();
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn an_unfinished_cluster_is_made_anew() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.0.join("state/postgres/data.unfinished/base")).unwrap();

    let embedded = start(&folder).await.unwrap();

    connect(&embedded).await.ping().await.unwrap();
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn secrets_are_for_their_owner_only() {
    use std::os::unix::fs::MetadataExt;
    let folder = Folder::new();
    let embedded = start(&folder).await.unwrap();
    embedded.master_key().unwrap();

    for name in ["master-key", "database-password"] {
        let mode = std::fs::metadata(folder.0.join("state").join(name)).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    embedded.stop().await.unwrap();
}
