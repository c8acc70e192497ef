//! What handlers take as parameters: who asks, which page, which key.

pub mod idempotency;
pub mod manager;
pub mod page;
pub mod tokens;
