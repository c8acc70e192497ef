//! The carriers' callbacks: limit, verify on the raw bytes, parse, hand to the application, answer what was stored.

mod answering;
pub mod connections;
pub mod sipgate;
pub mod twilio;
pub mod vonage;
