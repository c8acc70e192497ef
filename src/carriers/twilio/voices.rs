//! Who speaks which language, and how much of a sentence is spoken.

use crate::carriers::in_one_breath;

/// The voice for a language: its own, or another region's. An unknown language, or one that the voice does not speak, would
/// make the whole call fail; so the pairs are ours and never an account's setting.
pub(super) fn voice(language: &str) -> Voice {
    let primary = primary(language);
    VOICES
        .into_iter()
        .find(|voice| voice.language.eq_ignore_ascii_case(language))
        .or_else(|| VOICES.into_iter().find(|voice| self::primary(voice.language) == primary))
        .unwrap_or(ENGLISH)
}

/// A language and who speaks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Voice {
    pub(super) language: &'static str,
    pub(super) name: &'static str,
}

const ENGLISH: Voice = Voice { language: "en-GB", name: "Polly.Amy" };

/// The part before the region; languages that go by several names by one of them.
fn primary(language: &str) -> String {
    let primary = language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    match primary.as_str() {
        "arb" => "ar".to_owned(),
        "zh" => "cmn".to_owned(),
        "no" | "nn" => "nb".to_owned(),
        "tl" => "fil".to_owned(),
        _ => primary,
    }
}

macro_rules! voices {
    ($($language:literal $name:literal),* $(,)?) => {
        [$(Voice { language: $language, name: $name }),*]
    };
}

/// Of languages with several regions the most usual one first.
#[rustfmt::skip]
const VOICES: [Voice; 59] = voices![
    "en-GB" "Polly.Amy", "en-US" "Polly.Joanna", "en-AU" "Polly.Nicole", "en-IN" "Polly.Raveena", "en-GB-WLS" "Polly.Geraint",
    "de-DE" "Polly.Vicki", "fr-FR" "Polly.Lea", "fr-CA" "Polly.Chantal", "es-ES" "Polly.Lucia", "es-MX" "Polly.Mia",
    "es-US" "Polly.Lupe", "it-IT" "Polly.Bianca", "pt-PT" "Polly.Ines", "pt-BR" "Polly.Camila", "nl-NL" "Polly.Lotte",
    "nl-BE" "Google.nl-BE-Standard-A", "da-DK" "Polly.Naja", "sv-SE" "Polly.Astrid", "nb-NO" "Polly.Liv", "is-IS" "Polly.Dora",
    "fi-FI" "Google.fi-FI-Standard-A", "pl-PL" "Polly.Ewa", "ro-RO" "Polly.Carmen", "ru-RU" "Polly.Tatyana",
    "tr-TR" "Polly.Filiz", "cy-GB" "Polly.Gwyneth", "ja-JP" "Polly.Mizuki", "ko-KR" "Polly.Seoyeon", "cmn-CN" "Polly.Zhiyu",
    "cmn-TW" "Google.cmn-TW-Standard-A", "yue-HK" "Google.yue-HK-Standard-A", "arb" "Polly.Zeina",
    "ar-XA" "Google.ar-XA-Standard-A", "hi-IN" "Google.hi-IN-Standard-A", "af-ZA" "Google.af-ZA-Standard-A",
    "am-ET" "Google.am-ET-Standard-A", "bg-BG" "Google.bg-BG-Standard-A", "bn-IN" "Google.bn-IN-Standard-A",
    "ca-ES" "Google.ca-ES-Standard-A", "cs-CZ" "Google.cs-CZ-Standard-A", "el-GR" "Google.el-GR-Standard-A",
    "fil-PH" "Google.fil-PH-Standard-A", "gu-IN" "Google.gu-IN-Standard-A", "he-IL" "Google.he-IL-Standard-A",
    "hu-HU" "Google.hu-HU-Standard-A", "id-ID" "Google.id-ID-Standard-A", "kn-IN" "Google.kn-IN-Standard-A",
    "lv-LV" "Google.lv-LV-Standard-A", "ml-IN" "Google.ml-IN-Standard-A", "mr-IN" "Google.mr-IN-Standard-A",
    "ms-MY" "Google.ms-MY-Standard-A", "pa-IN" "Google.pa-IN-Standard-A", "sk-SK" "Google.sk-SK-Standard-A",
    "sr-RS" "Google.sr-RS-Standard-A", "ta-IN" "Google.ta-IN-Standard-A", "te-IN" "Google.te-IN-Standard-A",
    "th-TH" "Google.th-TH-Standard-A", "uk-UA" "Google.uk-UA-Standard-A", "vi-VN" "Google.vi-VN-Standard-A",
];

/// A sentence as it may be spoken: on one line, without angle brackets, at most so many characters, and not longer than what
/// Twilio takes when it is escaped for a URL.
pub(super) fn spoken(text: &str, characters_max: usize) -> String {
    const ESCAPED_MAX: usize = 4500;
    let mut escaped = 0;
    in_one_breath(text)
        .chars()
        .take(characters_max)
        .take_while(|c| {
            escaped += if c.is_ascii_alphanumeric() { 1 } else { 3 * c.len_utf8() };
            escaped <= ESCAPED_MAX
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_spoken_by_its_own_voice_or_by_a_neighbours() {
        for (language, spoken, name) in [
            ("fr-CA", "fr-CA", "Polly.Chantal"),
            ("FR-ca", "fr-CA", "Polly.Chantal"),
            ("fr-CH", "fr-FR", "Polly.Lea"),
            ("de", "de-DE", "Polly.Vicki"),
            ("de_AT", "de-DE", "Polly.Vicki"),
            ("ar-EG", "arb", "Polly.Zeina"),
            ("zh-CN", "cmn-CN", "Polly.Zhiyu"),
            ("no-NO", "nb-NO", "Polly.Liv"),
            ("tlh", "en-GB", "Polly.Amy"),
            ("", "en-GB", "Polly.Amy"),
        ] {
            assert_eq!(voice(language), Voice { language: spoken, name }, "{language}");
        }
    }

    #[test]
    fn a_sentence_stays_within_the_carriers_limits() {
        assert_eq!(spoken("a <b>\r\n c\u{0}", 10), "a b c");
        assert_eq!(spoken(&"a".repeat(9_000), 3_000).len(), 3_000);
        assert_eq!(spoken(&"ö".repeat(9_000), 3_000).chars().count(), 750);
        assert_eq!(spoken(&"🚪".repeat(9_000), 3_000).chars().count(), 375);
    }
}
