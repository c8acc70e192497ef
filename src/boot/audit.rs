//! `vestibule audit`: writes a firm's chain to a file, and checks such a file with nothing but the public keys.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use serde::Deserialize;

use super::console_output;
use crate::domain::audit::sign::PublicKey;
use crate::domain::audit::verify::{Line, Report, Verifier, Wrong};
use crate::domain::ids::TenantId;
use crate::store::{Reach, Store};

/// Events that are read at once.
const PAGE: i64 = 1_000;

/// What `/.well-known/vestibule-audit.json` says.
#[derive(Deserialize)]
struct Keys {
    keys: Vec<PublicKey>,
}

/// Writes all pages of a firm's chain, one after the other.
pub async fn export(store: &Store, tenant: TenantId, to: &Path) -> anyhow::Result<ExitCode> {
    let mut file = BufWriter::new(
        File::create(to).with_context(|| format!("{} can not be written", to.display()))?,
    );
    let mut after = 0;
    loop {
        let lines = store.audit_chain(&Reach::whole(tenant), after, PAGE).await?;
        for line in &lines {
            serde_json::to_writer(&mut file, line)?;
            file.write_all(b"\n")?;
        }
        match lines.last() {
            Some(Line::End { at, more: true }) => after = at.position,
            Some(Line::End { at, more: false }) => {
                file.flush()?;
                console_output::line(format_args!(
                    "{}: {} events, up to position {}",
                    to.display(),
                    at.events,
                    at.position
                ));
                return Ok(ExitCode::SUCCESS);
            }
            _ => anyhow::bail!("the chain's page has no end"),
        }
    }
}

/// Checks a file; the exit code says whether all is in order.
pub fn verify(file: &Path, keys: &[impl AsRef<Path>]) -> anyhow::Result<ExitCode> {
    let mut trusted = Vec::new();
    for path in keys {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("{} can not be read", path.display()))?;
        let keys: Keys = serde_json::from_str(&text).with_context(|| {
            format!("{} is not what /.well-known/vestibule-audit.json answers", path.display())
        })?;
        trusted.extend(keys.keys);
    }
    let is_trusted = !trusted.is_empty();
    let lines = BufReader::new(
        File::open(file).with_context(|| format!("{} can not be read", file.display()))?,
    );
    match check(lines, trusted)? {
        Ok(report) => {
            tell(&report, is_trusted);
            Ok(ExitCode::SUCCESS)
        }
        Err(wrong) => {
            console_output::line(format_args!("WRONG  {wrong}"));
            Ok(ExitCode::FAILURE)
        }
    }
}

/// What is found in these lines.
pub fn check(
    lines: impl BufRead,
    trusted: Vec<PublicKey>,
) -> std::io::Result<Result<Report, Wrong>> {
    let mut verifier = Verifier::new(trusted);
    for line in lines.lines() {
        if let Err(wrong) = verifier.take(&line?) {
            return Ok(Err(wrong));
        }
    }
    Ok(verifier.finish())
}

fn tell(report: &Report, is_trusted: bool) {
    let Report { tenant, from, to, archived, checkpoints, signed_to } = report;
    console_output::line(format_args!(
        "OK     {} events of tenant {tenant}, up to position {}; {checkpoints} signed checkpoints",
        to.events - from.events,
        to.position
    ));
    if from.events > 0 {
        console_output::line(format_args!(
            "       begins after position {}: what was before is not in the file",
            from.position
        ));
    }
    if *archived > 0 {
        console_output::line(format_args!(
            "       {archived} of them are archived: that they were there is proved, what they said is gone"
        ));
    }
    if *signed_to < to.position {
        console_output::line(format_args!(
            "       signed up to position {signed_to}: what follows is chained, but not signed yet"
        ));
    }
    if !is_trusted {
        console_output::line(
            "       signatures were checked with the keys that the file itself names; --key takes those that you got from the server before",
        );
    }
}
