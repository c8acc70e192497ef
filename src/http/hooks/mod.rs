//! The carriers' callbacks: limit, verify on the raw bytes, parse, hand to the application, answer what was stored.

pub mod vonage;
