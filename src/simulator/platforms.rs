//! The carriers that one simulator plays at once, on one exchange: whoever has the number that is called takes the call.

use std::sync::Arc;

use super::{
    SimulatorError, difference::Carrier, exchange::Exchange, scenario::Scenario, sipgate, twilio,
    vonage,
};

#[derive(Debug)]
pub struct Platforms {
    pub exchange: Arc<Exchange>,
    pub vonage: Arc<vonage::Platform>,
    pub twilio: Arc<twilio::Platform>,
    pub sipgate: Arc<sipgate::Platform>,
}

impl Platforms {
    #[must_use]
    pub fn new(exchange: Arc<Exchange>) -> Self {
        Self {
            vonage: Arc::new(vonage::Platform::new(exchange.clone())),
            twilio: Arc::new(twilio::Platform::new(exchange.clone())),
            sipgate: Arc::new(sipgate::Platform::new(exchange.clone())),
            exchange,
        }
    }

    /// The visitor calls whoever has the number.
    pub fn call(&self, scenario: Scenario) -> Result<u64, SimulatorError> {
        let carrier = self.owner(&scenario.call.to).ok_or(SimulatorError::NobodyHasThatNumber)?;
        self.call_on(carrier, scenario)
    }

    /// The visitor calls that carrier's number: the one that the scenario names, or the one that stands for it there.
    pub fn call_on(&self, carrier: Carrier, scenario: Scenario) -> Result<u64, SimulatorError> {
        if let Some(why) = scenario.impossible_on(carrier) {
            return Err(SimulatorError::Impossible(why.to_owned()));
        }
        let mut scenario = scenario.on(carrier);
        let run = match carrier {
            Carrier::Vonage => vonage::life::visit(&self.vonage, scenario).map(|(run, _)| run),
            Carrier::Twilio => {
                if let Some(number) = self.twilio.number_for(&scenario.call.to) {
                    scenario.call.to = number;
                }
                twilio::life::visit(&self.twilio, scenario).map(|(run, _)| run)
            }
            Carrier::Sipgate => {
                if let Some(number) = self.sipgate.number_for(&scenario.call.to) {
                    scenario.call.to = number;
                }
                sipgate::life::visit(&self.sipgate, scenario)
            }
        };
        run.ok_or(SimulatorError::NobodyHasThatNumber)
    }

    fn owner(&self, number: &str) -> Option<Carrier> {
        if self.vonage.application_of(number).is_some() {
            return Some(Carrier::Vonage);
        }
        if self.twilio.owner_of(number).is_some() {
            return Some(Carrier::Twilio);
        }
        self.sipgate.owner_of(number).map(|_| Carrier::Sipgate)
    }

    /// Sends a recorded webhook again, byte for byte.
    pub async fn replay(&self, n: u64, fresh: bool) -> Result<u16, SimulatorError> {
        let recorded =
            self.exchange.state().webhooks.iter().find(|webhook| webhook.n == n).cloned();
        let recorded = recorded.ok_or(SimulatorError::NoSuchWebhook(n))?;
        if self.twilio.account(&recorded.application).is_some() {
            let reply = twilio::hooks::replay(&self.twilio, &recorded, fresh).await;
            return reply
                .map(|reply| reply.status)
                .map_err(|failure| SimulatorError::Undelivered(failure.reason()));
        }
        if self.sipgate.account(&recorded.application).is_some() {
            let reply = sipgate::push::replay(&self.sipgate, &recorded).await;
            return reply
                .map(|reply| reply.status)
                .map_err(|failure| SimulatorError::Undelivered(failure.reason()));
        }
        let reply = vonage::hooks::replay(&self.vonage, &recorded, fresh).await;
        reply
            .map(|reply| reply.status)
            .map_err(|failure| SimulatorError::Undelivered(failure.reason()))
    }

    /// Who is in which room, by name.
    #[must_use]
    pub fn rooms(&self) -> Vec<(String, Vec<String>)> {
        let mut rooms = self.vonage.rooms.list();
        rooms.extend(self.twilio.conferences.list());
        rooms
    }
}
