// The editor of a flow: its groups as cards in order, moved by dragging or by keys, each said in a sentence; and what comes after the last.

import { html, useEffect, useRef, useState } from "../../app/html.js";
import { usePlaces } from "../../app/places.js";
import { texts } from "../../app/texts.js";
import { Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { useStylesheet } from "../../parts/stylesheet.js";
import { useAll } from "../../parts/whole-list.js";
import { GroupFields } from "./group.js";
import { moved, useReorder } from "./reorder.js";
import { Timeline } from "./timeline.js";
import { endSentence, groupSentence, GROUPS_MAX, namedIn, wrongIn } from "./words.js";

/** @typedef {import("./words.js").Flow} Flow */
/** @typedef {{ id: string, name: string }} Named */

const t = texts({
  en: {
    groups: "Groups, in the order in which they ring", group: "Group {n}", handle: "Move group {n}: drag it, or press the arrow keys",
    up: "Move group {n} up", down: "Move group {n} down", edit: "Edit group {n}", done: "Close group {n}", remove: "Remove group {n}",
    add: "Add a group", moved: "The group now rings at place {to} of {n}.", added: "Group {n} was added.", removed: "The group was removed. {n} left.",
    keys: "Drag a group by its handle, or press Alt and an arrow key on it.", end: "If nobody accepts", text: "What the visitor hears",
    textHint: "Leave it empty for the usual sentence in the building’s language.", say: "Say a sentence", concierge: "Ring the building’s concierge",
    hang_up: "A short goodbye", full: "A flow has 10 groups at most.",
  },
  de: {
    groups: "Gruppen, in der Reihenfolge des Klingelns", group: "Gruppe {n}", handle: "Gruppe {n} verschieben: ziehen oder Pfeiltasten drücken",
    up: "Gruppe {n} nach oben", down: "Gruppe {n} nach unten", edit: "Gruppe {n} bearbeiten", done: "Gruppe {n} schließen", remove: "Gruppe {n} entfernen",
    add: "Gruppe hinzufügen", moved: "Die Gruppe klingelt jetzt an Stelle {to} von {n}.", added: "Gruppe {n} wurde hinzugefügt.", removed: "Die Gruppe wurde entfernt. Es bleiben {n}.",
    keys: "Ziehen Sie eine Gruppe an ihrem Griff, oder drücken Sie Alt und eine Pfeiltaste.", end: "Wenn niemand annimmt", text: "Was der Besucher hört",
    textHint: "Leer: der übliche Satz in der Sprache des Gebäudes.", say: "Einen Satz sagen", concierge: "Beim Concierge des Gebäudes klingeln",
    hang_up: "Kurz verabschieden", full: "Ein Ablauf hat höchstens 10 Gruppen.",
  },
  fr: {
    groups: "Groupes, dans l’ordre où ils sonnent", group: "Groupe {n}", handle: "Déplacer le groupe {n} : faites-le glisser ou utilisez les flèches",
    up: "Monter le groupe {n}", down: "Descendre le groupe {n}", edit: "Modifier le groupe {n}", done: "Fermer le groupe {n}", remove: "Retirer le groupe {n}",
    add: "Ajouter un groupe", moved: "Le groupe sonne maintenant en position {to} sur {n}.", added: "Le groupe {n} a été ajouté.", removed: "Le groupe a été retiré. Il en reste {n}.",
    keys: "Faites glisser un groupe par sa poignée, ou appuyez sur Alt et une flèche.", end: "Si personne n’accepte", text: "Ce que le visiteur entend",
    textHint: "Vide : la phrase habituelle dans la langue de l’immeuble.", say: "Dire une phrase", concierge: "Appeler le concierge de l’immeuble",
    hang_up: "Un bref au revoir", full: "Un scénario comporte au plus 10 groupes.",
  },
});

/** What a door does that nobody told otherwise. @returns {Flow} */
export const usualFlow = () => ({ groups: [{ members: "all_residents" }], on_none: { say: { text: null } } });

/**
 * @param {{
 *   value: Flow,
 *   onChange?: (flow: Flow) => void,
 *   residents?: Named[] | null,
 *   readOnly?: boolean,
 *   wrong?: Record<string, string>,
 *   field?: string,
 * }} properties `residents`: those of the unit, to choose from; absent for a flow that units share. `wrong`: of the form that it stands in, by
 *   field (`flow.groups[1].ring_seconds`); `field`: what the flow is called there
 */
export function FlowEditor({ value, onChange = () => {}, residents = null, readOnly = false, wrong = {}, field = "flow" }) {
  useStylesheet("flows/flows.css");
  const known = useKnown(value, residents);
  const [said, setSaid] = useState("");
  const keys = useRef(/** @type {number[]} */ ([]));
  const [open, setOpen] = useState(/** @type {number[]} */ ([]));
  const focus = useRef(/** @type {{ key: number | null, on: string[] } | null} */ (null));
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  // Cards keep their identity when they move; a flow with another number of groups than we know of came from elsewhere.
  if (keys.current.length !== value.groups.length) keys.current = value.groups.map(fresh);
  useEffect(() => {
    if (value.groups.length === 1) setOpen(keys.current);
  }, []);
  useEffect(() => {
    if (!focus.current) return;
    const { key, on } = focus.current;
    focus.current = null;
    const card = key === null ? frame.current : frame.current?.querySelector(`[data-key="${key}"]`);
    const target = on.map((name) => card?.querySelector(`[data-focus="${name}"]:not(:disabled)`)).find(Boolean);
    if (target instanceof HTMLElement) target.focus();
  });

  const set = (/** @type {Flow["groups"]} */ groups) => onChange({ ...value, groups });
  const move = (/** @type {number} */ from, /** @type {number} */ to, on = "handle") => {
    if (to < 0 || to >= value.groups.length || to === from) return;
    focus.current = { key: keys.current[from] ?? null, on: [on, "handle"] };
    keys.current = moved(keys.current, from, to);
    set(moved(value.groups, from, to));
    setSaid(t("moved", { to: to + 1, n: value.groups.length }));
  };
  const add = () => {
    const key = fresh();
    keys.current = [...keys.current, key];
    setOpen((open) => [...open, key]);
    focus.current = { key, on: ["members"] };
    set([...value.groups, { members: value.groups.some((group) => group.members === "all_residents") ? "concierge" : "all_residents" }]);
    setSaid(t("added", { n: value.groups.length + 1 }));
  };
  const remove = (/** @type {number} */ n) => {
    keys.current = keys.current.filter((_, at) => at !== n);
    focus.current = { key: keys.current[Math.min(n, keys.current.length - 1)] ?? null, on: ["handle"] };
    set(value.groups.filter((_, at) => at !== n));
    setSaid(t("removed", { n: value.groups.length - 1 }));
  };
  const { list, begin, shift, dragged } = useReorder(move);

  const found = { ...wrongFrom(wrong, field), ...wrongIn(value) };
  const general = wrong[field] && !Object.keys(found).length ? wrong[field] : found.groups;
  const is_alone = value.groups.length === 1;
  return html`<div class="flow-editor" ref=${frame}>
    <div class="flow-groups">
      ${general && html`<p class="wrong" role="alert">${general}</p>`}
      <ol class=${dragged === null ? "plain" : "plain dragging"} ref=${list} aria-label=${t("groups")}>
        ${value.groups.map((group, n) => {
          const key = keys.current[n] ?? n;
          const place = `groups[${n}].`;
          const own = Object.fromEntries(Object.entries(found).filter(([name]) => name.startsWith(place)).map(([name, text]) => [name.slice(place.length), text]));
          const is_open = open.includes(key) || Object.keys(own).length > 0;
          const at = { n: n + 1 };
          const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
            const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
            const on_handle = event.target instanceof Element && event.target.closest('[data-focus="handle"]');
            if (readOnly || !by || event.target instanceof HTMLSelectElement || !(event.altKey || on_handle)) return;
            event.preventDefault();
            move(n, n + by);
          };
          return html`<li key=${key} data-key=${key} class=${dragged === n ? "flow-group dragged" : "flow-group"} style=${shift(n)} aria-label=${t("group", at)} onKeyDown=${onKeyDown}>
            <div class="flow-head">
              ${!readOnly && html`<button type="button" class="bare handle" data-focus="handle" aria-label=${t("handle", at)} title=${t("keys")} disabled=${is_alone}
                onPointerDown=${begin(n)}><${Icon} name="drag" /></button>`}
              <div class="flow-said">
                <p class="name">${t("group", at)}</p>
                <p>${groupSentence(group, known)}</p>
              </div>
              ${!readOnly && html`<div class="flow-acts">
                <button type="button" class="bare" data-focus="up" aria-label=${t("up", at)} disabled=${n === 0} onClick=${() => move(n, n - 1, "up")}><${Icon} name="up" /></button>
                <button type="button" class="bare" data-focus="down" aria-label=${t("down", at)} disabled=${n === value.groups.length - 1} onClick=${() => move(n, n + 1, "down")}><${Icon} name="down" /></button>
                <button type="button" class="bare" aria-expanded=${is_open} aria-label=${is_open ? t("done", at) : t("edit", at)}
                  onClick=${() => setOpen(is_open ? open.filter((other) => other !== key) : [...open, key])}><${Icon} name=${is_open ? "check" : "edit"} /></button>
                <button type="button" class="bare" aria-label=${t("remove", at)} disabled=${is_alone} onClick=${() => remove(n)}><${Icon} name="remove" /></button>
              </div>`}
            </div>
            ${!readOnly && is_open && html`<${GroupFields} value=${group} wrong=${own} residents=${residents} known=${known}
              onChange=${(/** @type {any} */ next) => set(value.groups.map((other, at) => (at === n ? next : other)))} />`}
          </li>`;
        })}
      </ol>
      ${!readOnly && html`<p class="row">
        <button type="button" class="button" data-focus="add" disabled=${value.groups.length >= GROUPS_MAX} onClick=${add}><${Icon} name="plus" /> ${t("add")}</button>
        <span class="small soft">${value.groups.length >= GROUPS_MAX ? t("full") : !is_alone && t("keys")}</span>
      </p>`}
      <${End} value=${value} onChange=${onChange} readOnly=${readOnly} wrong=${found.on_none} />
      <p class="visually-hidden" aria-live="polite">${said}</p>
    </div>
    <${Timeline} flow=${value} known=${known} />
  </div>`;
}

/** @param {{ value: Flow, onChange: (flow: Flow) => void, readOnly: boolean, wrong: string | undefined }} properties */
function End({ value, onChange, readOnly, wrong }) {
  if (readOnly) return html`<p>${endSentence(value)}</p>`;
  const end = value.on_none;
  const text = end && typeof end === "object" ? (end.say.text ?? null) : null;
  // Without a text it says so, and not nothing: what is sent may be merged into what was there before.
  const say = (/** @type {string | null} */ text) => onChange({ ...value, on_none: { say: { text: text || null } } });
  /** @type {any} */
  const of = {
    values: { end: end && typeof end === "object" ? "say" : (end ?? "hang_up"), text },
    set: (/** @type {string} */ name, /** @type {any} */ chosen) => {
      if (name === "text" || chosen === "say") say(name === "text" ? chosen : text);
      else onChange({ ...value, on_none: chosen });
    },
    wrong: wrong ? { text: wrong } : {},
  };
  const options = /** @type {const} */ (["say", "concierge", "hang_up"]).map((kind) => [kind, t(kind)]);
  return html`<div class="card flow-end">
    <${Field} of=${of} name="end" label=${t("end")} type="select" options=${options} />
    ${of.values.end === "say" && html`<${Field} of=${of} name="text" label=${t("text")} hint=${t("textHint")} type="area" rows=${2} maxlength="500" optional />`}
  </div>`;
}

let last = 0;
const fresh = () => (last += 1);

/** What the API says of places within the flow. @param {Record<string, string>} wrong @param {string} field */
function wrongFrom(wrong, field) {
  const within = Object.entries(wrong).filter(([name]) => name.startsWith(`${field}.`));
  return Object.fromEntries(within.map(([name, text]) => [name.slice(field.length + 1), text]));
}

/** The names of everything that it names. @param {Flow} flow @param {Named[] | null} residents @returns {import("./words.js").Known & { shared: Named[] }} */
function useKnown(flow, residents) {
  const schedules = useAll("/v1/schedules").data;
  const name = usePlaces();
  const here = new Map((residents ?? []).map(({ id, name }) => [id, name]));
  const strangers = [...new Set(flow.groups.flatMap(namedIn))].filter((id) => !here.has(id));
  for (const id of strangers) {
    const known = name("resident", id);
    if (known) here.set(id, known);
  }
  return {
    residents: here,
    size: residents ? residents.length : null,
    schedules: schedules ? new Map(schedules.map(({ id, name }) => [id, name])) : undefined,
    shared: schedules ?? [],
  };
}
