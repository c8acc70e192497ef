//! Checking an exported chain offline: line by line, with nothing but the file and the public keys.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::chain::{Hash, Head, SealedEvent};
use super::sign::{self, Kind, PublicKey};
use crate::domain::ids::TenantId;

/// A line of an exported chain. Pages that are put one after the other are a chain again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// Begins a page.
    Begin {
        /// Whose chain.
        tenant: TenantId,
        /// Where it goes on from.
        from: Head,
        /// The keys that the exporting server says sign its checkpoints. Believe those that you got from it before.
        keys: Vec<PublicKey>,
    },
    /// An event, and the hash that it had when it was chained.
    Event {
        /// Its place among the firm's events, from 1.
        nth: i64,
        /// It.
        event: SealedEvent,
        /// Its hash.
        hash: Hash,
    },
    /// An event of a call that is archived: the chain goes on from what it was after it. A later event must say that it was archived.
    Archived {
        /// Where the chain was.
        at: Head,
    },
    /// A signed checkpoint.
    Checkpoint {
        /// A compact JWS of a `Checkpoint`.
        signed: String,
    },
    /// Ends a page.
    End {
        /// Where it ends.
        at: Head,
        /// Whether more follows.
        more: bool,
    },
}

/// What is signed now and then: so far goes the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// Whose chain.
    pub tenant: TenantId,
    /// How far it goes.
    pub head: Head,
    /// When it was signed, RFC 3339.
    pub signed_at: String,
}

/// The first thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Wrong {
    /// The event's position; for anything else that of the last event before it.
    pub position: i64,
    /// Which line of the file, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "position {} (line {}): {}", self.position, self.line, self.what)
    }
}

/// What was found in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Whose chain.
    pub tenant: TenantId,
    /// Where it begins.
    pub from: Head,
    /// Where it ends.
    pub to: Head,
    /// Events that are archived, as later events say.
    pub archived: usize,
    /// Checkpoints whose signature is good and whose place is right.
    pub checkpoints: usize,
    /// The last of them vouches for everything up to this position.
    pub signed_to: i64,
}

/// Takes an exported chain line by line.
#[derive(Debug, Default)]
pub struct Verifier {
    trusted: Vec<PublicKey>,
    tenant: Option<TenantId>,
    from: Option<Head>,
    at: Option<Head>,
    keys: Vec<PublicKey>,
    page: Page,
    line: usize,
    archived: usize,
    /// Positions that no event said to be archived yet.
    absent: BTreeSet<i64>,
    checkpoints: usize,
    signed_to: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Page {
    #[default]
    Open,
    EndedWithMore,
    EndedForGood,
}

impl Verifier {
    /// Believes these keys only; none given: the ones that the file names, which proves less.
    pub fn new(trusted: Vec<PublicKey>) -> Self {
        Self { trusted, ..Self::default() }
    }

    /// The next line.
    pub fn take(&mut self, text: &str) -> Result<(), Wrong> {
        self.line += 1;
        let line = serde_json::from_str(text)
            .map_err(|error| self.wrong(format!("it is not a line of a chain ({error})")))?;
        match (self.at, line) {
            (at, Line::Begin { tenant, from, keys }) => self.begin(at, tenant, from, keys),
            (
                None,
                Line::Event { .. }
                | Line::Archived { .. }
                | Line::Checkpoint { .. }
                | Line::End { .. },
            ) => {
                Err(self.wrong("the file does not begin with the beginning of a chain".to_owned()))
            }
            (Some(_), _) if self.page != Page::Open => {
                Err(self.wrong("it stands after the end of a page".to_owned()))
            }
            (Some(at), Line::Event { nth, event, hash }) => self.event(at, nth, &event, hash),
            (Some(before), Line::Archived { at }) => self.archived(before, at),
            (Some(at), Line::Checkpoint { signed }) => self.checkpoint(at, &signed),
            (Some(at), Line::End { at: end, more }) => {
                if end != at {
                    return Err(self.wrong(format!(
                        "the page says that it ends at position {}, but its events end here",
                        end.position
                    )));
                }
                self.page = if more { Page::EndedWithMore } else { Page::EndedForGood };
                Ok(())
            }
        }
    }

