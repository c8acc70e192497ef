//! What the state directory keeps secret: the database's password and the master key, readable by their owner only.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};

use crate::boot::config::MasterKey;

/// The cluster's superuser's password. Letters and digits only, so that it stands in a URL as it is.
pub fn database_password(state_dir: &Path) -> anyhow::Result<SecretString> {
    kept(&state_dir.join("database-password"), || {
        SecretString::from(hex::encode(rand::random::<[u8; 24]>()))
    })
}

/// The key that seals what is stored in the cluster.
pub fn master_key(state_dir: &Path) -> anyhow::Result<MasterKey> {
    let path = state_dir.join("master-key");
    let text = kept(&path, || MasterKey::generate().to_base64())?;
    MasterKey::from_base64(&text).with_context(|| {
        format!(
            "{} does not hold 32 bytes in base64; what was sealed with it can not be read",
            path.display()
        )
    })
}

/// What the file holds, or what was just written into it. A half-written file is never seen under the name.
fn kept(path: &Path, make: impl FnOnce() -> SecretString) -> anyhow::Result<SecretString> {
    match std::fs::read_to_string(path) {
        Ok(text) => return Ok(SecretString::from(text.trim())),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => {
            return Err(error).with_context(|| format!("can not read {}", path.display()));
        }
    }
    let secret = make();
    let unfinished = path.with_extension("unfinished");
    write_privately(&unfinished, &secret)
        .and_then(|()| std::fs::rename(&unfinished, path))
        .with_context(|| format!("can not write {}", path.display()))?;
    Ok(secret)
}

/// A new file that only its owner can read from its first byte on.
pub fn write_privately(path: &Path, secret: &SecretString) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{}", secret.expose_secret())?;
    file.sync_all()
}
