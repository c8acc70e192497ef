//! Who may do what: roles of people, scopes of programs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a user may; each may what the ones before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Look.
    Viewer,
    /// Run buildings.
    Manager,
    /// Run lines, connections, users and API keys.
    Admin,
    /// Everything.
    Owner,
}

/// No role, or no scope, is called so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing is called {0}")]
pub struct Unheard(String);

impl Role {
    const ALL: [Self; 4] = [Self::Viewer, Self::Manager, Self::Admin, Self::Owner];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Manager => "manager",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Whether people of this role may be limited to buildings: whoever runs the firm sees all of it.
    pub const fn can_be_limited(self) -> bool {
        match self {
            Self::Viewer | Self::Manager => true,
            Self::Admin | Self::Owner => false,
        }
    }
}

impl FromStr for Role {
    type Err = Unheard;

    fn from_str(name: &str) -> Result<Self, Unheard> {
        let role = Self::ALL.into_iter().find(|role| role.name() == name);
        role.ok_or_else(|| Unheard(name.to_owned()))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What an API key may, within its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Read buildings, people and calls.
    Read,
    /// Step into calls: mute, open, hang up.
    Calls,
    /// Write buildings, units, residents, allowlists, passes and flows.
    Directory,
    /// Read and write everything else: users, API keys, connections, lines.
    Admin,
    /// Ask whether a PIN opens, whether a number is blocked, and whether a stream runs: for a flow at a carrier, and nothing else.
    Gate,
}

impl Scope {
    const ALL: [Self; 5] = [Self::Read, Self::Calls, Self::Directory, Self::Admin, Self::Gate];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Calls => "calls",
            Self::Directory => "directory",
            Self::Admin => "admin",
            Self::Gate => "gate",
        }
    }

    /// The scope that a request needs, by what it names. What is not named here needs `admin`, so that a new path is closed
    /// to programs until someone opens it.
    pub fn needed(verb: Verb, path: &str) -> Self {
        let mut segments =
            path.trim_start_matches("/v1").split('/').filter(|part| !part.is_empty());
        let Some(first) = segments.next().and_then(Thing::named_first) else { return Self::Admin };
        // What hangs below a building is of its own kind: the deepest name that is known decides.
        match (segments.filter_map(Thing::named).next_back().unwrap_or(first), verb) {
            (_, Verb::Read) => Self::Read,
            (Thing::Gate, Verb::Write) => Self::Gate,
            (Thing::Call, Verb::Write) => Self::Calls,
            (Thing::Directory, Verb::Write) => Self::Directory,
            (Thing::ReadOnly | Thing::Own | Thing::Plumbing, Verb::Write) => Self::Admin,
        }
    }
}

impl Scope {
    /// Whether a request is one of those that a flow at a carrier makes: a key for the gate may make it, and needs no other scope.
    pub fn is_of_the_gate(verb: Verb, path: &str) -> bool {
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        match (verb, segments.as_slice()) {
            (Verb::Write, ["v1", "pin-checks" | "streams"])
            | (Verb::Read, ["v1", "blocks", _] | ["v1", "streams", _, "probe"]) => true,
            (Verb::Read | Verb::Write, _) => false,
        }
    }
}

impl FromStr for Scope {
    type Err = Unheard;

    fn from_str(name: &str) -> Result<Self, Unheard> {
        let scope = Self::ALL.into_iter().find(|scope| scope.name() == name);
        scope.ok_or_else(|| Unheard(name.to_owned()))
    }
}

/// Whether a request changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// No.
    Read,
    /// Yes.
    Write,
}

#[derive(Clone, Copy)]
enum Thing {
    Call,
    /// PINs of those who stand at a door.
    Gate,
    Directory,
    /// Made of what happened: nobody writes it.
    ReadOnly,
    /// What a key may know of itself and its firm.
    Own,
    /// Lines and connections: read by many, written by admins.
    Plumbing,
}

impl Thing {
    /// At the head of a path. Streams of their own are calls'; those that a building or a line names belong to it.
    fn named_first(segment: &str) -> Option<Self> {
        if segment == "streams" { Some(Self::Call) } else { Self::named(segment) }
    }

