//! What one carrier makes different about a visit: said beside the scenario, so that its one file plays on every carrier.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::scenario::{Expect, Keys, Pause, Scenario, plans};

#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Carrier {
    Vonage,
    Twilio,
}

/// Either the statement that nothing differs, or exactly what does.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    #[serde(default)]
    pub same: bool,
    /// Key plans that take the place of a phone's (by name; `door` is the visitor's).
    #[serde(default)]
    pub keys: BTreeMap<String, Vec<Keys>>,
    /// The visitor's patience, where the carrier's way takes longer.
    #[serde(default)]
    pub hang_up_after: Option<Pause>,
    /// Overrides the expectations that it names.
    #[serde(default)]
    pub expect: Option<Expect>,
}

impl Difference {
    pub(super) fn phones(&self) -> impl Iterator<Item = &String> {
        let expected = self.expect.iter();
        self.keys
            .keys()
            .chain(expected.flat_map(|expect| expect.placed.keys().chain(expect.hears.keys())))
    }

    pub(super) fn check(&self, carrier: Carrier) -> Result<(), String> {
        let differs =
            !self.keys.is_empty() || self.hang_up_after.is_some() || self.expect.is_some();
        if self.same == differs {
            return Err(format!("on {carrier:?}: either same = true or what differs"));
        }
        self.keys.iter().try_for_each(|(name, keys)| plans(name, keys))
    }
}

impl Scenario {
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
        if let Some(expect) = difference.expect {
            self.expect.placed.extend(expect.placed);
            self.expect.hears.extend(expect.hears);
            self.expect.door_digits = expect.door_digits.or(self.expect.door_digits);
            self.expect.outcome = expect.outcome.or(self.expect.outcome);
            if !expect.door_hears.is_empty() {
                self.expect.door_hears = expect.door_hears;
            }
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
    fn same_and_a_difference_contradict_each_other() {
        let both = format!("{VISIT}[on.twilio]\nsame = true\nkeys.Ada = [{{ press = '*' }}]\n");
        let neither = format!("{VISIT}[on.twilio]\n");
        let nobody = format!("{VISIT}[on.twilio]\nkeys.Eve = [{{ press = '*' }}]\n");

        for text in [both, neither, nobody] {
            assert!(Scenario::parse(&text).is_err(), "{text}");
        }
    }
}
