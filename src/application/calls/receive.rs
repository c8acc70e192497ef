//! A carrier's delivery: recognised, decided about, stored with its answer, answered.

use std::fmt;

use super::{CallError, Calls, LoadedCall, TRIES, record, wait_a_little};
use crate::application::ports::vital_signs::{Sign, Vital};
use crate::application::ports::{
    Actor, Answer, Append, Appended, CarrierReferences, Delivery, Expected, LineCalled, LineKey,
    PinTry, RawWebhook, Unavailable,
};
use crate::domain::call::decide::Decision;
use crate::domain::call::script::Script;
use crate::domain::call::signal::{
    CarrierLeg, Direction, Keys, LegReport, PinCheck, Rang, RoomNews, Signal,
};
use crate::domain::ids::{CallId, ConnectionId, LegId, SubjectId, TenantId};
use crate::domain::personal::Personal;
use crate::domain::phone_number::{Caller, PhoneNumber};
use crate::domain::policy::{LeadsTo, Policy};
use time::OffsetDateTime;

/// What a carrier delivered, verified and parsed.
pub struct Incoming {
    /// The connection's tenant.
    pub tenant: TenantId,
    /// The connection.
    pub connection: ConnectionId,
    /// `vonage`.
    pub provider: &'static str,
    /// SHA-256 over what makes this delivery itself.
    pub key: [u8; 32],
    /// As it came.
    pub raw: RawWebhook,
    /// What it is about.
    pub about: About,
    /// What it says.
    pub news: News,
    /// What a call hears that goes to no line of the connection.
    pub to_no_line: Script,
    /// How the carrier wants to be answered.
    pub render: Render,
}

/// How a carrier wants to be answered about a leg: the answer is stored with the events, so it is made here.
/// The number tells this script from the leg's other ones.
pub type Render = Box<dyn Fn(CallId, LegId, u64, Option<&Script>) -> Answer + Send + Sync>;

/// What a delivery is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A leg of ours: its callback URL says so.
    Leg(CallId, LegId),
    /// A call of ours, as a whole: its callback URL says so.
    Call(CallId),
    /// What the carrier calls its leg and conversation.
    Named(Vec<String>),
}

/// What a delivery says.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// A call came in, or goes out.
    Rang {
        /// Which number was called.
        to: String,
        /// Who calls, in whatever words.
        from: String,
        /// What the carrier calls the leg.
        carrier_leg: CarrierLeg,
        /// Which way it goes, seen from the line.
        direction: Direction,
        /// Whose phones the carrier rings by itself, in its words.
        users: Vec<String>,
    },
    /// A leg asks what it shall hear.
    Asks(Option<CarrierLeg>),
    /// Keys were pressed, or not.
    Pressed(Keys),
    /// A leg left the room by a key of its own, and asks what it shall hear.
    SteppedOut,
    /// A leg has heard a part of its script to the end, and asks for the rest.
    Heard,
    /// How the room fares that the legs share.
    Room {
        /// What happened.
        news: RoomNews,
        /// The carrier's clock.
        occurred_at: Option<OffsetDateTime>,
    },
    /// How a leg fares.
    Leg {
        /// What happened.
        report: LegReport,
        /// What the carrier calls the leg.
        carrier_leg: Option<CarrierLeg>,
        /// The carrier's clock.
        occurred_at: Option<OffsetDateTime>,
    },
    /// Nothing that a call needs to know. It is stored all the same.
    Nothing,
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming")
            .field("connection", &self.connection)
            .field("about", &self.about)
            .finish_non_exhaustive()
    }
}

impl Calls {
    /// Takes a delivery; the answer is what was stored, now or when it came first.
    #[tracing::instrument(name = "call.receive", skip_all, fields(call.id, carrier = incoming.provider, tenant.id = %incoming.tenant))]
    pub async fn receive(&self, incoming: Incoming) -> Result<Answer, CallError> {
        let (call, leg) = self.addressee(&incoming).await?;
        tracing::Span::current().record("call.id", call.to_string());
        for attempt in 0..TRIES {
            let turn = self.gate.enter(call.as_uuid()).await;
            let (loaded, policy) =
                self.current_with_policy(incoming.tenant, call, Some(&incoming)).await?;
            self.note_webhook(&incoming, policy.as_ref());
            let Some(policy) = policy else {
                drop(turn);
                return self.store_answer_only(&incoming, call, leg).await;
            };
            let decision = match self.signal(&incoming, &loaded, &policy, leg).await? {
                Some(signal) => self.decide(call, &loaded.call, &signal, &policy),
                None => Decision::default(),
            };
            let (append, answer) =
                self.with_answer(&incoming, (call, leg), &loaded, &policy, &decision);
            // Nothing happens to the call: nobody has to wait until that is stored.
            let turn = (!append.events.is_empty()).then_some(turn);
            match self.journal.append(append).await? {
                Appended::Stored { .. } => {
                    incoming.count_drift(&loaded, leg);
                    return Ok(answer);
                }
                Appended::Duplicate(first) => {
                    metrics::counter!("duplicate_deliveries_total", "provider" => incoming.provider).increment(1);
                    return Ok(first);
                }
                Appended::Conflict => {
                    metrics::counter!("append_conflicts_total").increment(1);
                    drop(turn);
                    wait_a_little(attempt).await;
                }
            }
        }
        Err(CallError::ConcurrentChange)
    }

