//! What is heard between actions is a file of ours, since sipgate speaks nothing: somebody else makes it, and knows its URL.

use std::fmt::Debug;

use crate::domain::call::script::Step;
use crate::domain::ids::TenantId;

/// Where sipgate fetches what is heard in one go: WAV, 16 bits, one channel, 8 kHz, and nothing else.
pub trait PromptUrls: Send + Sync + Debug {
    /// Of these steps of a firm's, all of them audible (`Say`, `Play`, `Tones`, `Pause`), as one sound. `None`: nothing would be
    /// heard.
    fn of(&self, tenant: TenantId, audible: &[Step]) -> Option<String>;
}

/// Nothing can be heard: where nobody speaks, scripts are their actions alone.
#[derive(Clone, Copy, Debug)]
pub struct Unspoken;

impl PromptUrls for Unspoken {
    fn of(&self, _tenant: TenantId, _audible: &[Step]) -> Option<String> {
        None
    }
}
