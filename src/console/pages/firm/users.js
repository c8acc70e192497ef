// The people of the firm: who is in, who is invited, and what each role may.

import { remove } from "../../app/api.js";
import { usePages } from "../../app/data.js";
import { dayOf } from "../../app/format.js";
import { html, useState } from "../../app/html.js";
import { may, user } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";
import { Confirm } from "../../parts/dialog.js";
import { Empty } from "../../parts/empty.js";
import { Icon } from "../../parts/icon.js";
import { PagedTable } from "../../parts/list.js";
import { PageHead } from "../../parts/page.js";
import { toast } from "../../parts/toast.js";
import { BuildingNames, useBuildings } from "./buildings.js";
import { Invite } from "./invite.js";
import { FirmPlaces } from "./places.js";
import { ROLES, roleName, roleSays, rolesTitle } from "./roles.js";

const t = texts({
  en: {
    title: "Users", intro: "Who signs in to this firm, and what they may.", invite: "Invite someone", name: "Name", email: "E-mail", role: "Role", buildings: "Buildings", factor: "Second factor", since: "Since",
    on: "On", off: "Off", you: "You", none: "Nobody but you yet", noneHint: "Invite your colleagues: each gets an e-mail with a link.",
    invitations: "Invitations", noInvitations: "No open invitations", noInvitationsHint: "Whoever is invited stands here until they have accepted.", open: "Open invitations", by: "Invited by", until: "Good until", back: "Take back", backOf: "Take back the invitation of {email}",
    sure: "Take this invitation back?", sureText: "The link in the e-mail to {email} is no good any more then.", taken: "The invitation is taken back.", operator: "The operator", someone: "Somebody who left",
    notYours: "Users are managed by administrators", notYoursHint: "Your role is {role}. Ask an administrator of your firm to invite somebody or to change a role.",
  },
  de: {
    title: "Benutzer", intro: "Wer sich in dieser Firma anmeldet, und was sie dürfen.", invite: "Jemanden einladen", name: "Name", email: "E-Mail", role: "Rolle", buildings: "Gebäude", factor: "Zweiter Faktor", since: "Seit",
    on: "Ein", off: "Aus", you: "Sie", none: "Noch niemand außer Ihnen", noneHint: "Laden Sie Ihre Kollegen ein: Jeder bekommt eine E-Mail mit einem Link.",
    invitations: "Einladungen", noInvitations: "Keine offenen Einladungen", noInvitationsHint: "Wer eingeladen ist, steht hier, bis die Einladung angenommen ist.", open: "Offene Einladungen", by: "Eingeladen von", until: "Gilt bis", back: "Zurücknehmen", backOf: "Einladung von {email} zurücknehmen",
    sure: "Diese Einladung zurücknehmen?", sureText: "Der Link in der E-Mail an {email} gilt dann nicht mehr.", taken: "Die Einladung ist zurückgenommen.", operator: "Der Betreiber", someone: "Jemand, der nicht mehr da ist",
    notYours: "Benutzer verwaltet die Administration", notYoursHint: "Ihre Rolle ist {role}. Bitten Sie die Administration Ihrer Firma, jemanden einzuladen oder eine Rolle zu ändern.",
  },
  fr: {
    title: "Utilisateurs", intro: "Qui se connecte à cette société, et avec quels droits.", invite: "Inviter quelqu’un", name: "Nom", email: "E-mail", role: "Rôle", buildings: "Immeubles", factor: "Second facteur", since: "Depuis",
    on: "Activé", off: "Désactivé", you: "Vous", none: "Personne d’autre que vous", noneHint: "Invitez vos collègues : chacun reçoit un e-mail avec un lien.",
    invitations: "Invitations", noInvitations: "Aucune invitation en cours", noInvitationsHint: "Les personnes invitées figurent ici jusqu’à ce qu’elles aient accepté.", open: "Invitations en cours", by: "Invité par", until: "Valable jusqu’au", back: "Annuler", backOf: "Annuler l’invitation de {email}",
    sure: "Annuler cette invitation ?", sureText: "Le lien de l’e-mail envoyé à {email} ne sera plus valable.", taken: "L’invitation est annulée.", operator: "L’exploitant", someone: "Quelqu’un qui est parti",
    notYours: "Les utilisateurs sont gérés par les administrateurs", notYoursHint: "Votre rôle : {role}. Demandez à un administrateur de votre société d’inviter quelqu’un ou de modifier un rôle.",
  },
});