    fn note_webhook(&self, incoming: &Incoming, policy: Option<&Policy>) {
        let (tenant, connection) = (incoming.tenant, incoming.connection);
        let line = policy.map(|policy| policy.line.id);
        self.vital_signs.note(Sign { tenant, connection, line, vital: Vital::Webhook });
    }

    /// Which call and leg a delivery is about; a name that is new makes a new call.
    async fn addressee(&self, incoming: &Incoming) -> Result<(CallId, LegId), Unavailable> {
        let names = match &incoming.about {
            About::Leg(call, leg) => return Ok((*call, *leg)),
            About::Call(call) => return Ok((*call, LegId::from_uuid(uuid::Uuid::nil()))),
            About::Named(names) => names,
        };
        let fresh = (CallId::from_uuid(self.ids.next()), LegId::from_uuid(self.ids.next()));
        let references = CarrierReferences {
            tenant: incoming.tenant,
            connection: incoming.connection,
            references: names.clone(),
        };
        self.journal.leg_of(references, fresh).await
    }

    /// The configuration of a call that this delivery is the first news of. None: no such line, or news of a call that never rang here.
    pub(super) async fn policy_for_first(
        &self,
        incoming: &Incoming,
    ) -> Result<Option<Policy>, Unavailable> {
        let News::Rang { to, from, direction, .. } = &incoming.news else { return Ok(None) };
        let (tenant, connection) = (incoming.tenant, incoming.connection);
        match direction {
            Direction::Inbound => self.policy_for_arrival(tenant, connection, to, from).await,
            // Calls that go out concern us where the line is watched, and nowhere else.
            Direction::Outbound => {
                let policy = self.policy_for_arrival(tenant, connection, from, to).await?;
                Ok(policy.filter(|policy| policy.line.leads_to == LeadsTo::Watched))
            }
        }
    }

    /// The configuration behind a number of ours that someone talks to. None: it is no line of this connection.
    pub(super) async fn policy_for_arrival(
        &self,
        tenant: TenantId,
        connection: ConnectionId,
        own: &str,
        other: &str,
    ) -> Result<Option<Policy>, Unavailable> {
        let own = PhoneNumber::parse(own).or_else(|_| PhoneNumber::from_digits(own));
        let Ok(own) = own else { return Ok(None) };
        let line = LineCalled { tenant, line: LineKey::Number(connection, own) };
        let caller = match Caller::read_anywhere(other) {
            Some(caller) => caller,
            // The building says in which region it is to be read.
            None => match self.directory.policy(line.clone(), Caller::Withheld).await? {
                Some(policy) => Caller::read(other, &policy.building.region),
                None => return Ok(None),
            },
        };
        let policy = self.directory.policy(line, caller).await?;
        let Some(mut policy) = policy else { return Ok(None) };
        if let (Caller::Known(number), None) = (&policy.visitor.caller, policy.visitor.subject) {
            policy.visitor.subject = Some(self.journal.subject_of(tenant, number).await?);
        }
        Ok(Some(policy))
    }

