// Recovery codes: shown once, to be kept on paper or in a password manager.

import { download } from "../../app/api.js";
import { dayOf } from "../../app/format.js";
import { html, useState } from "../../app/html.js";
import { user } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Icon } from "../../parts/icon.js";

const t = texts({
  en: {
    title: "Your recovery codes", intro: "If the phone is lost, each of these signs you in once. They are shown now and never again: keep them apart from the phone.",
    copy: "Copy", copied: "Copied", save: "Save as a file", print: "Print", kept: "I have kept them", head: "Vestibule: recovery codes of {email}, {day}", file: "vestibule-recovery-codes.txt",
  },
  de: {
    title: "Ihre Wiederherstellungscodes", intro: "Ist das Telefon verloren, meldet jeder davon Sie einmal an. Sie werden jetzt und nie wieder gezeigt: Bewahren Sie sie getrennt vom Telefon auf.",
    copy: "Kopieren", copied: "Kopiert", save: "Als Datei speichern", print: "Drucken", kept: "Ich habe sie aufbewahrt", head: "Vestibule: Wiederherstellungscodes von {email}, {day}", file: "vestibule-wiederherstellungscodes.txt",
  },
  fr: {
    title: "Vos codes de secours", intro: "Si le téléphone est perdu, chacun d’eux vous connecte une fois. Ils sont affichés maintenant et plus jamais : conservez-les à part du téléphone.",
    copy: "Copier", copied: "Copié", save: "Enregistrer dans un fichier", print: "Imprimer", kept: "Je les ai conservés", head: "Vestibule : codes de secours de {email}, {day}", file: "vestibule-codes-de-secours.txt",
  },
});

/** @param {{ codes: string[], onKept: () => void }} properties */
export function RecoveryCodes({ codes, onKept }) {
  const [is_copied, setCopied] = useState(false);
  const head = t("head", { email: user()?.email ?? "", day: dayOf(new Date()) });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(codes.join("\n"));
      setCopied(true);
    } catch {
      // Without the permission, or without TLS: they can be marked by hand.
    }
  };
  return html`<div class="recovery" role="group" aria-labelledby="recovery">
    <h3 id="recovery" tabindex="-1" ref=${(/** @type {HTMLElement | null} */ title) => title?.focus()}>${t("title")}</h3>
    <p>${t("intro")}</p>
    <div class="sheet">
      <p class="printed">${head}</p>
      <ol>${codes.map((code) => html`<li key=${code}><code>${code}</code></li>`)}</ol>
    </div>
    <div class="row">
      <button type="button" class="button" onClick=${copy}><${Icon} name=${is_copied ? "check" : "copy"} /> <span aria-live="polite">${is_copied ? t("copied") : t("copy")}</span></button>
      <button type="button" class="button" onClick=${() => download(t("file"), `${head}\n\n${codes.join("\n")}\n`, "text/plain;charset=utf-8")}>${t("save")}</button>
      <button type="button" class="button" onClick=${() => print()}><${Icon} name="print" /> ${t("print")}</button>
      <button type="button" class="button primary" onClick=${onKept}>${t("kept")}</button>
    </div>
  </div>`;
}
