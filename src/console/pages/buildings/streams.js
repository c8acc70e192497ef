// Who hears a building's calls while they run: programs of the firm's or of others, each reached by a WebSocket.

import { post, put } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { html, useState } from "../../app/html.js";
import { may, mayForAll } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Dialog } from "../../parts/dialog.js";
import { EditForm, useEdit } from "../../parts/edit.js";
import { Field, Form, orNull, useForm } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { Shown } from "../../parts/page.js";
import { toast } from "../../parts/toast.js";
import { Choices } from "./choices.js";

/** @typedef {import("../../app/types").Schema<"StreamBackendView">} Backend */
/** @typedef {import("../../app/types").Schema<"StreamSetView">} StreamSet */

const t = texts({
  en: {
    title: "Live audio", intro: "Programs that hear calls of this building while they run: transcripts, a voice assistant. A line may have streams of its own.", none: "Nobody hears these calls.", noBackend: "There is no program yet that could hear them.",
    readOnly: "An administrator can change this.", which: "Who hears the calls", lost: "When a program that is required is lost", end_call: "The call ends", carry_on: "The call goes on without it",
    add: "Add a program", label: "Name", url: "Address", urlHint: "wss://, on the public internet.", authorization: "Authorization header", authorizationHint: "Sent with every connection, and never shown again.",
    audio: "Audio", as_received: "As the carrier sends it", pcm16: "16-bit samples (PCM)", framing: "Wrapped as", binary: "Binary frames", json: "JSON with base64", duplex: "Direction", one_way: "It listens", both_ways: "It may speak as well",
    need: "A call without it", required: "is not worth anything: it is required", best_effort: "goes on: it is best effort", added: "{name} is added. Choose it above and save.", speaks: "may speak", must: "required",
  },
  de: {
    title: "Live-Ton", intro: "Programme, die Anrufe dieses Gebäudes mithören, während sie laufen: Mitschriften, ein Sprachassistent. Eine Leitung kann eigene haben.", none: "Niemand hört diese Anrufe mit.", noBackend: "Es gibt noch kein Programm, das mithören könnte.",
    readOnly: "Die Administration kann das ändern.", which: "Wer die Anrufe mithört", lost: "Wenn ein notwendiges Programm ausfällt", end_call: "Der Anruf endet", carry_on: "Der Anruf geht ohne es weiter",
    add: "Programm hinzufügen", label: "Name", url: "Adresse", urlHint: "wss://, im öffentlichen Internet.", authorization: "Authorization-Header", authorizationHint: "Wird bei jeder Verbindung gesendet und nie wieder gezeigt.",
    audio: "Ton", as_received: "Wie der Anbieter ihn sendet", pcm16: "16-Bit-Werte (PCM)", framing: "Verpackt als", binary: "Binär", json: "JSON mit Base64", duplex: "Richtung", one_way: "Es hört zu", both_ways: "Es darf auch sprechen",
    need: "Ein Anruf ohne es", required: "ist nichts wert: Es ist notwendig", best_effort: "geht weiter: Es ist entbehrlich", added: "{name} ist hinzugefügt. Wählen Sie es oben aus und speichern Sie.", speaks: "darf sprechen", must: "notwendig",
  },
  fr: {
    title: "Son en direct", intro: "Des programmes qui entendent les appels de cet immeuble pendant qu’ils ont lieu : transcriptions, assistant vocal. Une ligne peut avoir les siens.", none: "Personne n’entend ces appels.", noBackend: "Il n’y a pas encore de programme qui puisse les entendre.",
    readOnly: "Un administrateur peut modifier ceci.", which: "Qui entend les appels", lost: "Si un programme indispensable est perdu", end_call: "L’appel se termine", carry_on: "L’appel continue sans lui",
    add: "Ajouter un programme", label: "Nom", url: "Adresse", urlHint: "wss://, sur l’Internet public.", authorization: "En-tête Authorization", authorizationHint: "Envoyé à chaque connexion, et plus jamais affiché.",
    audio: "Son", as_received: "Tel que l’opérateur l’envoie", pcm16: "Échantillons de 16 bits (PCM)", framing: "Emballé en", binary: "Trames binaires", json: "JSON avec base64", duplex: "Sens", one_way: "Il écoute", both_ways: "Il peut aussi parler",
    need: "Un appel sans lui", required: "ne vaut rien : il est indispensable", best_effort: "continue : il est facultatif", added: "{name} est ajouté. Choisissez-le ci-dessus et enregistrez.", speaks: "peut parler", must: "indispensable",
  },
});

