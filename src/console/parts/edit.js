// Changing a thing that others may change as well. Only what was changed here is sent; what others changed meanwhile is taken over;
// and where both changed the same, nothing is lost: both are shown, and one decides.

import { Problem, patch, read } from "../app/api.js";
import { html, useRef, useState } from "../app/html.js";
import { texts } from "../app/texts.js";
import { Form, useForm } from "./form.js";
import { Icon } from "./icon.js";
import { toast } from "./toast.js";

const t = texts({
  en: {
    save: "Save", saved: "Saved.", unchanged: "Nothing was changed.",
    clash: "Somebody changed this while you were editing. What you typed is still here and not saved yet.",
    both: "Changed by both:", theirs: "now {value}", none: "empty", yes: "yes", no: "no", keep: "Save once more to keep yours.", take: "Take theirs instead",
  },
  de: {
    save: "Speichern", saved: "Gespeichert.", unchanged: "Es wurde nichts geändert.",
    clash: "Jemand hat dies geändert, während Sie daran arbeiteten. Ihre Eingaben stehen noch hier und sind noch nicht gespeichert.",
    both: "Von beiden geändert:", theirs: "jetzt {value}", none: "leer", yes: "ja", no: "nein", keep: "Speichern Sie noch einmal, um Ihre Fassung zu behalten.",
    take: "Stattdessen die andere Fassung übernehmen",
  },
  fr: {
    save: "Enregistrer", saved: "Enregistré.", unchanged: "Rien n’a été modifié.",
    clash: "Quelqu’un a modifié ceci pendant votre saisie. Votre saisie est toujours là, mais pas encore enregistrée.",
    both: "Modifié des deux côtés :", theirs: "maintenant {value}", none: "vide", yes: "oui", no: "non", keep: "Enregistrez encore une fois pour garder votre version.",
    take: "Prendre plutôt l’autre version",
  },
});

/** Other forms of the same page change the same thing; then it is tried again, so often. */
const TRIES = 4;

const same = (/** @type {unknown} */ a, /** @type {unknown} */ b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/**
 * A draft of a thing that is there. `values` says what its form holds, `body` what the API is told of that; both know nothing of others' fields.
 *
 * @template [T=any]
 * @param {{
 *   path: string,
 *   thing: T,
 *   etag: string | null,
 *   values: (thing: T) => Record<string, any>,
 *   body: (values: Record<string, any>) => Record<string, any>,
 *   onSaved?: (thing: T) => void,
 *   send?: (path: string, body: any, etag: string | null) => Promise<unknown>,
 * }} properties
 */
export function useEdit({ path, thing, etag, values, body, onSaved, send = patch }) {
  const base = useRef({ values: values(thing), etag });
  const [clash, setClash] = useState(/** @type {Record<string, any> | null} */ (null));
  const draft = useForm(base.current.values, async (mine) => {
    const before = base.current.values;
    // Whatever it says now that this form holds: the thing, and its tag.
    let now = base.current.etag;
    for (let attempt = 1; ; attempt += 1) {
      const [old, wanted] = [body(before), body(mine)];
      const changes = Object.fromEntries(Object.entries(wanted).filter(([name, value]) => !same(value, old[name])));
      if (Object.keys(changes).length === 0) return toast(t("unchanged"));
      try {
        await send(path, send === patch ? changes : wanted, now);
        break;
      } catch (problem) {
        if (!(problem instanceof Problem) || problem.slug !== "changed" || attempt >= TRIES) throw problem;
        const fresh = await read(path);
        const theirs = values(fresh.data);
        now = fresh.etag;
        const elsewhere = Object.keys(theirs).filter((name) => !same(theirs[name], before[name]));
        if (elsewhere.length === 0) continue;
        const kept = Object.fromEntries(Object.entries(theirs).map(([name, value]) => [name, same(mine[name], before[name]) ? value : mine[name]]));
        base.current = { values: theirs, etag: now };
        setClash(theirs);
        draft.change(kept);
        onSaved?.(fresh.data);
        return;
      }
    }
    const { data, etag: tag } = await read(path);
    base.current = { values: values(data), etag: tag };
    setClash(null);
    draft.change(base.current.values);
    toast(t("saved"));
    onSaved?.(data);
  });
  const takeTheirs = () => {
    draft.change(base.current.values);
    setClash(null);
  };
  return { ...draft, clash, takeTheirs };
}

/**
 * The form of such a draft; after a clash it says what to do.
 *
 * @param {{ of: ReturnType<typeof useEdit>, labels?: Record<string, string>, submit?: string, children: any }} properties `labels`: what the fields are called where both changed one
 */
export function EditForm({ of, labels = {}, submit = t("save"), children }) {
  const both = of.clash ? Object.entries(of.clash).filter(([name, theirs]) => name in labels && !same(of.values[name], theirs)) : [];
  return html`<${Form} of=${of} submit=${submit}>
    ${children}
    ${of.clash && html`<div class="note warn" role="alert">
      <${Icon} name="warn" />
      <div>
        <p>${t("clash")}</p>
        ${both.length > 0 && html`<p>${t("both")} ${both.map(([name, theirs]) => `${labels[name]} (${t("theirs", { value: written(theirs) })})`).join(", ")}.</p>`}
        <p>${t("keep")}</p>
        <button type="button" class="button small" onClick=${of.takeTheirs}>${t("take")}</button>
      </div>
    </div>`}
  <//>`;
}

/** @param {unknown} value */
function written(value) {
  if (value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) return t("none");
  if (typeof value === "boolean") return value ? t("yes") : t("no");
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "object" ? "…" : `“${String(value)}”`;
}
