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
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::super::sign::Signer;
    use super::*;

    fn tenant() -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(7))
    }

    fn stranger() -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(8))
    }

    fn signer() -> Signer {
        Signer::new("k1".into(), &[7; 32])
    }

    fn event(position: i64) -> SealedEvent {
        SealedEvent {
            position,
            event_id: Uuid::from_u128(1),
            stream: Uuid::from_u128(2),
            version: 1,
            kind: "CallRang".into(),
            schema_version: 1,
            payload: json!({}),
            actor: json!({ "k": "worker" }),
            recorded_at_us: 1,
        }
    }

    /// Before the first event, after the one at position 3, after the one at position 5.
    fn heads() -> [Head; 3] {
        let genesis = Head::genesis(tenant());
        let first = genesis.then(&event(3));
        [genesis, first, first.then(&event(5))]
    }

    fn begin(tenant: TenantId, from: Head) -> Line {
        Line::Begin { tenant, from, keys: vec![signer().public_key()] }
    }

    fn nth(nth: i64, position: i64, after: Head) -> Line {
        Line::Event { nth, event: event(position), hash: after.hash }
    }

    fn checkpoint(tenant: TenantId, head: Head) -> Line {
        let signed_at = "2026-11-21T12:00:00Z".to_owned();
        let checkpoint = Checkpoint { tenant, head, signed_at };
        Line::Checkpoint { signed: signer().sign(Kind::Checkpoint, &checkpoint) }
    }

    /// A page of two events, and a checkpoint after them.
    fn page() -> Vec<Line> {
        let [genesis, first, second] = heads();
        vec![
            begin(tenant(), genesis),
            nth(1, 3, first),
            nth(2, 5, second),
            checkpoint(tenant(), second),
            Line::End { at: second, more: false },
        ]
    }

    fn verdict(trusted: &[PublicKey], lines: &[Line]) -> Result<Report, Wrong> {
        let mut verifier = Verifier::new(trusted.to_vec());
        for line in lines {
            verifier.take(&serde_json::to_string(line).unwrap())?;
        }
        verifier.finish()
    }

    #[test]
    fn a_whole_chain_is_in_order_on_one_page_or_on_two() {
        let [genesis, first, second] = heads();
        let report = Report {
            tenant: tenant(),
            from: genesis,
            to: second,
            checkpoints: 1,
            signed_to: 5,
            archived: 0,
        };

        assert_eq!(verdict(&[], &page()), Ok(report.clone()));
        let mut two = page();
        two.splice(2..2, [Line::End { at: first, more: true }, begin(tenant(), first)]);
        assert_eq!(verdict(&[], &two), Ok(report));
    }

    #[test]
    fn a_part_of_a_chain_says_where_it_begins() {
        let [_, first, second] = heads();
        let part =
            [begin(tenant(), first), nth(2, 5, second), Line::End { at: second, more: false }];

        let report = Report {
            tenant: tenant(),
            from: first,
            to: second,
            checkpoints: 0,
            signed_to: 0,
            archived: 0,
        };
        assert_eq!(verdict(&[], &part), Ok(report));
    }

    #[test]
    fn keys_that_are_trusted_count_more_than_those_that_the_file_names() {
        let other = Signer::new("k1".into(), &[8; 32]).public_key();
        let mut lines = page();
        lines[0] = Line::Begin { tenant: tenant(), from: heads()[0], keys: vec![other.clone()] };

        assert!(verdict(&[signer().public_key()], &lines).is_ok());
        assert_eq!(verdict(&[other], &page()).map_err(|wrong| wrong.line), Err(4));
    }

    /// Where it is wrong, and what is said of it.
    fn wrong(change: impl FnOnce(&mut Vec<Line>)) -> (i64, usize, String) {
        let mut lines = page();
        change(&mut lines);
        let wrong = verdict(&[], &lines).unwrap_err();
        assert!(wrong.to_string().contains(&wrong.what));
        (wrong.position, wrong.line, wrong.what.split([':', ',']).next().unwrap().to_owned())
    }

    #[test]
    fn a_page_begins_where_the_one_before_ended_and_nowhere_else() {
        let [genesis, first, second] = heads();
        let said = "the page does not go on from what stands before it";
        let goes_on = |with: Line| {
            wrong(|lines| _ = lines.splice(2..2, [Line::End { at: first, more: true }, with]))
        };

        let of_a_stranger = wrong(|lines| lines[0] = begin(tenant(), Head::genesis(stranger())));
        assert_eq!(of_a_stranger, (0, 1, said.into()));
        assert_eq!(goes_on(begin(tenant(), genesis)), (3, 4, said.into()));
        assert_eq!(goes_on(begin(stranger(), first)), (3, 4, said.into()));
        let in_a_page = wrong(|lines| lines.insert(2, begin(tenant(), first)));
        assert_eq!(in_a_page, (3, 3, said.into()));
        let after_the_end = wrong(|lines| lines.push(begin(tenant(), second)));
        assert_eq!(after_the_end, (5, 6, said.into()));
    }

    #[test]
    fn an_event_that_was_changed_moved_or_dropped_is_found() {
        let [_, first, second] = heads();

        let twice = wrong(|lines| lines.insert(2, nth(2, 3, first.then(&event(3)))));
        assert_eq!(twice, (3, 3, "it stands after position 3".into()));
        let miscounted = wrong(|lines| lines[2] = nth(3, 5, second));
        assert_eq!(miscounted, (5, 3, "it is event 3".into()));
        let changed = wrong(|lines| lines[2] = nth(2, 6, second));
        assert_eq!(changed, (6, 3, "the event was changed".into()));
        let dropped = wrong(|lines| _ = lines.remove(1));
        assert_eq!(dropped, (5, 2, "it is event 2".into()));
        let first_of_all = wrong(|lines| _ = lines.remove(0));
        assert_eq!((first_of_all.0, first_of_all.1), (0, 1));
        let after_the_end = wrong(|lines| lines.push(nth(3, 7, second)));
        assert_eq!(after_the_end, (5, 6, "it stands after the end of a page".into()));
    }

    #[test]
    fn a_miscounted_event_is_told_which_one_should_stand_there() {
        let mut lines = page();
        lines[2] = nth(3, 5, heads()[2]);

        let wrong = verdict(&[], &lines).unwrap_err();

        assert_eq!(wrong.what, "it is event 3, but event 2 should stand here");
    }

    #[test]
    fn a_checkpoint_stands_where_it_was_signed_for() {
        let [_, first, second] = heads();
        let said = "the checkpoint says otherwise";

        let of_before = wrong(|lines| lines[3] = checkpoint(tenant(), first));
        assert_eq!(of_before, (5, 4, said.into()));
        let of_a_stranger = wrong(|lines| lines[3] = checkpoint(stranger(), second));
        assert_eq!(of_a_stranger, (5, 4, said.into()));
        let forged = wrong(|lines| lines[3] = Line::Checkpoint { signed: "a.b.c".into() });
        assert_eq!(forged, (5, 4, "the checkpoint does not hold".into()));
    }

    #[test]
    fn a_file_that_is_cut_off_is_no_chain() {
        let [_, first, second] = heads();

        let no_end = wrong(|lines| _ = lines.pop());
        assert_eq!(no_end, (5, 4, "the file is cut off".into()));
        let goes_on = wrong(|lines| lines[4] = Line::End { at: second, more: true });
        assert_eq!(goes_on, (5, 5, "the chain goes on here".into()));
        let ends_elsewhere = wrong(|lines| lines[4] = Line::End { at: first, more: false });
        assert_eq!((ends_elsewhere.0, ends_elsewhere.1), (5, 5));
        assert!(Verifier::default().finish().is_err());
        assert!(Verifier::default().take("sesame").is_err_and(|wrong| wrong.line == 1));
    }
}
