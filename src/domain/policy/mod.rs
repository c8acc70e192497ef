//! All that `decide` may know besides the call itself: the building's configuration at one moment.

pub mod allowlist;
pub mod block;
pub mod capabilities;
pub mod degradation;
pub mod flow;
pub mod outbound;
pub mod panel;
pub mod pass;
pub mod schedule;
pub mod streams;

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use self::allowlist::AllowlistEntry;
use self::block::Block;
use self::capabilities::Capabilities;
use self::flow::Flow;
use self::panel::PanelProfile;
use self::schedule::Schedule;
use self::streams::StreamSet;
use crate::domain::call::script::Music;
use crate::domain::copy_on_write::CopyOnWrite;
use crate::domain::ids::{
    BuildingId, ConnectionId, EntranceId, LineId, ResidentId, SubjectId, TenantId, UnitId,
};
use crate::domain::local_time::Zone;
use crate::domain::phone_number::{Caller, PhoneNumber};

/// The building's configuration, and who calls, as one decision sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The building behind the line.
    pub building: Building,
    /// The line that was called.
    pub line: Line,
    /// The line's entrance: the bound one, or the only one that leads to the bound unit.
    pub entrance: Entrance,
    /// The units that can be rung from here.
    pub units: CopyOnWrite<Vec<Unit>>,
    /// Who may ring without being a panel.
    pub allowlist: CopyOnWrite<Vec<AllowlistEntry>>,
    /// Numbers of ours, that a call must never come from or go to: it would ring itself.
    pub own_numbers: CopyOnWrite<BTreeSet<PhoneNumber>>,
    /// Who calls.
    pub visitor: Visitor,
    /// Who hears the line's calls: the line's own backends, else the building's.
    pub streams: StreamSet,
    /// What the line's carrier can do.
    pub capabilities: Capabilities,
    /// Times and counts that bound every call.
    pub limits: Limits,
}

/// A building.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Building {
    /// Its id.
    pub id: BuildingId,
    /// Its firm.
    pub tenant: TenantId,
    /// What people call it.
    pub name: String,
    /// Where it is, in time.
    pub zone: Zone,
    /// What is spoken at its doors, BCP 47: `en-GB`.
    pub language: String,
    /// The region that numbers without a country code are read in, ISO 3166: `GB`.
    pub region: String,
    /// What to do with callers that nobody listed.
    pub strangers: StrangerPolicy,
    /// What to do with callers who hide their number.
    pub withheld: StrangerPolicy,
    /// Whom a flow's last step may ring.
    pub concierge: Option<PhoneNumber>,
    /// What a visitor hears while residents are rung.
    pub wait_music: Music,
}

/// What to do with a caller that nobody listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StrangerPolicy {
    /// Refuse.
    #[default]
    Reject,
    /// Ask for the PIN of a pass.
    Pin,
    /// Treat like a panel.
    Ring,
}

/// The line that was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its id.
    pub id: LineId,
    /// Its connection.
    pub connection: ConnectionId,
    /// Its number, shown to residents who are rung.
    pub number: PhoneNumber,
    /// What it leads to.
    pub leads_to: LeadsTo,
}

/// What a line leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeadsTo {
    /// A door, with one unit or several behind it.
    Entrance(EntranceId),
    /// One unit.
    Unit(UnitId),
    /// The firm's own backends: nobody is rung.
    Stream,
    /// Nothing of ours: the carrier puts its calls through as the account says, and we tell how they fare.
    Watched,
}

/// A door with its panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entrance {
    /// Its id.
    pub id: EntranceId,
    /// What people call it: `Front door`.
    pub name: String,
    /// The numbers that its panel calls from.
    pub panel_numbers: BTreeSet<PhoneNumber>,
    /// How its panel wants to be talked to.
    pub panel: PanelProfile,
}

/// A dwelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// What people call it: `1204`.
    pub name: String,
    /// What a visitor keys in to ring it.
    pub code: Option<String>,
    /// How its residents are rung.
    pub flow: Flow,
    /// Who lives there.
    pub residents: Vec<Resident>,
}

