// Somebody leaves: their access ends; and, if they ask for it, what the records say of them is erased.

import { download, post, remove } from "../../app/api.js";
import { html, useState } from "../../app/html.js";
import { signedOut, user as self } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Confirm } from "../../parts/dialog.js";
import { Empty } from "../../parts/empty.js";
import { PageHead } from "../../parts/page.js";
import { toast } from "../../parts/toast.js";

const t = texts({
  en: {
    title: "Leaving", text: "Removed, they are signed out everywhere and can not sign in any more. What they did stays in the records.", remove: "Remove {name}", sure: "Remove {name}?",
    sureText: "Their sessions end at once. To come back, they are invited again.", self: "This is you. You are signed out at once, and can not come back by yourself.", yes: "Remove", removed: "{name} is removed.",
    gone: "This user is not here any more", goneHint: "They were removed, or never were here. What they did still stands in the audit log, with their name.",
    erase: "Erase their data", eraseSure: "Erase for ever what the records say of them?", eraseText: "Name and e-mail become unreadable in every record, here and in every copy. That this was done is signed and kept. Nobody can take it back.",
    erased: "Their data is erased", erasedText: { one: "One record named them; what it said of them can not be read any more.", other: "{n} records named them; what they said of them can not be read any more." },
    receipt: "Save the signed receipt", back: "To the users",
  },
  de: {
    title: "Ausscheiden", text: "Wer entfernt ist, wird überall abgemeldet und kann sich nicht mehr anmelden. Was getan wurde, bleibt im Protokoll.", remove: "{name} entfernen", sure: "{name} entfernen?",
    sureText: "Die Sitzungen enden sofort. Zum Wiederkommen braucht es eine neue Einladung.", self: "Das sind Sie selbst. Sie werden sofort abgemeldet und können nicht von allein zurückkommen.", yes: "Entfernen", removed: "{name} ist entfernt.",
    gone: "Diesen Benutzer gibt es hier nicht mehr", goneHint: "Er wurde entfernt oder war nie hier. Was er tat, steht weiter im Protokoll, mit seinem Namen.",
    erase: "Daten löschen", eraseSure: "Für immer löschen, was das Protokoll über diese Person sagt?", eraseText: "Name und E-Mail werden in jedem Eintrag unlesbar, hier und in jeder Kopie. Dass dies geschah, wird signiert und aufbewahrt. Niemand kann es rückgängig machen.",
    erased: "Die Daten sind gelöscht", erasedText: { one: "Ein Eintrag nannte die Person; was er über sie sagte, ist nicht mehr lesbar.", other: "{n} Einträge nannten die Person; was sie über sie sagten, ist nicht mehr lesbar." },
    receipt: "Signierte Bestätigung speichern", back: "Zu den Benutzern",
  },
  fr: {
    title: "Départ", text: "Une personne retirée est déconnectée partout et ne peut plus se connecter. Ce qu’elle a fait reste dans les journaux.", remove: "Retirer {name}", sure: "Retirer {name} ?",
    sureText: "Ses sessions prennent fin aussitôt. Pour revenir, il faudra une nouvelle invitation.", self: "C’est vous. Vous êtes déconnecté aussitôt et ne pouvez pas revenir par vous-même.", yes: "Retirer", removed: "{name} est retiré.",
    gone: "Cet utilisateur n’est plus ici", goneHint: "Il a été retiré, ou n’a jamais été ici. Ce qu’il a fait figure encore dans le journal d’audit, avec son nom.",
    erase: "Effacer ses données", eraseSure: "Effacer pour toujours ce que les journaux disent de cette personne ?", eraseText: "Le nom et l’e-mail deviennent illisibles dans chaque entrée, ici et dans chaque copie. Le fait est signé et conservé. Personne ne peut revenir en arrière.",
    erased: "Ses données sont effacées", erasedText: { one: "Une entrée la mentionnait ; ce qu’elle en disait n’est plus lisible.", other: "{n} entrées la mentionnaient ; ce qu’elles en disaient n’est plus lisible." },
    receipt: "Enregistrer le reçu signé", back: "Vers les utilisateurs",
  },
});

/** @typedef {import("../../app/types").Schema<"UserView">} User */
/** @typedef {import("../../app/types").Schema<"ErasureView">} Erasure */

/** @param {{ user: User, why: string | undefined, onGone: () => void }} properties `why`: what keeps them here */
export function Farewell({ user, why, onGone }) {
  const [asks, setAsks] = useState(false);
  const is_self = user.id === self()?.id;
  const go = async () => {
    await remove(`/v1/users/${user.id}`);
    if (is_self) return signedOut();
    toast(t("removed", { name: user.name }));
    onGone();
  };
  return html`<section class="card" aria-labelledby="farewell">
    <h2 id="farewell">${t("title")}</h2>
    <p class="soft">${why ?? t("text")}</p>
    <button type="button" class="button" disabled=${why !== undefined} title=${why} onClick=${() => setAsks(true)}>${t("remove", { name: user.name })}</button>
    ${asks &&
    html`<${Confirm} title=${t("sure", { name: user.name })} yes=${t("yes")} onYes=${go} onClose=${() => setAsks(false)}>
      <p>${is_self ? t("self") : t("sureText")}</p>
    <//>`}
  </section>`;
}

/** Whoever is gone, as far as the records know them. @param {{ id: string, back: { to: string, text: string } }} properties */
export function FormerUser({ id, back }) {
  const [asks, setAsks] = useState(false);
  const [erased, setErased] = useState(/** @type {Erasure | null} */ (null));
  const erase = async () => setErased(await post(`/v1/users/${id}/erase`));
  if (erased) {
    return html`<${PageHead} title=${t("erased")} back=${back} />
      <p role="status">${t("erasedText", { n: erased.events })}</p>
      <div class="row">
        <button type="button" class="button primary" onClick=${() => download(`erasure-${id}.jws`, erased.receipt, "application/jose")}>${t("receipt")}</button>
        <a class="button" href=${back.to}>${t("back")}</a>
      </div>`;
  }
  return html`<${PageHead} title=${t("gone")} intro=${t("goneHint")} back=${back} />
    <div class="row">
      <a class="button" href=${back.to}>${t("back")}</a>
      <button type="button" class="button" onClick=${() => setAsks(true)}>${t("erase")}</button>
    </div>
    ${asks && html`<${Confirm} title=${t("eraseSure")} yes=${t("erase")} onYes=${erase} onClose=${() => setAsks(false)}><p>${t("eraseText")}</p><//>`}`;
}