/** @typedef {import("../../app/types").Schema<"UserView">} User */
/** @typedef {import("../../app/types").Schema<"InvitationView">} Invitation */

export default function Users() {
  if (may("admin")) return html`<${Managed} />`;
  return html`<${PageHead} title=${t("title")} intro=${t("intro")} />
    <${FirmPlaces} here="/users" />
    <${Empty} title=${t("notYours")} hint=${t("notYoursHint", { role: roleName(user()?.role) })} />
    <${Roles} />`;
}

function Managed() {
  const users = usePages("/v1/users", { limit: 50 });
  const invitations = usePages("/v1/invitations", { limit: 50 });
  const buildings = useBuildings();
  const [invites, setInvites] = useState(false);
  const [takesBack, setTakesBack] = useState(/** @type {Invitation | null} */ (null));

  const invite = html`<button type="button" class="button primary" onClick=${() => setInvites(true)}><${Icon} name="plus" /> ${t("invite")}</button>`;
  const inviter = (/** @type {string | null | undefined} */ id) => (id ? (users.items.find((one) => one.id === id)?.name ?? t("someone")) : t("operator"));
  const revoke = async () => {
    await remove(`/v1/invitations/${takesBack?.id}`);
    toast(t("taken"));
    invitations.reload();
  };
  const people = [
    { title: t("name"), cell: (/** @type {User} */ one) => html`<a href=${`/users/${one.id}`}>${one.name}</a> ${one.id === user()?.id && html`<${Badge} kind="info">${t("you")}<//>`}` },
    { title: t("email"), class: "wraps", cell: (/** @type {User} */ one) => one.email },
    { title: t("role"), cell: (/** @type {User} */ one) => html`<span title=${roleSays(one.role)}>${roleName(one.role)}</span>` },
    { title: t("buildings"), cell: (/** @type {User} */ one) => html`<${BuildingNames} of=${one.buildings} known=${buildings} />` },
    { title: t("factor"), cell: (/** @type {User} */ one) => html`<${Badge} kind=${one.has_second_factor ? "good" : "plain"}>${one.has_second_factor ? t("on") : t("off")}<//>` },
    { title: t("since"), cell: (/** @type {User} */ one) => dayOf(one.created_at) },
  ];
  const invited = [
    { title: t("email"), class: "wraps", cell: (/** @type {Invitation} */ one) => one.email },
    { title: t("role"), cell: (/** @type {Invitation} */ one) => roleName(one.role) },
    { title: t("buildings"), cell: (/** @type {Invitation} */ one) => html`<${BuildingNames} of=${one.buildings} known=${buildings} />` },
    { title: t("by"), cell: (/** @type {Invitation} */ one) => inviter(one.invited_by) },
    { title: t("until"), cell: (/** @type {Invitation} */ one) => dayOf(one.expires_at) },
    {
      title: "",
      cell: (/** @type {Invitation} */ one) =>
        may(/** @type {any} */ (one.role)) &&
        html`<button type="button" class="button small" aria-label=${t("backOf", { email: one.email })} onClick=${() => setTakesBack(one)}>${t("back")}</button>`,
    },
  ];
  return html`<${PageHead} title=${t("title")} intro=${t("intro")} actions=${invite} />
    <${FirmPlaces} here="/users" />
    <div class="stack">
      <${PagedTable} label=${t("title")} of=${users} columns=${people} empty=${html`<${Empty} title=${t("none")} hint=${t("noneHint")} />`} />
      <section aria-labelledby="invitations" class="stack">
        <h2 id="invitations">${t("invitations")}</h2>
        <${PagedTable} label=${t("open")} of=${invitations} columns=${invited} empty=${html`<p class="soft">${t("noInvitations")}. ${t("noInvitationsHint")}</p>`} />
      </section>
      <${Roles} />
    </div>
    ${invites && html`<${Invite} buildings=${buildings} onClose=${() => setInvites(false)} onInvited=${() => { setInvites(false); invitations.reload(); }} />`}
    ${takesBack &&
    html`<${Confirm} title=${t("sure")} yes=${t("back")} onYes=${revoke} onClose=${() => setTakesBack(null)}><p>${t("sureText", { email: takesBack.email })}</p><//>`}`;
}

function Roles() {
  return html`<section class="card roles" aria-labelledby="roles">
    <h2 id="roles">${rolesTitle}</h2>
    <dl class="facts">${ROLES.map((role) => html`<dt key=${role}>${roleName(role)}</dt><dd>${roleSays(role)}</dd>`)}</dl>
  </section>`;
}
