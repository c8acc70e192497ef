// A recorded call once more, without its sound: a slider over its time, and what was so at each moment.

import { duration } from "../../app/format.js";
import { html, useEffect, useMemo, useRef, useState } from "../../app/html.js";
import { texts, words } from "../../app/texts.js";
import { Icon } from "../../parts/icon.js";
import { countUntil, stateAfter } from "./state.js";
import { stepAt } from "./steps.js";
import { endText, outcomeText } from "./words.js";

const t = texts({
  en: {
    title: "Replay", slider: "Moment of the call", play: "Play", pause: "Pause", forward: "Next event", back: "Previous event", speed: "Speed", at: "At {time}",
    door: "Door", stage: "Stage", why: "Rule", muted: "muted", held: "on hold", speaking: "speaks", nobody: "Nobody is there yet.",
  },
  de: {
    title: "Wiedergabe", slider: "Zeitpunkt des Anrufs", play: "Abspielen", pause: "Anhalten", forward: "Nächstes Ereignis", back: "Voriges Ereignis", speed: "Tempo",
    at: "Bei {time}", door: "Tür", stage: "Stand", why: "Regel", muted: "stumm", held: "gehalten", speaking: "redet gerade", nobody: "Noch ist niemand da.",
  },
  fr: {
    title: "Relecture", slider: "Moment de l’appel", play: "Lire", pause: "Pause", forward: "Événement suivant", back: "Événement précédent", speed: "Vitesse",
    at: "À {time}", door: "Porte", stage: "Étape", why: "Règle", muted: "muet", held: "en attente", speaking: "prend la parole", nobody: "Il n’y a encore personne.",
  },
});

const stageText = words({
  en: {
    new: "Not begun", screening: "The caller is checked", choosing: "The visitor keys in a code", pin: "The visitor keys in a PIN", ringing: "Ringing", talking: "Talking",
    watching: "The provider puts it through", streaming: "Connected to backends", calling: "Being called", speaking: "The message is spoken",
    connecting: "The second is called", connected: "Both talk", closing: "Ending", over: "Over",
  },
  de: {
    new: "Noch nicht begonnen", screening: "Der Anrufer wird geprüft", choosing: "Der Besuch gibt einen Code ein", pin: "Der Besuch gibt eine PIN ein", ringing: "Es klingelt",
    talking: "Gespräch", watching: "Der Anbieter vermittelt", streaming: "Mit Diensten verbunden", calling: "Wird angerufen", speaking: "Die Nachricht wird gesprochen",
    connecting: "Der Zweite wird angerufen", connected: "Beide sprechen", closing: "Endet", over: "Vorbei",
  },
  fr: {
    new: "Pas commencé", screening: "L’appelant est vérifié", choosing: "Le visiteur saisit un code", pin: "Le visiteur saisit un code PIN", ringing: "Sonnerie",
    talking: "Conversation", watching: "L’opérateur transmet", streaming: "Relié aux services", calling: "Appel en cours", speaking: "Le message est prononcé",
    connecting: "Appel du second", connected: "Les deux se parlent", closing: "Se termine", over: "Terminé",
  },
});

const doorText = words({
  en: { shut: "not opened", asked: "shall open", opened: "opened", failed: "could not be opened", unknown: "not known whether opened" },
  de: { shut: "nicht geöffnet", asked: "soll öffnen", opened: "geöffnet", failed: "ließ sich nicht öffnen", unknown: "unklar, ob geöffnet" },
  fr: { shut: "pas ouverte", asked: "doit s’ouvrir", opened: "ouverte", failed: "n’a pas pu être ouverte", unknown: "ouverture incertaine" },
});

const phaseText = words({
  en: { requested: "is to be called", dialling: "is being called", ringing: "phone rings", answered: "picked up", talking: "talks", waits: "waits" },
  de: { requested: "soll angerufen werden", dialling: "wird angerufen", ringing: "Telefon klingelt", answered: "hat abgehoben", talking: "spricht", waits: "wartet" },
  fr: { requested: "doit être appelé", dialling: "est appelé", ringing: "le téléphone sonne", answered: "a décroché", talking: "parle", waits: "attend" },
});

const SPEEDS = [1, 4];
/** Often enough to look smooth. */
const FRAME_MS = 50;

