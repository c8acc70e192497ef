//! Prompts: what is heard in one go, as WAV files, for carriers that can not speak text and fetch a file instead.
//!
//! `prompt` says what is heard, `urls` names it so that the name alone tells what it means, `voice` speaks, `wav` and `compose` make
//! the file, `recordings` finds or makes what is spoken. Adapters of carriers name `prompt` and `urls` only, which wait for nothing.

pub mod compose;
pub mod prompt;
pub mod recordings;
mod resample;
pub mod tones;
pub mod urls;
pub mod voice;
pub mod wav;

pub use self::prompt::{Part, Prompt};
pub use self::recordings::Recordings;
pub use self::urls::PromptUrls;
pub use self::voice::Voice;
