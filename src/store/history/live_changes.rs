//! What happened in calls since a position, each change with what a sentence about it needs, and the last one of each call with the
//! call as it is now: whoever follows replaces what they show, and never has to work it out.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::live::{LiveCallView, live_position};
use super::{Names, Sight};
use crate::application::ports::Unavailable;
use crate::domain::call::participants::ParticipantRole;
use crate::store::{Reach, Store, TenantTx};

/// Something that happened in a call.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CallChange {
    /// Its place among all events.
    #[schema(example = 4711)]
    pub position: i64,
    /// The call.
    pub call_id: Uuid,
    /// Its building.
    pub building_id: Uuid,
    /// Its entrance; null if nobody visits.
    pub entrance_id: Option<Uuid>,
    /// The unit that rings; null until one is chosen, and where the building hides it.
    pub unit_id: Option<Uuid>,
    /// What: an event's type, as in the webhooks' topics and the call's events.
    #[serde(rename = "type")]
    #[schema(example = "LegAnswered")]
    pub kind: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Which leg, if it was about one.
    #[schema(value_type = Option<Uuid>)]
    pub leg_id: Option<String>,
    /// Whose leg that is: `visitor`, `resident` or `concierge`; in a call that we placed `called`, and `connected` for the second.
    #[schema(value_type = Option<String>, example = "resident")]
    pub role: Option<ParticipantRole>,
    /// Who it was about, if it is a resident.
    pub resident_id: Option<Uuid>,
    /// What they are called: by the directory, else by what they are in the call; null for who moved out, or is in no directory.
    #[schema(example = "Ada")]
    pub name: Option<String>,
    /// On whose word: of `DoorOpenRequested`, `DoorOpened`, `DoorOpenFailed`, `ManagerStepped` and `CallOrdered`.
    pub actor: Option<ChangeActor>,
    /// Its place among the carrier's news of the room, where the carrier counts them: they may come in any order, and what has a
    /// lower number than the last of its leg changes nothing.
    #[schema(example = json!(null))]
    pub sequence: Option<i64>,
    /// Which way the call goes, seen from the line, when it begins: `inbound` or `outbound`.
    #[schema(example = json!(null))]
    pub direction: Option<String>,
    /// What came of it, when it ends: `opened`, `talked` and so on, as in the history.
    #[schema(example = json!(null))]
    pub outcome: Option<String>,
    /// Why it ended, when it does.
    #[schema(example = json!(null))]
    pub cause: Option<String>,
    /// What was asked for, in a word: what failed (`mute`, `unmute`, `hold`, `resume`, `say`), or what a manager wanted.
    #[schema(example = json!(null))]
    pub wanted: Option<String>,
    /// The call as it is now, or null if it is over: replaces whatever was shown of it. Absent: a later change of the same call
    /// follows at once, and has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LiveCallView>, required = false)]
    pub call: Option<Option<LiveCallView>>,
}

/// On whose word something was done.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChangeActor {
    /// `resident`, `concierge`, `pass` (a visitor gave its PIN), `manager`, or `program` (by an API key).
    #[schema(example = "resident")]
    pub by: String,
    /// Which; null for the concierge.
    pub id: Option<Uuid>,
    /// What they are called, a pass by its label; null for who is no more, and for programs.
    #[schema(example = "Ada")]
    pub name: Option<String>,
}

/// What happened after a position.
#[derive(Clone, Debug)]
pub struct Changes {
    /// Up to where: positions of what is out of reach are passed over.
    pub position: i64,
    /// In their order.
    pub changes: Vec<CallChange>,
}

#[derive(sqlx::FromRow)]
struct EventRow {
    position: i64,
    stream_id: Uuid,
    kind: String,
    recorded_at: OffsetDateTime,
    data: Option<Value>,
}

impl EventRow {
    fn text(&self, pointer: &str) -> Option<String> {
        self.data.as_ref()?.pointer(pointer)?.as_str().map(str::to_owned)
    }

    fn id(&self, pointer: &str) -> Option<Uuid> {
        self.text(pointer)?.parse().ok()
    }
}

/// What a call's earlier events tell of those that follow.
const TELLING: [&str; 8] = [
    "CallRang",
    "CallDiscovered",
    "CallOrdered",
    "CallWatched",
    "CallerAdmitted",
    "UnitChosen",
    "DialRequested",
    "DoorOpenRequested",
];

/// What is known of a call.
struct Known {
    building: Uuid,
    entrance: Option<Uuid>,
    unit: Option<Uuid>,
    /// Whether somebody visits, so that the building may hide whom.
    is_visit: bool,
    /// The entry of the allowlist that let the visitor ring.
    listed: Option<Uuid>,
    legs: HashMap<String, (ParticipantRole, Option<Uuid>)>,
    /// On whose word the door was to be opened, by the number of the opening.
    openers: HashMap<i64, Value>,
}

