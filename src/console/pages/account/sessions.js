// Where one is signed in: each session with its program and address, to end it, or all of them.

import { remove } from "../../app/api.js";
import { dateAndTime, since } from "../../app/format.js";
import { html, useState } from "../../app/html.js";
import { navigate } from "../../app/router.js";
import { signedOut } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";
import { Confirm } from "../../parts/dialog.js";
import { Table } from "../../parts/list.js";
import { Shown } from "../../parts/page.js";
import { toast, toastProblem } from "../../parts/toast.js";
import { programOf } from "./program.js";

const t = texts({
  en: {
    title: "Where you are signed in", program: "Program", address: "Address", began: "Signed in", used: "Last used", list: "Sessions", here: "This one", end: "Sign out there",
    ended: "Signed out there.", everywhere: "Sign out everywhere", sure: "Sign out everywhere?", sureText: "Every session ends, this one as well. You then sign in again with your password.",
    strange: "Is there one that you do not know? End it, then change your password.",
  },
  de: {
    title: "Wo Sie angemeldet sind", program: "Programm", address: "Adresse", began: "Angemeldet", used: "Zuletzt benutzt", list: "Sitzungen", here: "Diese", end: "Dort abmelden",
    ended: "Dort abgemeldet.", everywhere: "Überall abmelden", sure: "Überall abmelden?", sureText: "Alle Sitzungen enden, auch diese. Danach melden Sie sich mit Ihrem Passwort wieder an.",
    strange: "Ist eine dabei, die Sie nicht kennen? Beenden Sie sie und ändern Sie dann Ihr Passwort.",
  },
  fr: {
    title: "Où vous êtes connecté", program: "Programme", address: "Adresse", began: "Connexion", used: "Dernière utilisation", list: "Sessions", here: "Celle-ci", end: "Déconnecter",
    ended: "Session fermée.", everywhere: "Se déconnecter partout", sure: "Se déconnecter partout ?", sureText: "Toutes les sessions prennent fin, celle-ci aussi. Vous vous reconnecterez avec votre mot de passe.",
    strange: "En voyez-vous une que vous ne connaissez pas ? Fermez-la, puis changez votre mot de passe.",
  },
});

/** @typedef {import("../../app/types").Schema<"SessionView">} Session */

/** @param {{ of: import("../../app/data.js").Loaded }} properties */
export function Sessions({ of }) {
  const [asks, setAsks] = useState(false);
  const end = async (/** @type {Session} */ session) => {
    try {
      await remove(`/v1/sessions/${session.id}`);
      toast(t("ended"));
    } catch (problem) {
      toastProblem(problem);
    }
    of.reload();
  };
  const endAll = async () => {
    await remove("/v1/sessions");
    signedOut();
    navigate("/sign-in?news=left", { replace: true });
  };
  const columns = [
    { title: t("program"), cell: (/** @type {Session} */ one) => html`<span title=${one.user_agent}>${programOf(one.user_agent)}</span> ${one.is_current && html`<${Badge} kind="good">${t("here")}<//>`}` },
    { title: t("address"), cell: (/** @type {Session} */ one) => one.address },
    { title: t("began"), cell: (/** @type {Session} */ one) => dateAndTime(one.created_at) },
    { title: t("used"), cell: (/** @type {Session} */ one) => html`<time datetime=${one.last_used_at} title=${dateAndTime(one.last_used_at)}>${since(one.last_used_at)}</time>` },
    {
      title: "",
      cell: (/** @type {Session} */ one) => !one.is_current && html`<button type="button" class="button small" onClick=${() => end(one)}>
          ${t("end")}<span class="visually-hidden">: ${programOf(one.user_agent)}, ${one.address}</span>
        </button>`,
    },
  ];
  return html`<section class="card" aria-labelledby="sessions">
    <div class="row between">
      <h2 id="sessions">${t("title")}</h2>
      <button type="button" class="button" onClick=${() => setAsks(true)}>${t("everywhere")}</button>
    </div>
    <p class="soft">${t("strange")}</p>
    <${Shown} of=${of}>${(/** @type {{ items: Session[] }} */ page) => html`<${Table} label=${t("list")} items=${page.items} columns=${columns} />`}<//>
    ${asks && html`<${Confirm} title=${t("sure")} yes=${t("everywhere")} onYes=${endAll} onClose=${() => setAsks(false)}><p>${t("sureText")}</p><//>`}
  </section>`;
}
