//! What handlers take as parameters: who asks, which page, which key.

pub mod client;
pub mod etag;
pub mod idempotency;
pub mod keys;
pub mod manager;
pub mod opaque;
pub mod page;
pub mod patch;
pub mod tokens;
