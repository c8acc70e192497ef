//! What one carrier makes different about a visit: said beside the scenario, so that its one file plays on every carrier.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    network::Network,
    scenario::{Expect, Keys, Pause, Scenario, plans},
};

#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Carrier {
    Vonage,
    Twilio,
    Sipgate,
}

/// The statement that nothing differs, or exactly what does, or why the visit can not be played there at all.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    #[serde(default)]
    pub same: bool,
    #[serde(default)]
    pub impossible: Option<String>,
    /// Key plans that take the place of a phone's (by name; `door` is the visitor's).
    #[serde(default)]
    pub keys: BTreeMap<String, Vec<Keys>>,
    /// The visitor's patience, where the carrier's way takes longer.
    #[serde(default)]
    pub hang_up_after: Option<Pause>,
    /// Takes the place of the whole network: faults that only this carrier has.
    #[serde(default)]
    pub network: Option<Network>,
    /// Overrides the expectations that it names.
    #[serde(default)]
    pub expect: Option<ExpectDifference>,
}

/// Expectations as in a scenario; an empty list of words takes an expectation away.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ExpectDifference {
    #[serde(default)]
    pub placed: BTreeMap<String, usize>,
    #[serde(default)]
    pub door_digits: Option<String>,
    #[serde(default)]
    pub door_hears: Option<Vec<String>>,
    #[serde(default)]
    pub hears: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub outcome: Option<String>,
}

impl ExpectDifference {
    fn change(self, expect: &mut Expect) {
        expect.placed.extend(self.placed);
        expect.hears.extend(self.hears);
        expect.door_digits = self.door_digits.or(expect.door_digits.take());
        expect.outcome = self.outcome.or(expect.outcome.take());
        if let Some(words) = self.door_hears {
            expect.door_hears = words;
        }
    }
}

impl Difference {
    pub(super) fn phones(&self) -> impl Iterator<Item = &String> {
        let expected = self.expect.iter();
        self.keys
            .keys()
            .chain(expected.flat_map(|expect| expect.placed.keys().chain(expect.hears.keys())))
            .chain(self.network.iter().flat_map(Network::phones))
    }

    pub(super) fn check(&self, carrier: Carrier) -> Result<(), String> {
        let differs = !self.keys.is_empty()
            || self.hang_up_after.is_some()
            || self.network.is_some()
            || self.expect.is_some();
        if [self.same, self.impossible.is_some(), differs].iter().filter(|said| **said).count() != 1
        {
            return Err(format!(
                "on {carrier:?}: either same = true, or impossible = \"why\", or what differs"
            ));
        }
        self.network.iter().try_for_each(Network::check)?;
        self.keys.iter().try_for_each(|(name, keys)| plans(name, keys))
    }
}

impl Scenario {
    /// Why the visit can not be played on that carrier, if it can not.
    #[must_use]
    pub fn impossible_on(&self, carrier: Carrier) -> Option<&str> {
        self.on.get(&carrier)?.impossible.as_deref()
    }

    /// The visit as it goes on that carrier.
    #[must_use]
    pub fn on(mut self, carrier: Carrier) -> Self {
        let Some(difference) = self.on.get(&carrier).cloned() else { return self };
        for (name, keys) in difference.keys {
            if name == "door" {
                self.call.keys = keys;
            } else if let Some(phone) = self.phones.iter_mut().find(|phone| phone.name == name) {
                phone.keys = keys;
            }
        }
        self.call.hang_up_after = difference.hang_up_after.or(self.call.hang_up_after);
        self.network = difference.network.unwrap_or(self.network);
        if let Some(expect) = difference.expect {
            expect.change(&mut self.expect);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VISIT: &str = "title = 'x'\n[call]\nfrom = '+441632960001'\nto = '+441632960100'\n\
         [[phone]]\nnumber = '+447700900101'\nname = 'Ada'\nkeys = [{ press = '9' }]\n\
         [expect]\noutcome = 'door opened'\ndoor_digits = '9'\n";

    #[test]
    fn a_difference_takes_the_place_of_what_it_names_and_leaves_the_rest() {
        let text = format!(
            "{VISIT}[on.twilio]\nkeys.Ada = [{{ press = '*' }}, {{ press = '9' }}]\nexpect = {{ door_digits = '99' }}\n"
        );

        let scenario = Scenario::parse(&text).unwrap();
        let (there, here) = (scenario.clone().on(Carrier::Twilio), scenario.on(Carrier::Vonage));

        assert_eq!((there.phones[0].keys.len(), here.phones[0].keys.len()), (2, 1));
        assert_eq!(there.expect.door_digits.as_deref(), Some("99"));
        assert_eq!(there.expect.outcome.as_deref(), Some("door opened"));
        assert_eq!(here.expect.door_digits.as_deref(), Some("9"));
    }

    #[test]
    fn each_of_three_carriers_has_its_own_difference() {
        let text = format!(
            "{VISIT}door_hears = ['1204']\n[on.twilio]\nsame = true\n\
             [on.sipgate]\nexpect = {{ door_hears = [], outcome = 'put through' }}\n\
             network = {{ on_news = [{{ phone = 'door', news = 'ended', does = 'lose' }}] }}\n"
        );

        let scenario = Scenario::parse(&text).unwrap();
        let [vonage, twilio, sipgate] = [Carrier::Vonage, Carrier::Twilio, Carrier::Sipgate]
            .map(|carrier| scenario.clone().on(carrier));

        assert_eq!(vonage.expect, twilio.expect);
        assert_eq!((vonage.expect.door_hears.len(), vonage.network.on_news.len()), (1, 0));
        assert_eq!((sipgate.expect.door_hears.len(), sipgate.network.on_news.len()), (0, 1));
        assert_eq!(sipgate.expect.outcome.as_deref(), Some("put through"));
        assert_eq!(sipgate.expect.door_digits.as_deref(), Some("9"));
    }

    #[test]
    fn a_visit_that_a_carrier_can_not_play_says_why() {
        let scenario =
            Scenario::parse(&format!("{VISIT}[on.sipgate]\nimpossible = 'no second group'\n"))
                .unwrap();

        assert_eq!(scenario.impossible_on(Carrier::Sipgate), Some("no second group"));
        assert_eq!(scenario.impossible_on(Carrier::Vonage), None);
    }

    #[test]
    fn same_and_a_difference_contradict_each_other() {
        let both = format!("{VISIT}[on.twilio]\nsame = true\nkeys.Ada = [{{ press = '*' }}]\n");
        let neither = format!("{VISIT}[on.twilio]\n");
        let nobody = format!("{VISIT}[on.twilio]\nkeys.Eve = [{{ press = '*' }}]\n");
        let fault = "phone = 'Eve', news = 'ended', does = 'lose'";
        let nobody_s_news =
            format!("{VISIT}[on.sipgate]\nnetwork = {{ on_news = [{{ {fault} }}] }}\n");
        let odds = format!("{VISIT}[on.sipgate]\nnetwork = {{ lose_endings = 2.0 }}\n");
        let never = format!("{VISIT}[on.sipgate]\nsame = true\nimpossible = 'why'\n");

        for text in [both, neither, nobody, nobody_s_news, odds, never] {
            assert!(Scenario::parse(&text).is_err(), "{text}");
        }
    }
}
