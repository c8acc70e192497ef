// The console's words. Each page brings its own, in three languages side by side; a word that one lacks is a type error.

import { remember, remembered } from "./settings.js";

/** @typedef {string | { one: string, other: string }} Text */

/** What can be chosen, by its own name. */
export const LANGUAGES = { en: "English", de: "Deutsch", fr: "Français" };

/** @typedef {keyof typeof LANGUAGES} Language */

/** @returns {Language} */
function chosen() {
  const wishes = [remembered("language"), ...navigator.languages].map((wish) => wish?.slice(0, 2));
  const known = wishes.find((wish) => wish !== undefined && wish in LANGUAGES);
  return /** @type {Language} */ (known ?? "en");
}

/** The language of this page. Another one is another page load. */
export const language = chosen();

/** For `Intl`: an English page does not write dates as Americans do. */
export const locale = { en: "en-GB", de: "de-DE", fr: "fr-FR" }[language];

/** @param {Language} wanted */
export function chooseLanguage(wanted) {
  remember("language", wanted);
  location.reload();
}

const plural = new Intl.PluralRules(locale);
const number = new Intl.NumberFormat(locale);

/**
 * The texts of a page as a function: `t("rings", { unit: "1204" })` fills `{unit}`; a text with `one` and `other` goes by `n`.
 *
 * @template {Record<string, Text>} T
 * @param {{ en: T, de: { [K in keyof T]: Text }, fr: { [K in keyof T]: Text } }} all
 * @returns {(key: keyof T & string, values?: Record<string, unknown>) => string}
 */
export function texts(all) {
  const own = all[language];
  return (key, values = {}) => {
    const text = own[key] ?? all.en[key];
    if (text === undefined) return key;
    const form = typeof text === "string" ? text : text[plural.select(Number(values.n ?? 0)) === "one" ? "one" : "other"];
    return form.replace(/\{(\w+)\}/g, (whole, name) => {
      const value = values[name];
      return value === undefined ? whole : typeof value === "number" ? number.format(value) : String(value);
    });
  };
}

/**
 * A word that the API uses (`nobody_came`), in the reader's language; the word itself, made readable, if it is new here.
 *
 * @param {{ en: Record<string, Text>, de: Record<string, Text>, fr: Record<string, Text> }} all
 * @returns {(word: string | null | undefined) => string}
 */
export function words(all) {
  return (word) => {
    if (!word) return "";
    const text = all[language][word] ?? all.en[word];
    return typeof text === "string" ? text : word.replaceAll("_", " ");
  };
}
