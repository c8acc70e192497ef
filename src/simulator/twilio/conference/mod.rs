//! Conferences: who is in which, how they begin and end, and who hears whom meanwhile.

mod announce;
mod events;
mod members;
mod waiting;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use time::OffsetDateTime;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

pub use self::{
    announce::announce,
    events::EVENTS,
    members::{Change, add_failed, change, end_by_api, enter, expect, kick, leave, until_out},
};
use super::{
    super::settings::Method,
    Call, Callback, Platform, Target,
    account::TwilioAccount,
    hooks::{self, Hook},
};

/// Conferences that are kept after their end.
const KEPT_MAX: usize = 10_000;

#[derive(Debug, Default)]
pub struct Conferences(Mutex<VecDeque<Arc<Conference>>>);

#[derive(Debug)]
pub struct Conference {
    pub sid: String,
    pub account: Arc<TwilioAccount>,
    /// What its members call it; the next of that name has another SID.
    pub name: String,
    pub created_at: OffsetDateTime,
    post: mpsc::UnboundedSender<Hook>,
    room: Mutex<Room>,
}

#[derive(Debug, Default)]
pub struct Room {
    pub started: bool,
    pub members: Vec<Member>,
    /// Phones that are rung to join it.
    pub expected: Vec<Arc<Call>>,
    /// The first participant's, also if it wants none.
    callback: Option<Option<Callback>>,
    /// Callbacks told so far.
    sequence: u64,
    pub over: Option<End>,
    pub updated_at: Option<OffsetDateTime>,
    pub region: Option<String>,
    anyone_joined: bool,
}

/// How it ended.
#[derive(Clone, Debug)]
pub struct End {
    pub reason: &'static str,
    pub by: Option<String>,
}

/// How a leg goes in.
#[derive(Clone, Debug)]
pub struct Entry {
    pub label: Option<String>,
    pub muted: bool,
    pub starts: bool,
    pub ends: bool,
    pub participants_max: usize,
    pub wait: Wait,
    /// The call that alone hears it.
    pub coaches: Option<String>,
    pub region: Option<String>,
    pub callback: Option<Callback>,
    /// Added through the API, so that it has no document to go on with.
    pub by_api: bool,
}

/// What is heard until the conference has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    Music,
    Silence,
    Ask(Target),
}

#[derive(Debug)]
pub struct Member {
    pub call: Arc<Call>,
    pub entry: Entry,
    pub muted: bool,
    pub hold: bool,
    pub joined_at: OffsetDateTime,
    out: watch::Sender<Option<Out>>,
    /// Ends what it hears while it waits or is on hold.
    waiting: CancellationToken,
}

/// Why a leg is out of its conference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Out {
    HungUp,
    /// By its own key, or because its time was over.
    Left,
    /// Its call was given another document.
    Updated,
    Kicked,
    /// The conference ended around it.
    Ended,
    WaitFailed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("16025: that participant label is taken; the call goes on with the next verb")]
    LabelTaken,
    #[error("13240: the call to coach is not in the conference")]
    NobodyToCoach,
    #[error("the conference is full")]
    Full,
    #[error("the conference is over")]
    Over,
}

impl Refused {
    /// Whether the action is asked, instead of the next verb.
    #[must_use]
    pub fn ends_the_verb(self) -> bool {
        self != Self::LabelTaken
    }
}

impl Conferences {
    fn all(&self) -> MutexGuard<'_, VecDeque<Arc<Conference>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The conference of that name that is not over, or a fresh one.
    pub fn named(
        &self,
        platform: &Arc<Platform>,
        account: &Arc<TwilioAccount>,
        name: &str,
    ) -> Arc<Conference> {
        let mut all = self.all();
        let known = all.iter().rev().find(|room| {
            room.account.sid == account.sid && room.name == name && room.room().over.is_none()
        });
        if let Some(known) = known {
            return known.clone();
        }
        let (post, letters) = mpsc::unbounded_channel();
        platform.exchange.spawn(hooks::postman(platform.clone(), letters));
        let fresh = Arc::new(Conference {
            sid: platform.sid("CF"),
            account: account.clone(),
            name: name.to_owned(),
            created_at: platform.exchange.clock.now(),
            post,
            room: Mutex::default(),
        });
        all.push_back(fresh.clone());
        if all.len() > KEPT_MAX {
            all.pop_front();
        }
        fresh
    }

    /// Those of an account, oldest first.
    pub fn of(&self, account: &str) -> Vec<Arc<Conference>> {
        self.all().iter().filter(|room| room.account.sid == account).cloned().collect()
    }

    /// Who is in which, by name.
    pub fn list(&self) -> Vec<(String, Vec<String>)> {
        let all = self.all().clone();
        let occupied = all.iter().filter_map(|conference| {
            let room = conference.room();
            let who: Vec<String> =
                room.members.iter().map(|member| member.call.leg.who().to_owned()).collect();
            (!who.is_empty()).then(|| (conference.name.clone(), who))
        });
        occupied.collect()
    }
}

impl Conference {
    pub fn room(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[must_use]
    pub fn status(&self) -> &'static str {
        let room = self.room();
        match (&room.over, room.started) {
            (Some(_), _) => "completed",
            (None, true) => "in-progress",
            (None, false) => "init",
        }
    }
}

impl Room {
    /// By call SID or label.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| {
            member.call.leg.id == name || member.entry.label.as_deref() == Some(name)
        })
    }
}

/// Whether a participant may be called so.
#[must_use]
pub fn is_label(label: &str) -> bool {
    let like_a_sid = label.len() == 34 && label.starts_with("CA");
    !label.is_empty() && label.chars().count() <= 128 && !label.contains('/') && !like_a_sid
}

impl Wait {
    /// As the API's fields say it.
    #[must_use]
    pub fn asked(url: Option<&str>, method: Method) -> Self {
        match url {
            None => Self::Music,
            Some("") => Self::Silence,
            Some(url) => Self::Ask(Target::new(url, method)),
        }
    }
}
