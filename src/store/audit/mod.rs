//! The audit: the chain over all events, what managers changed, and a person's data as it is handed out or erased.

pub mod chain;
pub mod erased;
pub mod export;
mod keys;
pub mod log;
pub mod person;
