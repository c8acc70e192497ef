// API keys: programs that act for the firm. What each may, when it was last used; making, replacing, renaming and revoking them.

import { usePages } from "../../app/data.js";
import { dateAndTime, since } from "../../app/format.js";
import { html, useState } from "../../app/html.js";
import { may } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";
import { Empty } from "../../parts/empty.js";
import { Icon } from "../../parts/icon.js";
import { PagedTable } from "../../parts/list.js";
import { PageHead } from "../../parts/page.js";
import { MakeKey, RenameKey, RevokeKey, RotateKey } from "./api-key-forms.js";
import { BuildingNames, useBuildings } from "./buildings.js";
import { FirmPlaces } from "./places.js";
import { roleName } from "./roles.js";
import { inOrder, scopeName } from "./scopes.js";
import { SecretShown } from "./secret.js";

const t = texts({
  en: {
    title: "API keys", intro: "Programs sign in with a key instead of a password: a move-in sync, a script, a flow at a carrier.", docs: "API reference",
    make: "Make an API key", name: "Name", allowed: "May", buildings: "Buildings", used: "Last used", until: "Until", acts: "Actions", never: "never", revoked: "until revoked",
    over: "over", rotating: "old and new secret work", rotate: "Replace secret", rename: "Rename", revoke: "Revoke", of: "{act}: {name}", empty: "No API keys yet",
    emptyHint: "Make one for each program, with no more than it needs: then each can be revoked alone.", mayNot: "Only administrators see and make API keys.",
    shown: "The key “{name}”", label: "API key", how: "Send it with each request:",
  },
  de: {
    title: "API-Schlüssel", intro: "Programme melden sich mit einem Schlüssel statt mit einem Passwort an: ein Einzugsabgleich, ein Skript, ein Ablauf beim Anbieter.", docs: "API-Referenz",
    make: "API-Schlüssel erstellen", name: "Name", allowed: "Darf", buildings: "Gebäude", used: "Zuletzt genutzt", until: "Bis", acts: "Aktionen", never: "nie", revoked: "bis zum Widerruf",
    over: "abgelaufen", rotating: "altes und neues Geheimnis gelten", rotate: "Geheimnis ersetzen", rename: "Umbenennen", revoke: "Widerrufen", of: "{act}: {name}", empty: "Noch keine API-Schlüssel",
    emptyHint: "Erstellen Sie für jedes Programm einen eigenen, der nicht mehr darf als nötig: So lässt sich jeder einzeln widerrufen.", mayNot: "Nur Administratoren sehen und erstellen API-Schlüssel.",
    shown: "Der Schlüssel „{name}“", label: "API-Schlüssel", how: "Senden Sie ihn mit jeder Anfrage:",
  },
  fr: {
    title: "Clés d’API", intro: "Les programmes se connectent avec une clé plutôt qu’un mot de passe : une synchronisation, un script, un scénario chez l’opérateur.", docs: "Référence de l’API",
    make: "Créer une clé d’API", name: "Nom", allowed: "Peut", buildings: "Immeubles", used: "Dernière utilisation", until: "Jusqu’au", acts: "Actions", never: "jamais", revoked: "jusqu’à révocation",
    over: "expirée", rotating: "ancien et nouveau secrets valables", rotate: "Remplacer le secret", rename: "Renommer", revoke: "Révoquer", of: "{act} : {name}", empty: "Pas encore de clé d’API",
    emptyHint: "Créez-en une par programme, avec le strict nécessaire : chacune pourra être révoquée seule.", mayNot: "Seuls les administrateurs voient et créent des clés d’API.",
    shown: "La clé « {name} »", label: "Clé d’API", how: "Envoyez-la avec chaque requête :",
  },
});

/** @typedef {import("../../app/types").Schema<"ApiKeyView">} Key */

export default function ApiKeys() {
  const is_allowed = may("admin");
  const keys = usePages(is_allowed ? "/v1/api-keys" : null);
  const buildings = useBuildings();
  const [asking, setAsking] = useState(/** @type {{ what: "make" | "rotate" | "rename" | "revoke", key?: Key } | null} */ (null));
  const [made, setMade] = useState(/** @type {{ name: string, key: string | null } | null} */ (null));
  if (!is_allowed) return html`<${PageHead} title=${t("title")} intro=${t("mayNot")} /><${FirmPlaces} here="/api-keys" />`;

  const close = () => setAsking(null);
  const done = () => {
    close();
    keys.reload();
  };
  const show = (/** @type {any} */ shown) => {
    setMade(shown);
    done();
  };
  const make = html`<button type="button" class="button primary" onClick=${() => setAsking({ what: "make" })}><${Icon} name="plus" /> ${t("make")}</button>`;
  const act = (/** @type {"rotate" | "rename" | "revoke"} */ what, /** @type {Key} */ key) =>
    html`<button type="button" class="button small" aria-label=${t("of", { act: t(what), name: key.name })} onClick=${() => setAsking({ what, key })}>${t(what)}</button>`;
  return html`
    <${PageHead} title=${t("title")} intro=${html`${t("intro")} <a href="/docs/">${t("docs")}</a>`} actions=${keys.items.length > 0 && make} />
    <${FirmPlaces} here="/api-keys" />
    <${PagedTable} label=${t("title")} of=${keys}
      columns=${[
        { title: t("name"), cell: (/** @type {Key} */ key) => html`${key.name}<br /><code class="small soft">${key.prefixes.join(", ")}</code>
          ${key.prefixes.length > 1 && html`<br /><${Badge} kind="busy">${t("rotating")}<//>`}` },
        { title: t("allowed"), cell: (/** @type {Key} */ key) => html`${roleName(key.role)}<br /><span class="small soft">${inOrder(key.scopes).map(scopeName).join(", ")}</span>` },
        { title: t("buildings"), cell: (/** @type {Key} */ key) => html`<${BuildingNames} of=${key.buildings} known=${buildings} />` },
        { title: t("used"), class: "nowrap", cell: (/** @type {Key} */ key) => key.last_used_at ? html`<span title=${dateAndTime(key.last_used_at)}>${since(key.last_used_at)}</span>` : html`<span class="soft">${t("never")}</span>` },
        { title: t("until"), cell: (/** @type {Key} */ key) => !key.expires_at ? t("revoked")
          : new Date(key.expires_at) < new Date() ? html`<${Badge} kind="bad">${t("over")}<//>` : dateAndTime(key.expires_at) },
        { title: t("acts"), cell: (/** @type {Key} */ key) => html`<span class="row">${act("rotate", key)} ${act("rename", key)} ${act("revoke", key)}</span>` },
      ]}
      empty=${html`<${Empty} title=${t("empty")} hint=${t("emptyHint")}>${make}<//>`} />
    ${asking?.what === "make" && html`<${MakeKey} buildings=${buildings} onMade=${show} onClose=${close} />`}
    ${asking?.what === "rotate" && html`<${RotateKey} of=${asking.key} onMade=${show} onClose=${close} />`}
    ${asking?.what === "rename" && html`<${RenameKey} of=${asking.key} onDone=${done} onClose=${close} />`}
    ${asking?.what === "revoke" && html`<${RevokeKey} of=${asking.key} onDone=${done} onClose=${close} />`}
    ${made && html`<${SecretShown} title=${t("shown", { name: made.name })} label=${t("label")} secret=${made.key} onClose=${() => setMade(null)}>
      <p>${t("how")} <code>Authorization: Bearer vst_…</code></p><//>`}`;
}