    fn named(segment: &str) -> Option<Self> {
        match segment {
            "calls" => Some(Self::Call),
            "pin-checks" => Some(Self::Gate),
            "buildings" | "entrances" | "units" | "residents" | "allowlist-entries" | "blocks"
            | "passes" | "flows" | "schedules" | "panels" | "prompts" => Some(Self::Directory),
            "stats" | "statistics" | "live" | "events" | "changes" => Some(Self::ReadOnly),
            "me" | "tenants" => Some(Self::Own),
            "lines" | "connections" | "stream-backends" => Some(Self::Plumbing),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_what_the_ones_before_may() {
        assert!(Role::Owner > Role::Admin && Role::Admin > Role::Manager);
        assert!(Role::Manager > Role::Viewer);
        for role in Role::ALL {
            assert_eq!(role.name().parse(), Ok(role));
            assert_eq!(role.to_string(), role.name());
        }
        assert!("root".parse::<Role>().is_err());
    }

    #[test]
    fn who_runs_the_firm_sees_all_of_it() {
        let limited = Role::ALL.map(Role::can_be_limited);
        assert_eq!(limited, [true, true, false, false]);
    }

    #[test]
    fn scopes_go_by_names_that_stay() {
        let names = Scope::ALL.map(Scope::name);
        assert_eq!(names, ["read", "calls", "directory", "admin", "gate"]);
        for scope in Scope::ALL {
            assert_eq!(scope.name().parse(), Ok(scope));
        }
        assert!("root".parse::<Scope>().is_err());
    }

    #[test]
    fn a_request_needs_the_scope_of_what_it_names() {
        for (verb, path, scope) in [
            (Verb::Read, "/v1/buildings", Scope::Read),
            (Verb::Read, "/v1/calls/0190/explain", Scope::Read),
            (Verb::Read, "/v1/stats/spam", Scope::Read),
            (Verb::Read, "/v1/me", Scope::Read),
            (Verb::Read, "/v1/connections/0190", Scope::Read),
            (Verb::Write, "/v1/connections", Scope::Admin),
            (Verb::Write, "/v1/calls/0190/open", Scope::Calls),
            (Verb::Write, "/v1/units/0190/residents", Scope::Directory),
            (Verb::Write, "/v1/buildings", Scope::Directory),
            (Verb::Write, "/v1/buildings/0190/lines", Scope::Admin),
            (Verb::Write, "/v1/streams", Scope::Calls),
            (Verb::Read, "/v1/streams/0190/probe", Scope::Read),
            (Verb::Write, "/v1/lines/0190/streams", Scope::Admin),
            (Verb::Write, "/v1/stream-backends", Scope::Admin),
            (Verb::Read, "/v1/lines/0190/prompts", Scope::Read),
            (Verb::Write, "/v1/prompts/5d3f", Scope::Directory),
            (Verb::Read, "/v1/users", Scope::Admin),
            (Verb::Write, "/v1/users/0190/buildings", Scope::Admin),
            (Verb::Read, "/v1/api-keys", Scope::Admin),
            (Verb::Write, "/v1/what-nobody-thought-of", Scope::Admin),
            (Verb::Write, "/v1/pin-checks", Scope::Gate),
            (Verb::Read, "/v1/what-nobody-thought-of", Scope::Admin),
        ] {
            assert_eq!(Scope::needed(verb, path), scope, "{verb:?} {path}");
        }
    }

    #[test]
    fn a_key_of_the_gate_asks_three_things_announces_streams_and_no_more() {
        for (verb, path, is_the_gates) in [
            (Verb::Write, "/v1/pin-checks", true),
            (Verb::Read, "/v1/blocks/+447700900666", true),
            (Verb::Read, "/v1/streams/0190/probe", true),
            (Verb::Write, "/v1/streams", true),
            (Verb::Write, "/v1/blocks/0190/lift", false),
            (Verb::Read, "/v1/buildings/0190/blocks", false),
            (Verb::Read, "/v1/blocks", false),
            (Verb::Read, "/v1/streams/0190", false),
        ] {
            assert_eq!(Scope::is_of_the_gate(verb, path), is_the_gates, "{verb:?} {path}");
        }
    }
}