/**
 * @param {{
 *   order: { event: import("./state.js").EventView, at: number }[], start: number, end: number, steps: import("./story.js").Step[],
 *   nameOf: (leg: import("./state.js").LegState) => string, moment: number | null, onMove: (moment: number) => void,
 * }} properties
 */
export function Replay({ order, start, end, steps, nameOf, moment, onMove }) {
  const [is_playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState(1);
  const at = moment ?? start;
  const told = useMemo(() => steps.filter((step) => step.what !== null), [steps]);
  const moments = useMemo(() => [...new Set(told.map((step) => step.at))], [told]);
  const here = useRef(at);
  here.current = at;

  useEffect(() => {
    if (!is_playing) return undefined;
    // Whoever wants nothing to glide sees one event after the other.
    const is_calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let position = here.current >= end ? start : here.current;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      position = Math.min(end, position + (now - last) * speed);
      last = now;
      const shown = is_calm && position < end ? (moments.filter((one) => one <= position).at(-1) ?? start) : position;
      if (shown !== here.current) onMove(shown);
      if (position >= end) setPlaying(false);
    }, FRAME_MS);
    return () => clearInterval(timer);
  }, [is_playing, speed, start, end, moments]);

  const go = (/** @type {number | undefined} */ to) => {
    setPlaying(false);
    if (to !== undefined) onMove(to);
  };
  const state = useMemo(() => stateAfter(order, countUntil(order, at)), [order, at]);
  const what = stepAt(told, at)?.what ?? "";
  const why = stepAt(steps.filter((step) => !step.is_detail), at);
  const length = end - start;
  const step = Math.max(100, Math.round(length / 200));
  // A slider only stops at whole steps: the last one is the end.
  const last = Math.ceil(length / step) * step;
  const time = duration((at - start) / 1000);
  return html`<section class="replay" aria-label=${t("title")}>
    <div class="row controls">
      <button type="button" class="button small" onClick=${() => setPlaying(!is_playing)}>
        <${Icon} name=${is_playing ? "hold" : "try"} /> ${is_playing ? t("pause") : t("play")}
      </button>
      <button type="button" class="bare" aria-label=${t("back")} title=${t("back")} disabled=${at <= start} onClick=${() => go(moments.filter((one) => one < at).at(-1) ?? start)}><${Icon} name="left" /></button>
      <button type="button" class="bare" aria-label=${t("forward")} title=${t("forward")} disabled=${at >= end} onClick=${() => go(moments.find((one) => one > at) ?? end)}><${Icon} name="right" /></button>
      <div class="row speeds" role="group" aria-label=${t("speed")}>
        ${SPEEDS.map((one) => html`<button key=${one} type="button" class="button small" aria-pressed=${one === speed} onClick=${() => setSpeed(one)}>${one}×</button>`)}
      </div>
      <input type="range" min="0" max=${last} step=${step} value=${at >= end ? last : at - start} aria-label=${t("slider")}
        aria-valuetext=${what ? `${time}: ${what}` : time} onInput=${(/** @type {any} */ event) => go(Math.min(end, start + Number(event.currentTarget.value)))} />
      <output class="number">${time} / ${duration(length / 1000)}</output>
    </div>
    <dl class="facts now-facts">
      <dt>${t("stage")}</dt><dd>${stageText(state.stage)}${state.outcome ? `: ${outcomeText(state.outcome)}` : ""}</dd>
      <dt>${t("door")}</dt><dd>${doorText(state.door)}</dd>
      ${why?.rule && html`<dt>${t("why")}</dt><dd>${why.why || why.what}</dd>`}
    </dl>
    <ul class="plain people">
      ${[...state.legs.values()].map((leg) => html`<li key=${leg.id} class=${leg.phase}>
        <strong>${nameOf(leg)}</strong> ${legText(leg)}
      </li>`)}
      ${state.legs.size === 0 && html`<li class="soft">${t("nobody")}</li>`}
    </ul>
  </section>`;
}

/** @param {import("./state.js").LegState} leg */
function legText(leg) {
  if (leg.phase === "ended") return endText(leg.cause);
  const phase = phaseText(leg.role === "visitor" && leg.phase !== "talking" ? "waits" : leg.phase);
  return [phase, leg.onHold && t("held"), leg.muted && t("muted"), leg.speaking && t("speaking")].filter(Boolean).join(", ");
}
