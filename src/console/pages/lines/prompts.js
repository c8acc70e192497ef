// What a line says: every sentence, whose voice it has, how it sounds, and a recording of one's own in its place.

import { put, remove } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { html, useRef, useState } from "../../app/html.js";
import { mayForAll } from "../../app/session.js";
import { publicUrl } from "../../app/settings.js";
import { texts, words } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";
import { Confirm } from "../../parts/dialog.js";
import { Icon } from "../../parts/icon.js";
import { Table } from "../../parts/list.js";
import { Shown } from "../../parts/page.js";
import { ProblemNote } from "../../parts/problem.js";
import { toast } from "../../parts/toast.js";

const t = texts({
  en: {
    title: "What it says", speaks: "The carrier speaks these sentences by itself; recordings are not played there.", voice: "The carrier plays them from files. What nobody recorded is spoken by the voice that is installed here.", noVoice: "The carrier plays them from files, and no voice is installed here: two tones are heard for what nobody recorded. Record it, or have espeak-ng installed.",
    none: "It says nothing.", table: "Sentences", sentence: "Sentence", language: "Language", source: "Voice", listen: "Listen", own: "Your own", upload: "Upload a recording", uploadOf: "Upload a recording of: {text}", hint: "A WAV file, at most a minute and 1 MB. It is heard wherever your firm’s lines say the sentence.", back: "Take the recording away", backOf: "Take the recording away: {text}",
    done: "The recording is there: it is heard within minutes.", tooLarge: "The file is larger than 1 MB: at most a minute.", deleted: "The recording is gone.", deleteTitle: "Take this recording away?", deleteText: "The sentence is spoken by the installed voice again, or two tones are heard.", seconds: "{n} s",
  },
  de: {
    title: "Was sie sagt", speaks: "Der Anbieter spricht diese Sätze selbst; Aufnahmen werden dort nicht abgespielt.", voice: "Der Anbieter spielt sie aus Dateien. Was niemand aufgenommen hat, spricht die hier installierte Stimme.", noVoice: "Der Anbieter spielt sie aus Dateien, und hier ist keine Stimme installiert: Was niemand aufgenommen hat, klingt als zwei Töne. Nehmen Sie es auf, oder lassen Sie espeak-ng installieren.",
    none: "Sie sagt nichts.", table: "Sätze", sentence: "Satz", language: "Sprache", source: "Stimme", listen: "Anhören", own: "Eigene", upload: "Aufnahme hochladen", uploadOf: "Aufnahme hochladen von: {text}", hint: "Eine WAV-Datei, höchstens eine Minute und 1 MB. Sie ist überall zu hören, wo die Leitungen Ihrer Firma den Satz sagen.", back: "Aufnahme entfernen", backOf: "Aufnahme entfernen: {text}",
    done: "Die Aufnahme ist da: In wenigen Minuten ist sie zu hören.", tooLarge: "Die Datei ist größer als 1 MB: höchstens eine Minute.", deleted: "Die Aufnahme ist entfernt.", deleteTitle: "Diese Aufnahme entfernen?", deleteText: "Den Satz spricht wieder die installierte Stimme, oder es sind zwei Töne zu hören.", seconds: "{n} s",
  },
  fr: {
    title: "Ce qu’elle dit", speaks: "L’opérateur prononce ces phrases lui-même ; les enregistrements n’y sont pas joués.", voice: "L’opérateur les joue depuis des fichiers. Ce que personne n’a enregistré est dit par la voix installée ici.", noVoice: "L’opérateur les joue depuis des fichiers, et aucune voix n’est installée ici : on entend deux tonalités pour ce que personne n’a enregistré. Enregistrez-le, ou faites installer espeak-ng.",
    none: "Elle ne dit rien.", table: "Phrases", sentence: "Phrase", language: "Langue", source: "Voix", listen: "Écouter", own: "La vôtre", upload: "Téléverser un enregistrement", uploadOf: "Téléverser un enregistrement de : {text}", hint: "Un fichier WAV, au plus une minute et 1 Mo. On l’entend partout où les lignes de votre société disent la phrase.", back: "Retirer l’enregistrement", backOf: "Retirer l’enregistrement : {text}",
    done: "L’enregistrement est là : on l’entendra d’ici quelques minutes.", tooLarge: "Le fichier dépasse 1 Mo : une minute au plus.", deleted: "L’enregistrement est retiré.", deleteTitle: "Retirer cet enregistrement ?", deleteText: "La phrase est de nouveau dite par la voix installée, ou l’on entend deux tonalités.", seconds: "{n} s",
  },
});

const source = words({
  en: { uploaded: "recorded", rendered: "installed voice", missing: "two tones" },
  de: { uploaded: "aufgenommen", rendered: "installierte Stimme", missing: "zwei Töne" },
  fr: { uploaded: "enregistrée", rendered: "voix installée", missing: "deux tonalités" },
});
/** @type {Record<string, "good" | "plain" | "bad">} */
const COLOURS = { uploaded: "good", rendered: "plain", missing: "bad" };
const FILE_MAX = 1024 * 1024;

