//! Use cases, each: load, decide, append. It knows the outside as the traits in `ports` only.

pub mod calls;
pub mod ports;
pub mod simulations;
pub mod streams;
pub mod webhooks;