impl Known {
    /// The first event of every call names its building.
    fn begun(first: &EventRow) -> Option<Self> {
        Some(Self {
            building: first.id("/building")?,
            entrance: first.id("/entrance"),
            unit: None,
            is_visit: first.kind == "CallRang",
            listed: None,
            legs: HashMap::new(),
            openers: HashMap::new(),
        })
    }

    fn learns(&mut self, event: &EventRow) {
        match event.kind.as_str() {
            "CallRang" | "CallDiscovered" => {
                let visitor = (ParticipantRole::Visitor, None);
                self.legs.extend(event.text("/leg").map(|leg| (leg, visitor)));
            }
            "CallWatched" => (self.is_visit, self.entrance) = (false, None),
            "CallerAdmitted" if event.text("/admission/as").as_deref() == Some("allowlisted") => {
                self.listed = event.id("/admission/id");
            }
            "UnitChosen" => self.unit = event.id("/unit"),
            "DialRequested" => {
                let who = event.text("/target/who").map(Value::String);
                let role = who.and_then(|who| serde_json::from_value(who).ok());
                if let (Some(leg), Some(role)) = (event.text("/leg"), role) {
                    self.legs.insert(leg, (role, event.id("/target/id")));
                }
            }
            "DoorOpenRequested" => {
                if let Some((opening, opener)) = opening_of(event).zip(part(event, "/opener")) {
                    self.openers.insert(opening, opener);
                }
            }
            _ => {}
        }
    }

    /// On whose word an event happened, as a door's opener is stored.
    fn actor(&self, event: &EventRow) -> Option<ChangeActor> {
        let (by, id) = match event.kind.as_str() {
            "DoorOpenRequested" | "DoorOpened" | "DoorOpenFailed" => {
                let stored = event.data.as_ref()?.get("opener");
                let opener = stored.or_else(|| self.openers.get(&opening_of(event)?))?;
                (opener["by"].as_str()?, opener["id"].as_str())
            }
            "ManagerStepped" | "CallOrdered" => match event.data.as_ref()?.get("by")? {
                Value::String(user) => ("manager", Some(user.as_str())),
                program => ("program", program["api_key"].as_str()),
            },
            _ => return None,
        };
        let id = id.and_then(|id| id.parse().ok());
        Some(ChangeActor { by: by.to_owned(), id, name: None })
    }
}

fn part(event: &EventRow, pointer: &str) -> Option<Value> {
    event.data.as_ref()?.pointer(pointer).cloned()
}

fn opening_of(event: &EventRow) -> Option<i64> {
    event.data.as_ref()?.get("opening")?.as_i64()
}

impl Store {
    /// What happened in calls after this position, as far as it can be read. None: more than `max` events did, or the position is
    /// none that was ever told; then a new snapshot tells more than all of that.
    pub async fn changes(
        &self,
        reach: &Reach,
        sight: Sight,
        after: i64,
        max: usize,
    ) -> Result<Option<Changes>, Unavailable> {
        let mut tx = self.begin_reading(reach).await?;
        let position = live_position(tx.connection()).await?;
        let events = tx.events_up_to(after, position, max).await?;
        if after > position || events.len() > max {
            return Ok(None);
        }
        if events.is_empty() {
            return Ok(Some(Changes { position, changes: Vec::new() }));
        }
        let hidden = tx.hidden_buildings(sight).await?;
        let known = tx.known_of(&events).await?;
        let told = events.into_iter().filter_map(|event| {
            let known = known.get(&event.stream_id)?;
            let is_hidden = known.is_visit && hidden.contains(&known.building);
            let is_told = !is_hidden || matches!(event.kind.as_str(), "CallRang" | "CallEnded");
            (is_told && reach.includes(known.building.into()))
                .then(|| change(event, known, is_hidden))
        });
        let mut changes: Vec<CallChange> = told.collect();
        tx.name(&mut changes, &known).await?;
        let calls: Vec<Uuid> = changes.iter().map(|change| change.call_id).collect();
        let rows = tx.live_rows(Some(&calls)).await?;
        drop(tx);
        let views = self.live_views(reach.tenant, rows, &hidden).await?;
        let mut views: HashMap<Uuid, LiveCallView> =
            views.into_iter().map(|view| (view.id, view)).collect();
        let mut is_last = HashSet::new();
        for change in changes.iter_mut().rev() {
            if is_last.insert(change.call_id) {
                change.call = Some(views.remove(&change.call_id));
            }
        }
        Ok(Some(Changes { position, changes }))
    }
}

