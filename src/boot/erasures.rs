//! `vestibule erasures`: a restore must not bring back whom somebody erased. The list of them is kept apart from the database.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use super::command_line::Erasures;
use super::console_output;
use super::rooms::Rooms;
use crate::store::audit::erased::ErasedSubject;

/// Exports or applies.
pub async fn run(rooms: &Rooms, action: Erasures) -> anyhow::Result<ExitCode> {
    match action {
        Erasures::Export { file } => export(rooms, &file).await,
        Erasures::Apply { file } => apply(rooms, &file).await,
    }
}

/// Adds to the file: a database that was just restored knows fewer than the file does, and must not shorten it.
async fn export(rooms: &Rooms, file: &Path) -> anyhow::Result<ExitCode> {
    let erased = rooms.store.erased_subjects().await?;
    let mut listed: BTreeMap<_, _> =
        read(file)?.into_iter().map(|erased| ((erased.tenant, erased.subject), erased)).collect();
    let before = listed.len();
    for erased in erased {
        listed.entry((erased.tenant, erased.subject)).or_insert(erased);
    }
    write(file, listed.values())
        .with_context(|| format!("{} can not be written", file.display()))?;
    console_output::line(format_args!(
        "{}: {} erased, {} of them new",
        file.display(),
        listed.len(),
        listed.len() - before
    ));
    Ok(ExitCode::SUCCESS)
}

async fn apply(rooms: &Rooms, file: &Path) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(file.exists(), "{} is not there", file.display());
    let count = rooms.journal.erase_again(&read(file)?).await?;
    console_output::line(format_args!(
        "{} erased again, {} were still erased, {} not known in this database",
        count.again, count.still, count.unknown
    ));
    Ok(ExitCode::SUCCESS)
}

/// The lines of a list; none where there is no file yet.
fn read(file: &Path) -> anyhow::Result<Vec<ErasedSubject>> {
    let lines = match File::open(file) {
        Ok(opened) => BufReader::new(opened),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => {
            return Err(error).with_context(|| format!("{} can not be read", file.display()));
        }
    };
    let mut listed = vec![];
    for (number, line) in (1..).zip(lines.lines()) {
        let erased = serde_json::from_str(&line?)
            .with_context(|| format!("{}, line {number}", file.display()))?;
        listed.push(erased);
    }
    Ok(listed)
}

/// Under another name first: whoever copies the file away never gets half of it.
fn write<'a>(file: &Path, listed: impl Iterator<Item = &'a ErasedSubject>) -> anyhow::Result<()> {
    let unfinished = file.with_extension("unfinished");
    let mut to = File::create(&unfinished)?;
    for erased in listed {
        writeln!(to, "{}", serde_json::to_string(erased)?)?;
    }
    to.sync_all()?;
    fs::rename(&unfinished, file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_list_is_read_as_it_was_written_and_a_broken_line_is_named() {
        let file = std::env::temp_dir().join(format!("erasures-{}", rand::random::<u64>()));
        let erased = ErasedSubject {
            tenant: Uuid::from_u128(1),
            subject: Uuid::from_u128(2),
            erased_at: datetime!(2026-11-20 12:00 UTC),
        };

        assert_eq!(read(&file).unwrap(), []);
        write(&file, [&erased].into_iter()).unwrap();
        assert_eq!(read(&file).unwrap(), [erased]);
        fs::write(&file, "who?\n").unwrap();
        assert!(format!("{:#}", read(&file).unwrap_err()).contains("line 1"));
        fs::remove_file(&file).unwrap();
    }
}
