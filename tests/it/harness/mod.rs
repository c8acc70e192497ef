//! What stories need and readers need not see: servers, people, phones.

pub mod broker;
pub mod contract;
pub mod database;
pub mod door;
pub mod firm;
pub mod follower;
pub mod ledger;
pub mod operator;
pub mod process;
pub mod running;
pub mod server;
pub mod sipgate;
pub mod studio;
pub mod twilio;
