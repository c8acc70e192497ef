//! What bodies hold inside of them: flows, schedules and panels, as the API documents them. The domain says what they mean, and checks them.

use std::collections::HashMap;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Checks;
use crate::domain::policy::flow::Flow;
use crate::domain::policy::panel::PanelProfile;
use crate::domain::policy::schedule::Schedule;

/// How residents are rung: groups, one after the other, until somebody accepts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowDocument {
    /// The groups, in order: 1 to 10.
    #[schema(min_items = 1, max_items = 10)]
    pub groups: Vec<GroupDocument>,
    /// What the visitor gets when no group is left; absent: a short goodbye.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_none: Option<OnNoneDocument>,
}

/// Residents who ring together, or one after the other.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupDocument {
    /// Who rings.
    #[schema(example = "all_residents")]
    pub members: MembersDocument,
    /// Together, or spaced; absent: together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "together")]
    pub start: Option<StartDocument>,
    /// How long it rings, in seconds; absent: 25.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 5, maximum = 120, example = 25)]
    pub ring_seconds: Option<u16>,
    /// What counts as accepting; absent: a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "key")]
    pub accept: Option<AcceptDocument>,
    /// What a refusal means for the others; absent: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "leave_me_out")]
    pub on_decline: Option<OnDeclineDocument>,
    /// When it rings at all: hours of its own, or a schedule that is shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<HoursOrSchedule>,
}

/// Who rings in a group.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MembersDocument {
    /// All residents of the unit, in their order.
    AllResidents,
    /// These residents, in this order: 1 to 20.
    Residents(Vec<Uuid>),
    /// The building's concierge.
    Concierge,
}

/// When a group's members start to ring.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StartDocument {
    /// All at once.
    Together,
    /// Each so many seconds after the one before.
    Spaced(SpacedDocument),
}

/// Each so many seconds after the one before.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpacedDocument {
    /// From 1 to 60.
    #[schema(minimum = 1, maximum = 60, example = 5)]
    pub seconds: u16,
}

/// What counts as accepting a visitor.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AcceptDocument {
    /// A key: no mailbox presses one.
    Key,
    /// Picking up, if the carrier's machine detection hears a person.
    Detect,
    /// Picking up.
    None,
}

/// What a resident's refusal means for the others.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnDeclineDocument {
    /// Nothing.
    LeaveMeOut,
    /// This group is over.
    NextGroup,
    /// Nobody else is rung.
    StopAll,
}

/// What the visitor gets when no group is left.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "concierge")]
pub enum OnNoneDocument {
    /// A sentence: this one, or that nobody answers.
    Say(SayDocument),
    /// The building's concierge.
    Concierge,
    /// A short goodbye.
    HangUp,
}

/// A sentence: this one, or that nobody answers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SayDocument {
    /// 1 to 500 characters; absent: a sentence of ours in the building's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        min_length = 1,
        max_length = 500,
        example = "Nobody answers. Please try again later."
    )]
    pub text: Option<String>,
}

/// Hours of one's own, or a schedule that is shared.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum HoursOrSchedule {
    /// A schedule that is shared.
    Shared(NamedSchedule),
    /// Hours of one's own.
    Own(ScheduleDocument),
}

/// A schedule that is shared.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedSchedule {
    /// Its id.
    pub schedule_id: Uuid,
}

/// Weekly hours in the building's time zone, and dates on which others hold: holidays, a party.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleDocument {
    /// Hours that hold every week.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub weekly: Vec<WeeklyDocument>,
    /// Dates on which these hours hold instead.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub dates: Vec<DateDocument>,
}

/// Hours on some days of the week. Hours that end before they start go on past midnight; that end when they start, last a day.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeeklyDocument {
    /// On these days.
    #[schema(min_items = 1, max_items = 7)]
    pub days: Vec<DayDocument>,
    /// The first moment.
    #[schema(example = "08:00:00", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$")]
    pub from: String,
    /// The first moment that no longer counts.
    #[schema(example = "18:00:00", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$")]
    pub to: String,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the days of the week explain themselves")]
pub enum DayDocument {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Other hours on one date: none means closed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DateDocument {
    /// The date.
    #[schema(example = "2026-12-25", format = Date)]
    pub date: String,
    /// Between these times; empty: not at all.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub hours: Vec<HoursDocument>,
}

/// From a time to a time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoursDocument {
    /// The first moment.
    #[schema(example = "10:00:00", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$")]
    pub from: String,
    /// The first moment that no longer counts.
    #[schema(example = "12:00:00", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$")]
    pub to: String,
}

/// How a door's panel wants to be talked to. What is absent is as usual.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PanelDocument {
    /// What the panel must hear to open: 1 to 16 of `0-9 * #`; absent: 9.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "9", pattern = "^[0-9*#]{1,16}$")]
    pub open_digits: Option<String>,
    /// How often the digits are sent: some panels miss the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 5, example = 1)]
    pub repeats: Option<u8>,
    /// How long to wait before the first digit: some panels listen late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 10000, example = 0)]
    pub wait_ms: Option<u16>,
    /// A resident's key that accepts the visitor; absent: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "1", pattern = "^[0-9*#]$")]
    pub accept_key: Option<char>,
    /// A resident's key that opens the door; absent: 9.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "9", pattern = "^[0-9*#]$")]
    pub open_key: Option<char>,
    /// A resident's key that refuses the visitor, and ends the talk; absent: 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "0", pattern = "^[0-9*#]$")]
    pub deny_key: Option<char>,
    /// A resident's key that extends the talk; absent: 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "5", pattern = "^[0-9*#]$")]
    pub extend_key: Option<char>,
    /// The longest talk; absent: 120.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 10, maximum = 3600, example = 120)]
    pub talk_max_seconds: Option<u16>,
    /// How long before its end a talk is warned of it; absent: 15.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 15)]
    pub talk_warning_seconds: Option<u16>,
}