/** @typedef {import("../../app/types").Schema<"PromptView">} Prompt */

/** Where this page may listen: here, whatever name carriers call us by. @param {string} url */
const here = (url) => (url.startsWith(publicUrl) ? url.slice(publicUrl.length) : url);

/** @param {{ line: import("./line-form.js").Line }} properties */
export function Prompts({ line }) {
  const prompts = useData(`/v1/lines/${line.id}/prompts`);
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const [going, setGoing] = useState(/** @type {Prompt | null} */ (null));
  const [is_too_large, setTooLarge] = useState(false);
  const may_change = mayForAll("manager");
  const upload = async (/** @type {Prompt} */ prompt, /** @type {File | undefined} */ file) => {
    if (!file) return;
    setProblem(null);
    setTooLarge(file.size > FILE_MAX);
    if (file.size > FILE_MAX) return;
    try {
      await put(`/v1/prompts/${prompt.hash}`, file, { type: "audio/wav" });
      prompts.reload();
      toast(t("done"));
    } catch (error) {
      setProblem(error);
    }
  };
  const columns = (/** @type {boolean} */ is_played) => [
    { title: t("sentence"), cell: (/** @type {Prompt} */ one) => html`<span lang=${one.language}>${one.text}</span>` },
    { title: t("language"), cell: (/** @type {Prompt} */ one) => one.language },
    ...(is_played
      ? [
          { title: t("source"), cell: (/** @type {Prompt} */ one) => html`<${Badge} kind=${COLOURS[one.source] ?? "plain"}>${source(one.source)}<//> ${one.duration_ms && html`<span class="nowrap">${t("seconds", { n: Math.round(one.duration_ms / 100) / 10 })}</span>`}` },
          { title: t("listen"), cell: (/** @type {Prompt} */ one) => html`<${Listen} key=${`${one.hash}${one.source}${one.duration_ms}`} prompt=${one} />` },
        ]
      : []),
    ...(is_played && may_change
      ? [{ title: t("own"), cell: (/** @type {Prompt} */ one) => html`<${Record} prompt=${one} take=${(/** @type {File} */ file) => void upload(one, file)} drop=${() => setGoing(one)} />` }]
      : []),
  ];
  return html`<section class="card">
    <h2>${t("title")}</h2>
    <${Shown} of=${prompts}>
      ${(/** @type {import("../../app/types").Schema<"LinePrompts">} */ found) => html`
        <p class="soft">${found.items.length === 0 ? t("none") : t(found.carrier_speaks ? "speaks" : found.voice_installed ? "voice" : "noVoice")} ${!found.carrier_speaks && may_change && found.items.length > 0 && t("hint")}</p>
        ${is_too_large && html`<p class="note problem" role="alert">${t("tooLarge")}</p>`}
        ${problem && html`<${ProblemNote} of=${problem} />${fieldsOf(problem)}`}
        ${found.items.length > 0 && html`<${Table} label=${t("table")} items=${found.items} columns=${columns(!found.carrier_speaks)} rowKey=${(/** @type {Prompt} */ one) => one.hash} />`}`}
    <//>
    ${going && html`<${Confirm} title=${t("deleteTitle")} yes=${t("back")} onClose=${() => setGoing(null)} onYes=${async () => {
      await remove(`/v1/prompts/${going.hash}`);
      prompts.reload();
      toast(t("deleted"));
    }}><p>${t("deleteText")}</p><//>`}
  </section>`;
}

/** @param {any} problem */
const fieldsOf = (problem) => (problem.fields ?? []).map((/** @type {any} */ one) => html`<p class="wrong" lang="en">${one.message}</p>`);

/** @param {{ prompt: Prompt }} properties */
function Listen({ prompt }) {
  const [is_asked, setAsked] = useState(false);
  if (!is_asked) return html`<button class="button small" aria-label=${`${t("listen")}: ${prompt.text}`} onClick=${() => setAsked(true)}><${Icon} name="try" size=${14} /> ${t("listen")}</button>`;
  return html`<audio controls autoplay src=${here(prompt.url)} aria-label=${prompt.text}></audio>`;
}

/** @param {{ prompt: Prompt, take: (file: File) => void, drop: () => void }} properties */
function Record({ prompt, take, drop }) {
  const file = useRef(/** @type {HTMLInputElement | null} */ (null));
  return html`<span class="row">
    <button class="button small" aria-label=${t("uploadOf", { text: prompt.text })} onClick=${() => file.current?.click()}><${Icon} name="mic" size=${14} /> ${t("upload")}</button>
    <input hidden type="file" accept="audio/wav,.wav" ref=${file} onChange=${(/** @type {any} */ event) => { take(event.currentTarget.files[0]); event.currentTarget.value = ""; }} />
    ${prompt.source === "uploaded" && html`<button class="bare" aria-label=${t("backOf", { text: prompt.text })} title=${t("back")} onClick=${drop}><${Icon} name="remove" /></button>`}
  </span>`;
}
