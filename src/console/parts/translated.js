// Sentences that the API writes in English, for whoever reads German or French; what is not known here stays as it is.

import { language } from "../app/texts.js";

/** @typedef {[pattern: RegExp, de: string, fr: string]} Sentence `$1` stands for what the pattern took */

/** @param {Sentence[]} sentences @returns {(sentence: string) => { text: string, lang: string | undefined }} `lang` where it is still English */
export function translated(sentences) {
  return (sentence) => {
    if (language === "en") return { text: sentence, lang: undefined };
    const found = sentences.find(([pattern]) => pattern.test(sentence));
    return found ? { text: sentence.replace(found[0], language === "de" ? found[1] : found[2]), lang: undefined } : { text: sentence, lang: "en" };
  };
}
