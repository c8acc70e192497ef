//! What the fuzz targets try. The bodies are shared with `tests/it/corpus.rs`, which plays the saved corpus on any toolchain.

#[path = "../it/sipgate_people.rs"]
pub mod sipgate_people;
#[path = "../it/twilio_people.rs"]
pub mod twilio_people;
#[path = "../it/vonage_people.rs"]
pub mod vonage_people;

pub mod bodies;
