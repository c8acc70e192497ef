//! What stories need and readers need not see: servers, people, phones.

pub mod broker;
pub mod database;
pub mod door;
pub mod ledger;
pub mod running;
pub mod server;
