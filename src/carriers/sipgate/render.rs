//! Scripts as sipgate's XML: one action an answer. What is heard before an action is one sound, and the action waits for its end, of
//! which `Gather` tells whether or not a key was pressed: the rest of the script is the answer to that.

use std::time::Duration;

use bytes::Bytes;
use time::OffsetDateTime;

use super::NUMBERS_MAX;
use super::prompts::PromptUrls;
use super::urls::Urls;
use super::xml::{Action, Response};
use crate::application::ports::Answer;
use crate::domain::call::script::{AskForKeys, Connect, Script, Step};
use crate::domain::ids::TenantId;

/// How long a key is waited for after a sound that asks for none: as short as in sipgate's own example.
const AFTER_A_SOUND_MS: u32 = 900;

/// What an answer is made with.
#[derive(Clone, Copy, Debug)]
pub struct Rendering<'a> {
    /// Where sipgate calls us back.
    pub urls: Urls<'a>,
    /// Where it fetches what is heard.
    pub prompts: &'a dyn PromptUrls,
    /// Whose.
    pub tenant: TenantId,
    /// Now.
    pub at: OffsetDateTime,
    /// How often in a row silence was told too soon until now.
    pub too_soon: u8,
}

/// Answers a push. `asks`: the call goes on as we answer. A call that asks and that nobody has a script for is hung up: without an action
/// it would go on as the account is set up, past whatever refused it.
pub fn answer(asks: bool, script: Option<&Script>, rendering: &Rendering<'_>) -> Answer {
    let action = match script {
        Some(script) => rendering.action(script),
        None if asks => Some(Action::Hangup),
        None => None,
    };
    let response = Response { told_at: rendering.urls.of_leg(), action };
    Answer {
        status: 200,
        content_type: Some("application/xml"),
        body: Bytes::from(response.to_string()),
    }
}

impl Rendering<'_> {
    /// `None` lets the call go on as the account is set up; or, where it goes on already, lets it be.
    fn action(&self, script: &Script) -> Option<Action> {
        // Nobody hears keys while a script goes on, and nothing tells how far it came.
        let is_heeded = |step: &&Step| {
            !matches!(step, Step::ListenForKeys | Step::Mark { .. } | Step::Pause { seconds: 0 })
        };
        let steps: Vec<Step> = script.steps().iter().filter(is_heeded).cloned().collect();
        let heard = steps.iter().take_while(|step| is_audible(step)).count();
        let (audible, rest) = steps.split_at(heard);
        match rest.first() {
            Some(Step::AskForKeys(ask)) => Some(self.gather(audible, ask)),
            first => self.listen(audible).or_else(|| match first {
                Some(step) => Some(action_of(step)),
                None if audible.is_empty() => None,
                // What was to be heard last can not be: the leg ends as it would have after it.
                None => Some(Action::Hangup),
            }),
        }
    }

    fn gather(&self, audible: &[Step], ask: &AskForKeys) -> Action {
        let wait = Duration::from_secs(ask.wait_seconds.clamp(1, 10).into());
        let asked = [audible, &[Step::Say(ask.prompt.clone())]].concat();
        Action::Gather {
            on_data: self.urls.of_keys(self.at, wait, self.too_soon),
            // `#` is a key like any other, and ends nothing.
            digits_max: ask.at_most.clamp(1, 20),
            timeout_ms: u32::try_from(wait.as_millis()).unwrap_or(u32::MAX),
            play: self.prompts.of(self.tenant, &asked),
        }
    }

    /// `None`: there is nothing to hear.
    fn listen(&self, audible: &[Step]) -> Option<Action> {
        if audible.is_empty() {
            return None;
        }
        let play = self.prompts.of(self.tenant, audible)?;
        Some(Action::Gather {
            on_data: self.urls.of_heard(),
            digits_max: 1,
            timeout_ms: AFTER_A_SOUND_MS,
            play: Some(play),
        })
    }
}

pub(super) fn is_audible(step: &Step) -> bool {
    matches!(step, Step::Say(_) | Step::Play { .. } | Step::Tones { .. } | Step::Pause { .. })
}

/// What stands first in a script that has nothing to be heard before.
fn action_of(step: &Step) -> Action {
    match step {
        Step::Connect(connect) if !connect.parties.is_empty() => dial(connect),
        Step::Reject => Action::Reject,
        Step::HangUp => Action::Hangup,
        // No decider asks this of a carrier with our capabilities. The call ends: any other answer would put it through as the account is
        // set up, past whatever was decided, and a silent line would keep whoever called waiting.
        Step::Connect(_)
        | Step::Say(_)
        | Step::Play { .. }
        | Step::Tones { .. }
        | Step::Pause { .. }
        | Step::AskForKeys(_)
        | Step::ListenForKeys
        | Step::Join(_)
        | Step::Stream(_)
        | Step::Fork(_)
        | Step::Mark { .. } => {
            tracing::error!(
                carrier = "sipgate",
                "a script asks for what this carrier can not do: the call is hung up"
            );
            Action::Hangup
        }
    }
}

/// How long they ring sipgate lets nobody say.
fn dial(connect: &Connect) -> Action {
    let parties = connect.parties.iter().take(NUMBERS_MAX.into());
    Action::Dial {
        caller: connect.from.digits().to_owned(),
        numbers: parties.map(|party| party.number.digits().to_owned()).collect(),
    }
}
