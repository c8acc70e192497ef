// What a form finds out by itself before anything is sent: told where the API's own findings are.

import { Problem } from "../app/api.js";
import { texts } from "../app/texts.js";

const t = texts({
  en: { missing: "This is missing." },
  de: { missing: "Diese Angabe fehlt." },
  fr: { missing: "Cette indication manque." },
});

/** Fails, as the API would, if one of these fields is empty. @param {Record<string, any>} values @param {string[]} names */
export function needs(values, ...names) {
  const missing = names.filter((name) => !String(values[name] ?? "").trim());
  refuse(Object.fromEntries(missing.map((name) => [name, t("missing")])));
}

/** Fails, as the API would, if anything is wrong. @param {Record<string, string>} wrong what is wrong with which field */
export function refuse(wrong) {
  const fields = Object.entries(wrong).map(([field, message]) => ({ field, message }));
  if (fields.length > 0) throw new Problem(422, { type: "/problems/invalid", fields });
}
