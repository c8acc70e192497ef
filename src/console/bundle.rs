//! The console's files as the binary holds them: named by a hash of them all, compressed when first asked for.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{LazyLock, OnceLock};

use actix_web::web::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

/// Digits of a hash that stand in a path or a tag.
const HASH_DIGITS: usize = 20;

#[derive(RustEmbed)]
#[folder = "src/console/"]
#[include = "*.js"]
#[include = "*.css"]
#[include = "*.svg"]
#[include = "*.webmanifest"]
#[include = "index.html"]
struct Files;

/// All of the console.
pub struct Bundle {
    /// The hash of all assets: part of their paths, so that those of two versions never mix.
    pub version: String,
    /// The document, with places that are filled in.
    pub document: String,
    /// The assets, by path.
    pub assets: BTreeMap<String, Asset>,
}

/// A file.
pub struct Asset {
    /// It.
    pub bytes: Bytes,
    /// The hash of it.
    pub hash: String,
    /// `text/javascript` and the like.
    pub content_type: &'static str,
    compressed: OnceLock<Bytes>,
}

impl Bundle {
    /// The console of this binary.
    pub fn get() -> &'static Self {
        static BUNDLE: LazyLock<Bundle> = LazyLock::new(Bundle::read);
        &BUNDLE
    }

    fn read() -> Self {
        let mut assets = BTreeMap::new();
        let mut document = String::new();
        let mut all = Sha256::new();
        for path in Files::iter() {
            let Some(file) = Files::get(&path) else { continue };
            if path == "index.html" {
                document = String::from_utf8_lossy(&file.data).into_owned();
            } else {
                assets.insert(path.to_string(), Asset::new(&path, file.data.into_owned()));
            }
        }
        for (path, asset) in &assets {
            all.update(path);
            all.update(&asset.hash);
        }
        Self { version: short(all), document, assets }
    }
}

impl Asset {
    /// A file of this name.
    pub fn new(path: &str, bytes: Vec<u8>) -> Self {
        let mut hash = Sha256::new();
        hash.update(&bytes);
        Self {
            bytes: bytes.into(),
            hash: short(hash),
            content_type: content_type(path),
            compressed: OnceLock::new(),
        }
    }

    /// As gzip; made once.
    pub fn compressed(&self) -> Bytes {
        let compress = || {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            let written = encoder.write_all(&self.bytes).and_then(|()| encoder.finish());
            written.expect("nothing fails in memory").into()
        };
        self.compressed.get_or_init(compress).clone()
    }
}

fn short(hash: Sha256) -> String {
    let mut text = hex::encode(hash.finalize());
    text.truncate(HASH_DIGITS);
    text
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "svg" => "image/svg+xml",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
