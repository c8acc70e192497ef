// Which program a session was begun with, in words: "Firefox on Windows".

import { texts } from "../../app/texts.js";

const t = texts({
  en: { on: "{program} on {system}", unknown: "An unknown program" },
  de: { on: "{program} auf {system}", unknown: "Ein unbekanntes Programm" },
  fr: { on: "{program} sur {system}", unknown: "Un programme inconnu" },
});

// Each names itself after those that it wants to be taken for: the first that fits is the one.
/** @type {[RegExp, string][]} */
const PROGRAMS = [
  [/\bEdg(e|A|iOS)?\//, "Edge"],
  [/\b(OPR|Opera)\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bVivaldi\//, "Vivaldi"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(HeadlessChrome|Chrome|CriOS|Chromium)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
  [/^curl\//, "curl"],
];
/** @type {[RegExp, string][]} */
const SYSTEMS = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

/** @param {string} agent as it names itself */
export function programOf(agent) {
  const named = (/** @type {[RegExp, string][]} */ list) => list.find(([sign]) => sign.test(agent))?.[1];
  const [program, system] = [named(PROGRAMS), named(SYSTEMS)];
  // Any other program says in its first word what it is: `okhttp/4.12`.
  const plain = /^([\w.-]{2,30})(\/|$)/.exec(agent)?.[1];
  if (!program) return plain && plain !== "Mozilla" ? plain : t("unknown");
  return system ? t("on", { program, system }) : program;
}