fn change(event: EventRow, known: &Known, is_hidden: bool) -> CallChange {
    let kind = event.kind.as_str();
    let leg_id = event.text("/leg");
    let leg = leg_id.as_ref().and_then(|leg| known.legs.get(leg));
    let shown = CallChange {
        position: event.position,
        call_id: event.stream_id,
        building_id: known.building,
        entrance_id: known.entrance,
        unit_id: known.unit,
        at: event.recorded_at,
        role: leg.map(|(role, _)| *role),
        resident_id: leg.and_then(|(_, resident)| *resident).or_else(|| event.id("/resident")),
        leg_id,
        name: None,
        actor: known.actor(&event),
        sequence: part(&event, "/sequence").and_then(|sequence| sequence.as_i64()),
        direction: match kind {
            "CallRang" => Some(event.text("/direction").unwrap_or_else(|| "inbound".to_owned())),
            "CallOrdered" => Some("outbound".to_owned()),
            _ => None,
        },
        outcome: event.text("/outcome").filter(|_| kind == "CallEnded"),
        cause: match kind {
            "CallEnded" => event.text("/cause"),
            "LegEnded" => event.text("/end/cause"),
            _ => None,
        },
        wanted: event.text("/wanted").filter(|_| matches!(kind, "EffectFailed" | "ManagerStepped")),
        call: None,
        kind: kind.to_owned(),
    };
    if is_hidden { hide(shown) } else { shown }
}

/// Of what a building hides, only this is told: that it rang, and what came of it.
fn hide(change: CallChange) -> CallChange {
    CallChange {
        unit_id: None,
        leg_id: None,
        role: None,
        resident_id: None,
        actor: None,
        sequence: None,
        cause: None,
        wanted: None,
        ..change
    }
}

impl TenantTx {
    /// One more than `max`, if there are more.
    async fn events_up_to(
        &mut self,
        after: i64,
        until: i64,
        max: usize,
    ) -> Result<Vec<EventRow>, Unavailable> {
        Ok(sqlx::query_as!(
            EventRow,
            "select position, stream_id, type as kind, recorded_at, payload -> 'data' as data from es.event
             where tenant_id = $1 and position > $2 and position <= $3
             order by position
             limit $4",
            self.tenant().as_uuid(),
            after,
            until,
            i64::try_from(max).map_or(i64::MAX, |max| max.saturating_add(1))
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// What is known of the calls that these events happened in. What is no call is not among them.
    async fn known_of(&mut self, events: &[EventRow]) -> Result<HashMap<Uuid, Known>, Unavailable> {
        let mut streams: Vec<Uuid> = events.iter().map(|event| event.stream_id).collect();
        streams.sort_unstable();
        streams.dedup();
        let telling = sqlx::query_as!(
            EventRow,
            "select position, stream_id, type as kind, recorded_at, payload -> 'data' as data from es.event
             where tenant_id = $1 and stream_id = any($2) and type = any($3)
             order by stream_id, version",
            self.tenant().as_uuid(),
            &streams,
            &TELLING.map(str::to_owned)
        )
        .fetch_all(self.connection())
        .await?;
        let mut all: HashMap<Uuid, Known> = HashMap::new();
        for event in &telling {
            if let Some(known) = all.get_mut(&event.stream_id) {
                known.learns(event);
            } else if let Some(mut known) = Known::begun(event) {
                known.learns(event);
                all.insert(event.stream_id, known);
            }
        }
        Ok(all)
    }

    /// Says what those are called whom the changes are about.
    async fn name(
        &mut self,
        changes: &mut [CallChange],
        known: &HashMap<Uuid, Known>,
    ) -> Result<(), Unavailable> {
        let listed = |change: &CallChange| {
            let is_visitor = change.role == Some(ParticipantRole::Visitor);
            known.get(&change.call_id).and_then(|known| known.listed).filter(|_| is_visitor)
        };
        let about = |change: &CallChange| change.resident_id.or_else(|| listed(change));
        let actor = |change: &CallChange| change.actor.as_ref().and_then(|actor| actor.id);
        let ids: HashSet<Uuid> =
            changes.iter().flat_map(|change| [about(change), actor(change)]).flatten().collect();
        let names = match ids.is_empty() {
            true => Names::new(),
            false => self.names(&ids.into_iter().collect::<Vec<_>>()).await?,
        };
        for change in changes {
            let title = |role: ParticipantRole| role.title().map(str::to_owned);
            change.name = about(change)
                .and_then(|id| names.get(&id).cloned())
                .or_else(|| change.role.and_then(title));
            if let Some(actor) = &mut change.actor {
                let concierge = (actor.by == "concierge").then_some(ParticipantRole::Concierge);
                actor.name = match actor.id {
                    Some(id) => names.get(&id).cloned(),
                    None => concierge.and_then(title),
                };
            }
        }
        Ok(())
    }
}
