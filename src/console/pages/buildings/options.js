// What a building, a resident or a panel can be set to: time zones, languages and regions, each by its name in the reader's language.

import { locale, texts } from "../../app/texts.js";

const t = texts({
  en: { spokenInEnglish: "{language} (sentences in English)" },
  de: { spokenInEnglish: "{language} (Ansagen auf Englisch)" },
  fr: { spokenInEnglish: "{language} (annonces en anglais)" },
});

const languages = new Intl.DisplayNames(locale, { type: "language" });
const regions = new Intl.DisplayNames(locale, { type: "region" });

/** What doors speak in: these have sentences of their own, the others get the English ones. */
const HAVE_SENTENCES = ["en", "de", "fr"];
const LANGUAGES = ["en-GB", "en-IE", "en-US", "de-DE", "de-AT", "de-CH", "fr-FR", "fr-CH", "it-IT", "es-ES", "nl-NL", "pl-PL", "pt-PT", "tr-TR"];
/** ISO 3166: every region that has a numbering plan of its own. */
const REGIONS =
  "AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW".split(
    " ",
  );

/** @param {(code: string) => string | undefined} name @param {string} code */
function named(name, code) {
  try {
    return name(code) ?? code;
  } catch {
    return code; // A tag that no browser knows is shown as it is.
  }
}

/** @param {string} tag BCP 47 */
export const languageName = (tag) => named((code) => languages.of(code), tag);
/** @param {string} code ISO 3166 */
export const regionName = (code) => named((code) => regions.of(code), code);

/** `present` is offered as well, whatever it is. @param {string | null | undefined} present @returns {[string, string][]} */
export function languageOptions(present) {
  const tags = present && !LANGUAGES.includes(present) ? [present, ...LANGUAGES] : LANGUAGES;
  return tags.map((tag) => {
    const language = languageName(tag);
    return [tag, HAVE_SENTENCES.includes(tag.slice(0, 2)) ? language : t("spokenInEnglish", { language })];
  });
}

/** @param {string | null | undefined} present @returns {[string, string][]} */
export function regionOptions(present) {
  const codes = present && !REGIONS.includes(present) ? [present, ...REGIONS] : REGIONS;
  const order = new Intl.Collator(locale);
  return codes.map((code) => /** @type {[string, string]} */ ([code, regionName(code)])).sort((a, b) => order.compare(a[1], b[1]));
}

/** @param {string | null | undefined} present @returns {[string, string][]} */
export function zoneOptions(present) {
  const zones = Intl.supportedValuesOf("timeZone");
  const all = present && !zones.includes(present) ? [present, ...zones] : zones;
  return all.map((zone) => [zone, zone.replaceAll("_", " ")]);
}

/** What a building is most likely set to, where this browser is: people mostly manage what is near. */
export function likely() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const region = navigator.languages.map((tag) => /-([A-Z]{2})$/.exec(tag)?.[1]).find((code) => code && REGIONS.includes(code));
  const guess = region ?? { "Europe/Berlin": "DE", "Europe/Vienna": "AT", "Europe/Zurich": "CH", "Europe/Paris": "FR" }[zone] ?? "GB";
  const language = LANGUAGES.find((tag) => tag === navigator.language) ?? { DE: "de-DE", AT: "de-AT", CH: "de-CH", FR: "fr-FR", US: "en-US", IE: "en-IE" }[guess] ?? "en-GB";
  return { time_zone: zone, language, region: guess };
}