    async fn signal(
        &self,
        incoming: &Incoming,
        loaded: &LoadedCall,
        policy: &Policy,
        leg: LegId,
    ) -> Result<Option<Signal>, Unavailable> {
        Ok(Some(match &incoming.news {
            News::Rang { carrier_leg, direction, users, .. } => {
                let building = SubjectId::from_uuid(policy.building.id.as_uuid());
                let users = users.iter().map(|user| Personal::of(building, user.clone()));
                Signal::Rang(Rang {
                    leg,
                    carrier_leg: carrier_leg.clone(),
                    direction: *direction,
                    users: users.collect(),
                })
            }
            News::Asks(carrier_leg) => Signal::Asks { leg, carrier_leg: carrier_leg.clone() },
            News::Pressed(Keys::Pressed(pin))
                if loaded.call.awaits_pin() && loaded.call.door_leg() == Some(leg) =>
            {
                let pin = pin.trim_end_matches('#');
                Signal::PinGiven { leg, check: self.try_pin(incoming, policy, pin).await? }
            }
            News::Pressed(keys) => Signal::Pressed { leg, keys: keys.clone() },
            News::SteppedOut => Signal::SteppedOut { leg },
            News::Heard => Signal::Heard { leg },
            News::Room { news, occurred_at } => {
                Signal::Room { news: news.clone(), occurred_at: *occurred_at }
            }
            News::Leg { report, carrier_leg, occurred_at } => Signal::Leg {
                leg,
                report: report.clone(),
                carrier_leg: carrier_leg.clone(),
                occurred_at: *occurred_at,
            },
            News::Nothing => return Ok(None),
        }))
    }

    async fn try_pin(
        &self,
        incoming: &Incoming,
        policy: &Policy,
        pin: &str,
    ) -> Result<PinCheck, Unavailable> {
        // Many at once of one building wait here, and not for each other's database connections.
        let _turn = self.pin_gate.enter(policy.building.id.as_uuid()).await;
        let attempt = PinTry {
            building: policy.building.id,
            entrance: policy.entrance.id,
            caller: policy.visitor.caller.clone(),
            pin: pin.to_owned(),
            at: self.clock.now(),
            limits: policy.limits.pins,
            block: self.ids.next().into(),
            entrance_block: self.ids.next().into(),
            delivery: incoming.key,
        };
        self.directory.check_pin(incoming.tenant, attempt).await
    }

    fn with_answer(
        &self,
        incoming: &Incoming,
        (call, leg): (CallId, LegId),
        loaded: &LoadedCall,
        policy: &Policy,
        decision: &Decision,
    ) -> (Append, Answer) {
        let n = u64::try_from(loaded.version).unwrap_or_default();
        let answer = (incoming.render)(call, leg, n, decision.script.as_ref());
        let (mut events, work) = record::written(
            call,
            policy.building.id,
            &decision.events,
            self.clock.now(),
            &*self.ids,
        );
        if let News::Leg { occurred_at, .. } | News::Room { occurred_at, .. } = &incoming.news {
            events.iter_mut().for_each(|event| event.occurred_at = *occurred_at);
        }
        let subject =
            loaded.call.rung(leg).map(|rung| rung.number.subject()).or(policy.visitor.subject);
        // Nothing to decide against is nothing that can conflict.
        let expected =
            if events.is_empty() { Expected::Any } else { Expected::Version(loaded.version) };
        let append = self.delivery_append(incoming, call, answer.clone(), subject);
        (Append { expected, events, work, ..append }, answer)
    }

    /// A delivery that no call needs: kept and answered, so that it gets the same answer when it comes again.
    async fn store_answer_only(
        &self,
        incoming: &Incoming,
        call: CallId,
        leg: LegId,
    ) -> Result<Answer, CallError> {
        use crate::domain::call::script::Step;
        let script = match &incoming.news {
            News::Rang { direction: Direction::Outbound, .. } => Some(Script::of([])),
            News::Rang { .. } => {
                tracing::info!("a call came in on a number that is no line of this connection");
                Some(incoming.to_no_line.clone())
            }
            News::Asks(_) | News::SteppedOut | News::Heard => Some(Script::of([Step::HangUp])),
            News::Pressed(_) | News::Leg { .. } | News::Room { .. } | News::Nothing => None,
        };
        let answer = (incoming.render)(call, leg, 0, script.as_ref());
        let append = self.delivery_append(incoming, call, answer.clone(), None);
        match self.journal.append(append).await? {
            Appended::Duplicate(first) => Ok(first),
            Appended::Stored { .. } => Ok(answer),
            Appended::Conflict => Err(CallError::ConcurrentChange),
        }
    }

    fn delivery_append(
        &self,
        incoming: &Incoming,
        call: CallId,
        answer: Answer,
        subject: Option<SubjectId>,
    ) -> Append {
        let delivery = Delivery {
            provider: incoming.provider,
            account: incoming.connection,
            key: incoming.key,
            answer,
            raw: incoming.raw.clone(),
            subject,
        };
        Append {
            tenant: incoming.tenant,
            stream: call.as_uuid(),
            stream_type: "call",
            expected: Expected::Any,
            events: Vec::new(),
            work: Vec::new(),
            actor: Actor::Carrier(incoming.connection),
            causation: None,
            delivery: Some(delivery),
        }
    }
}
