//! The audit's proof: a hash chain over a firm's events, checkpoints signed on the way, and how a stranger checks both offline.

pub mod canonical;
pub mod chain;
pub mod sign;
pub mod verify;
