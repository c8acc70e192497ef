//! Conversations: who is in which, who hears whom, and what plays while nobody has started one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio_util::sync::CancellationToken;

use super::super::leg::{Leg, Sound};

#[derive(Debug, Default)]
pub struct Rooms(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    rooms: HashMap<String, Room>,
    /// Named conversations, per application.
    names: HashMap<(String, String), String>,
}

#[derive(Debug)]
struct Room {
    name: String,
    started: bool,
    members: Vec<Member>,
}

/// How a leg is in a conversation. Absent lists mean everyone.
#[derive(Clone, Debug)]
pub struct Entry {
    pub starts: bool,
    pub ends: bool,
    pub hold_music: Option<String>,
    pub can_speak: Option<Vec<String>>,
    pub can_hear: Option<Vec<String>>,
}

impl Default for Entry {
    fn default() -> Self {
        Self { starts: true, ends: false, hold_music: None, can_speak: None, can_hear: None }
    }
}

#[derive(Debug)]
struct Member {
    leg: Arc<Leg>,
    entry: Entry,
    over: CancellationToken,
}

impl Rooms {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The conversation of that name, or a fresh one under the id given.
    pub fn named(&self, application: &str, name: &str, fresh: String) -> String {
        self.state().names.entry((application.to_owned(), name.to_owned())).or_insert(fresh).clone()
    }

    /// Who is in which room, by name.
    pub fn list(&self) -> Vec<(String, Vec<String>)> {
        let state = self.state();
        let occupied = state.rooms.values().filter(|room| !room.members.is_empty());
        occupied
            .map(|room| {
                (
                    room.name.clone(),
                    room.members.iter().map(|member| member.leg.who().to_owned()).collect(),
                )
            })
            .collect()
    }

    /// Enters; what comes back is cancelled when the conversation ends for this leg.
    pub fn enter(
        &self,
        conversation: &str,
        name: &str,
        leg: &Arc<Leg>,
        entry: Entry,
    ) -> CancellationToken {
        let mut state = self.state();
        let room = (state.rooms.entry(conversation.to_owned())).or_insert_with(|| Room {
            name: name.to_owned(),
            started: false,
            members: Vec::new(),
        });
        let was_started = room.started;
        room.started |= entry.starts;
        let over = CancellationToken::new();
        let newcomer = Member { leg: leg.clone(), entry, over: over.clone() };
        leg.hush();
        leg.state().room = Some(name.to_owned());

        if room.started {
            if !was_started {
                room.members.iter().for_each(|member| member.leg.hush());
            }
            room.introduce(&newcomer, was_started);
        } else {
            newcomer.wait_alone();
        }
        room.members.push(newcomer);
        over
    }

    /// Leaves whatever conversation it is in; one that may end it, does.
    pub fn leave(&self, leg: &Leg) {
        let Some(name) = leg.state().room.take() else { return };
        leg.hush();
        let mut state = self.state();
        for room in state.rooms.values_mut() {
            let Some(at) = room.members.iter().position(|member| member.leg.id == leg.id) else {
                continue;
            };
            let gone = room.members.remove(at);
            for member in &room.members {
                if room.started {
                    member.leg.hear(Sound::Left { who: leg.who().to_owned(), room: name.clone() });
                }
                if gone.entry.ends {
                    member.over.cancel();
                }
            }
            if let [last] = room.members.as_slice()
                && room.started
                && !gone.entry.ends
            {
                last.leg.hear(Sound::Silence);
            }
        }
        // A named conversation keeps its id; an empty one forgets that it had begun.
        state.rooms.retain(|_, room| !room.members.is_empty());
    }
}

impl Room {
    fn introduce(&self, newcomer: &Member, was_started: bool) {
        if self.members.is_empty() {
            newcomer.leg.hear(Sound::Silence);
        }
        for (index, member) in self.members.iter().enumerate() {
            member.meets(newcomer, &self.name);
            newcomer.meets(member, &self.name);
            if !was_started {
                for other in &self.members[index + 1..] {
                    member.meets(other, &self.name);
                    other.meets(member, &self.name);
                }
            }
        }
    }
}

impl Member {
    fn wait_alone(&self) {
        self.leg.hear(match &self.entry.hold_music {
            Some(url) => Sound::Music { url: url.clone() },
            None => Sound::Silence,
        });
    }

    fn meets(&self, other: &Self, room: &str) {
        let allowed = |list: &Option<Vec<String>>, leg: &Leg| {
            list.as_ref().is_none_or(|legs| legs.contains(&leg.id))
        };
        let audible = allowed(&self.entry.can_hear, &other.leg)
            && allowed(&other.entry.can_speak, &self.leg)
            && !self.leg.state().earmuffed
            && !other.leg.state().muted;
        if audible {
            self.leg.hush();
            self.leg.hear(Sound::Joined { who: other.leg.who().to_owned(), room: room.to_owned() });
        }
    }
}