    /// After the last line.
    pub fn finish(self) -> Result<Report, Wrong> {
        if let (Page::EndedForGood, Some(absent)) = (self.page, self.absent.first()) {
            let what = "the event is gone, and no event says that it was archived".to_owned();
            return Err(Wrong { position: *absent, line: self.line, what });
        }
        match (self.page, self.tenant, self.from, self.at) {
            (Page::EndedForGood, Some(tenant), Some(from), Some(to)) => Ok(Report {
                tenant,
                from,
                to,
                archived: self.archived,
                checkpoints: self.checkpoints,
                signed_to: self.signed_to,
            }),
            (Page::EndedWithMore, ..) => {
                Err(self.wrong("the chain goes on here, but the file does not".to_owned()))
            }
            (Page::Open | Page::EndedForGood, ..) => {
                Err(self.wrong("the file is cut off: its last page has no end".to_owned()))
            }
        }
    }

    fn begin(
        &mut self,
        at: Option<Head>,
        tenant: TenantId,
        from: Head,
        keys: Vec<PublicKey>,
    ) -> Result<(), Wrong> {
        let goes_on = match at {
            None => from.events > 0 || from == Head::genesis(tenant),
            Some(at) => {
                from == at && self.tenant == Some(tenant) && self.page == Page::EndedWithMore
            }
        };
        if !goes_on {
            return Err(self.wrong("the page does not go on from what stands before it".to_owned()));
        }
        self.tenant = Some(tenant);
        self.from = self.from.or(Some(from));
        self.at = Some(from);
        self.keys = keys;
        self.page = Page::Open;
        Ok(())
    }

    fn event(&mut self, at: Head, nth: i64, event: &SealedEvent, hash: Hash) -> Result<(), Wrong> {
        let what = if event.position <= at.position {
            format!("it stands after position {}", at.position)
        } else if nth != at.events + 1 {
            format!("it is event {nth}, but event {} should stand here", at.events + 1)
        } else if at.then(event).hash != hash {
            "the event was changed, or it does not follow what stands before it".to_owned()
        } else {
            self.at = Some(at.then(event));
            self.hear_of_archiving(event);
            return Ok(());
        };
        Err(Wrong { position: event.position, line: self.line, what })
    }

    /// What an archived event said can not be checked any more; that it stood here is held by what follows.
    fn archived(&mut self, before: Head, at: Head) -> Result<(), Wrong> {
        if at.events != before.events + 1 || at.position <= before.position {
            return Err(
                self.wrong("an archived event does not follow what stands before it".into())
            );
        }
        self.at = Some(at);
        self.absent.insert(at.position);
        self.archived += 1;
        Ok(())
    }

    fn hear_of_archiving(&mut self, event: &SealedEvent) {
        if event.kind != "CallsArchived" {
            return;
        }
        let spans: Vec<(i64, i64)> =
            serde_json::from_value(event.payload["data"]["positions"].clone()).unwrap_or_default();
        for (first, last) in spans {
            self.absent.retain(|position| !(first..=last).contains(position));
        }
    }

    fn checkpoint(&mut self, at: Head, signed: &str) -> Result<(), Wrong> {
        let keys = if self.trusted.is_empty() { &self.keys } else { &self.trusted };
        let checkpoint: Checkpoint = sign::read(Kind::Checkpoint, signed, keys)
            .map_err(|error| self.wrong(format!("the checkpoint does not hold: {error}")))?;
        if Some(checkpoint.tenant) != self.tenant || checkpoint.head != at {
            return Err(self.wrong(format!(
                "the checkpoint says otherwise: it was signed for event {} at position {}; what was signed is not what stands here",
                checkpoint.head.events, checkpoint.head.position
            )));
        }
        self.checkpoints += 1;
        self.signed_to = at.position;
        Ok(())
    }

    fn wrong(&self, what: String) -> Wrong {
        Wrong { position: self.at.map_or(0, |at| at.position), line: self.line, what }
    }
}

#[cfg(test)]
mod stories;