/** @param {{ building: { id: string } }} properties */
export function Streams({ building }) {
  const path = `/v1/buildings/${building.id}/streams`;
  const set = useData(path);
  const backends = useData("/v1/stream-backends?limit=200");
  const [is_adding, setAdding] = useState(false);
  return html`<section class="card" aria-labelledby="streams">
    <h2 id="streams">${t("title")}</h2>
    <p class="soft">${t("intro")}</p>
    <${Shown} of=${set}>${(/** @type {StreamSet} */ data) => html`<${Shown} of=${backends}>${(/** @type {{ items: Backend[] }} */ { items }) =>
      !may("admin")
        ? html`<p>${data.backends.length === 0 ? t("none") : items.filter(({ id }) => data.backends.includes(id)).map(({ label }) => label).join(", ")}</p><p class="soft small">${t("readOnly")}</p>`
        : items.length === 0
          ? html`<p>${t("noBackend")}</p>`
          : html`<${Edit} key=${items.length} path=${path} data=${data} etag=${set.etag} backends=${items} />`}
    <//>`}<//>
    ${mayForAll("admin") && html`<p class="dir-after"><button class="button" onClick=${() => setAdding(true)}><${Icon} name="plus" /> ${t("add")}</button></p>`}
    ${is_adding && html`<${AddBackend} onClose=${() => setAdding(false)} onAdded=${backends.reload} />`}
  </section>`;
}

/** @param {{ path: string, data: StreamSet, etag: string | null, backends: Backend[] }} properties */
function Edit({ path, data, etag, backends }) {
  const draft = useEdit({
    path,
    thing: data,
    etag,
    values: ({ backends, on_last_required_lost }) => ({ backends, on_last_required_lost }),
    body: (values) => values,
    send: (path, body, etag) => put(path, body, { etag }),
  });
  const chosen = /** @type {string[]} */ (draft.values.backends);
  const toggle = (/** @type {string} */ id) => draft.set("backends", chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id]);
  return html`<${EditForm} of=${draft}>
    <fieldset class="dir-choices">
      <legend>${t("which")}</legend>
      ${backends.map(
        (backend) => html`<div key=${backend.id} class="dir-choice">
          <input type="checkbox" id=${`stream-${backend.id}`} checked=${chosen.includes(backend.id)} onChange=${() => toggle(backend.id)} aria-invalid=${draft.wrong.backends ? "true" : undefined} />
          <div><label for=${`stream-${backend.id}`}>${backend.label}</label>
            <p class="hint">${[backend.url, backend.duplex === "both_ways" && t("speaks"), backend.need === "required" && t("must")].filter(Boolean).join(" · ")}</p></div>
        </div>`,
      )}
      ${draft.wrong.backends && html`<p class="wrong">${draft.wrong.backends}</p>`}
    </fieldset>
    <${Choices} of=${draft} name="on_last_required_lost" legend=${t("lost")} options=${[
      { value: "end_call", text: t("end_call") },
      { value: "carry_on", text: t("carry_on") },
    ]} />
  <//>`;
}

/** @param {{ onClose: () => void, onAdded: () => void }} properties */
function AddBackend({ onClose, onAdded }) {
  const initial = { label: "", url: "", authorization: "", audio: "pcm16", framing: "binary", duplex: "one_way", need: "best_effort" };
  const draft = useForm(initial, async (values) => {
    const backend = await post("/v1/stream-backends", { ...values, url: values.url.trim(), authorization: orNull(values.authorization) });
    toast(t("added", { name: backend.label }));
    onAdded();
    onClose();
  });
  /** @param {("as_received" | "pcm16" | "binary" | "json" | "one_way" | "both_ways" | "required" | "best_effort")[]} words */
  const options = (...words) => words.map((word) => [word, t(word)]);
  return html`<${Dialog} title=${t("add")} onClose=${onClose}>
    <${Form} of=${draft} submit=${t("add")} onCancel=${onClose}>
      <${Field} of=${draft} name="label" label=${t("label")} maxlength="100" required />
      <${Field} of=${draft} name="url" type="url" label=${t("url")} hint=${t("urlHint")} placeholder="wss://audio.example.com/calls" required />
      <${Field} of=${draft} name="authorization" type="password" label=${t("authorization")} hint=${t("authorizationHint")} optional autocomplete="off" />
      <${Field} of=${draft} name="need" type="select" label=${t("need")} options=${options("best_effort", "required")} />
      <div class="dir-pair">
        <${Field} of=${draft} name="duplex" type="select" label=${t("duplex")} options=${options("one_way", "both_ways")} />
        <${Field} of=${draft} name="audio" type="select" label=${t("audio")} options=${options("pcm16", "as_received")} />
        <${Field} of=${draft} name="framing" type="select" label=${t("framing")} options=${options("binary", "json")} />
      </div>
    <//>
  <//>`;
}