/// Someone who lives in a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resident {
    /// Their id.
    pub id: ResidentId,
    /// Their numbers: the first is rung, the next if that one can not be reached.
    pub numbers: Vec<PhoneNumber>,
    /// What is spoken to them; the building's language if they have none of their own.
    pub language: Option<String>,
    /// The first day they are rung.
    pub moved_in: Option<civil::Date>,
    /// The first day they are rung no more.
    pub moved_out: Option<civil::Date>,
    /// Not rung before this.
    pub do_not_disturb_until: Option<OffsetDateTime>,
    /// Not rung while this holds.
    pub quiet_hours: Option<Schedule>,
    /// Not rung until they say that they are back.
    pub presence: Presence,
}

/// Whether a resident is there at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Yes.
    #[default]
    Home,
    /// No, until further notice.
    Away,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// The number, as far as the carrier says.
    pub caller: Caller,
    /// Under whose key the number is sealed; withheld callers have none.
    pub subject: Option<SubjectId>,
    /// An active block of this number.
    pub block: Option<Block>,
}

/// Times and counts that bound every call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A dial that has not left by then is not dialled: its ring would be stale.
    pub dial_within: Duration,
    /// How long those who picked up may still press a key after their group is over.
    pub key_grace: Duration,
    /// The longest time that a visitor may take to key in codes; whoever is refused is gone within it as well.
    pub codes_take: Duration,
    /// Codes and PINs that may be wrong before the call ends.
    pub wrong_codes: u32,
    /// When wrong PINs block the caller.
    pub pins: PinLimits,
    /// How often an attempt to place a leg may be refused for the moment before it is given up.
    pub dial_attempts: u32,
    /// That long after its last deadline, the carrier's own records are asked for the ends that nobody reported.
    pub overdue_after: Duration,
    /// How often they are asked before an end is presumed.
    pub seeks: u32,
    /// How long lies between the first two times; each time twice as long as before.
    pub seek_gap: Duration,
    /// How long a caller may stay with the backends of a line that leads to them.
    pub stream_max: Duration,
    /// A stream that the carrier has not begun by then never comes.
    pub stream_within: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            dial_within: Duration::from_secs(25),
            key_grace: Duration::from_secs(20),
            codes_take: Duration::from_secs(180),
            wrong_codes: 3,
            pins: PinLimits::default(),
            dial_attempts: 3,
            overdue_after: Duration::from_secs(120),
            seeks: 4,
            seek_gap: Duration::from_secs(30),
            stream_max: Duration::from_secs(2 * 3600),
            stream_within: Duration::from_secs(20),
        }
    }
}

/// When wrong PINs block a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinLimits {
    /// The wrong PIN that blocks: the tenth.
    pub wrong_pins: u32,
    /// Only those count that are not older: the window slides.
    pub within: Duration,
    /// How long the block lasts.
    pub block_for: Duration,
}

impl Default for PinLimits {
    fn default() -> Self {
        let day = Duration::from_secs(24 * 3600);
        Self { wrong_pins: 10, within: day, block_for: day }
    }
}

impl Policy {
    /// The block that keeps the visitor out at this instant. Callers who hide their number follow the building's policy for them: they are
    /// blocked as one, and only where they are asked for PINs.
    pub fn block_in_force(&self, at: OffsetDateTime) -> Option<&Block> {
        let counts = match (&self.visitor.caller, self.building.withheld) {
            (Caller::Known(_), _) | (Caller::Withheld, StrangerPolicy::Pin) => true,
            (Caller::Withheld, StrangerPolicy::Reject | StrangerPolicy::Ring) => false,
        };
        self.visitor.block.as_ref().filter(|block| counts && block.is_active(at))
    }

    /// The unit with this id.
    pub fn unit(&self, id: UnitId) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.id == id)
    }

    /// The unit that a visitor means by this code.
    pub fn unit_by_code(&self, code: &str) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.code.as_deref() == Some(code))
    }

    /// The one unit that the line leads to, if it leads to just one.
    pub fn only_unit(&self) -> Option<&Unit> {
        match self.line.leads_to {
            LeadsTo::Unit(id) => self.unit(id),
            LeadsTo::Entrance(_) => match self.units.as_slice() {
                [unit] => Some(unit),
                [] | [_, _, ..] => None,
            },
            LeadsTo::Stream | LeadsTo::Watched => None,
        }
    }

    /// The resident with this id, and the unit they live in.
    pub fn resident(&self, id: ResidentId) -> Option<(&Unit, &Resident)> {
        self.units.iter().find_map(|unit| {
            unit.residents
                .iter()
                .find(|resident| resident.id == id)
                .map(|resident| (unit, resident))
        })
    }
}

#[cfg(test)]
mod stories;
