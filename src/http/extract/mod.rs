//! What handlers take as parameters: who asks, which page, which key.

pub mod etag;
pub mod idempotency;
pub mod manager;
pub mod page;
pub mod patch;
pub mod tokens;