impl FlowDocument {
    /// As the domain reads it, the hours of shared schedules left out.
    pub(super) fn check(&self, checks: &mut Checks, field: &str) {
        let mut document = json!(self);
        for group in document["groups"].as_array_mut().into_iter().flatten() {
            if group["hours"].get("schedule_id").is_some() {
                group["hours"] = json!({});
            }
        }
        if let Some(flow) = read::<Flow>(checks, field, document) {
            checks.ok(field, flow.check());
        }
    }

    /// As the domain reads it, with the hours of the shared schedules that are there.
    pub(super) fn with_schedules(&self, schedules: &HashMap<Uuid, Value>) -> Value {
        let mut document = json!(self);
        for group in document["groups"].as_array_mut().into_iter().flatten() {
            let named = group["hours"]["schedule_id"].as_str().and_then(|id| id.parse().ok());
            if let Some(hours) = named.and_then(|id: Uuid| schedules.get(&id)) {
                group["hours"] = hours.clone();
            }
        }
        document
    }

    /// The shared schedules that it names, each once.
    pub(super) fn schedules(&self) -> Vec<Uuid> {
        let mut ids: Vec<Uuid> = self
            .groups
            .iter()
            .filter_map(|group| match &group.hours {
                Some(HoursOrSchedule::Shared(named)) => Some(named.schedule_id),
                Some(HoursOrSchedule::Own(_)) | None => None,
            })
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

impl FlowDocument {
    /// The residents that it names, each once.
    pub(super) fn residents(&self) -> Vec<Uuid> {
        let named = self.groups.iter().flat_map(|group| match &group.members {
            MembersDocument::Residents(residents) => residents.as_slice(),
            MembersDocument::AllResidents | MembersDocument::Concierge => &[],
        });
        let mut ids: Vec<Uuid> = named.copied().collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

impl ScheduleDocument {
    /// As the domain reads it.
    pub(super) fn check(&self, checks: &mut Checks, field: &str) {
        if let Some(schedule) = read::<Schedule>(checks, field, json!(self)) {
            checks.ok(field, schedule.check());
        }
    }
}

impl PanelDocument {
    /// As the domain reads it.
    pub(super) fn check(&self, checks: &mut Checks, field: &str) {
        if let Some(panel) = read::<PanelProfile>(checks, field, json!(self)) {
            checks.ok(field, panel.check());
        }
    }
}

/// Reads an object: a list of what its fields would be is none, though it could be read as one.
pub(super) fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<T, D::Error> {
    let fields = Map::<String, Value>::deserialize(deserializer)?;
    serde_json::from_value(Value::Object(fields)).map_err(D::Error::custom)
}

/// The same, or null.
pub(super) fn object_or_null<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let fields = Option::<Map<String, Value>>::deserialize(deserializer)?;
    let thing = fields.map(|fields| serde_json::from_value(Value::Object(fields)));
    thing.transpose().map_err(D::Error::custom)
}

fn read<T: DeserializeOwned>(checks: &mut Checks, field: &str, document: Value) -> Option<T> {
    checks.ok(field, serde_json::from_value(document))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(flow: Value) -> usize {
        let mut checks = Checks::default();
        serde_json::from_value::<FlowDocument>(flow).unwrap().check(&mut checks, "flow");
        checks.0.len()
    }

    #[test]
    fn a_flow_of_the_document_is_one_of_the_domain() {
        let id = Uuid::nil();
        let flow = json!({
            "groups": [
                { "members": "all_residents", "start": { "spaced": { "seconds": 5 } }, "ring_seconds": 30, "accept": "detect", "on_decline": "stop_all",
                  "hours": { "weekly": [{ "days": ["monday"], "from": "08:00", "to": "18:00:00" }], "dates": [{ "date": "2026-12-25" }] } },
                { "members": { "residents": [id] }, "start": "together", "hours": { "schedule_id": id } },
                { "members": "concierge", "accept": "none" },
            ],
            "on_none": { "say": { "text": "Please come back tomorrow." } },
        });

        assert_eq!(problems(flow.clone()), 0);
        assert_eq!(serde_json::from_value::<FlowDocument>(flow).unwrap().schedules(), [id]);
        assert_eq!(problems(json!({ "groups": [] })), 1);
        assert_eq!(
            problems(json!({ "groups": [{ "members": "concierge", "ring_seconds": 4 }] })),
            1
        );
        assert_eq!(
            problems(
                json!({ "groups": [{ "members": "concierge", "hours": { "weekly": [{ "days": ["monday"], "from": "25:00", "to": "18:00" }] } }] })
            ),
            1
        );
    }

    #[test]
    fn a_panel_of_the_document_is_one_of_the_domain() {
        let mut checks = Checks::default();
        let all = json!({ "open_digits": "5#", "repeats": 2, "wait_ms": 500, "accept_key": "1", "open_key": "6", "deny_key": "0", "extend_key": "*",
            "talk_max_seconds": 60, "talk_warning_seconds": 10 });
        serde_json::from_value::<PanelDocument>(all).unwrap().check(&mut checks, "panel");
        PanelDocument::default().check(&mut checks, "panel");

        assert_eq!(checks.0, []);
    }
}
