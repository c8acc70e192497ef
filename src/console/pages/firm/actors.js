// Who did something, by name: people, API keys, and the server itself.

import { all } from "../../app/api.js";
import { html, useEffect, useState } from "../../app/html.js";
import { mayForAll, user } from "../../app/session.js";
import { texts } from "../../app/texts.js";

const t = texts({
  en: { goneUser: "A former user", key: "API key {name}", goneKey: "A former API key", worker: "The server", carrier: "The carrier", someone: "Somebody" },
  de: { goneUser: "Ein früherer Benutzer", key: "API-Schlüssel {name}", goneKey: "Ein früherer API-Schlüssel", worker: "Der Server", carrier: "Der Anbieter", someone: "Jemand" },
  fr: { goneUser: "Un ancien utilisateur", key: "Clé d’API {name}", goneKey: "Une ancienne clé d’API", worker: "Le serveur", carrier: "L’opérateur", someone: "Quelqu’un" },
});

/** @typedef {{ actor_kind: string, actor_id?: string | null }} Did */

/**
 * The firm's users and API keys, for admins; nobody else may read them.
 *
 * @returns {{ users: any[], keys: any[], is_known: boolean }}
 */
export function usePeople() {
  const [people, setPeople] = useState({ users: /** @type {any[]} */ ([]), keys: /** @type {any[]} */ ([]), is_known: false });
  useEffect(() => {
    if (!mayForAll("admin")) return undefined;
    const asked = new AbortController();
    const list = (/** @type {string} */ path) => all(path, {}, asked.signal).catch(() => []);
    void Promise.all([list("/v1/users"), list("/v1/api-keys")]).then(
      ([users, keys]) => asked.signal.aborted || setPeople({ users, keys, is_known: true }),
    );
    return () => asked.abort();
  }, []);
  return people;
}

/** @param {ReturnType<typeof usePeople>} people @returns {(did: Did) => string} */
export function namer({ users, keys, is_known }) {
  return ({ actor_kind, actor_id }) => {
    const me = user();
    if (actor_id && actor_id === me?.id) return me.name;
    if (actor_kind === "worker" || actor_kind === "carrier") return t(actor_kind);
    if (!is_known) return "…";
    if (actor_kind === "user") return users.find(({ id }) => id === actor_id)?.name ?? t("goneUser");
    if (actor_kind === "api_key") {
      const name = keys.find(({ id }) => id === actor_id)?.name;
      return name ? t("key", { name }) : t("goneKey");
    }
    return t("someone");
  };
}

/** For a component that only needs names. */
export const useActors = () => namer(usePeople());

/** Those who may be chosen, people first. @param {{ of: ReturnType<typeof usePeople> }} properties */
export function ActorOptions({ of }) {
  return html`${of.users.map(({ id, name }) => html`<option key=${id} value=${id}>${name}</option>`)}
    ${of.keys.map(({ id, name }) => html`<option key=${id} value=${id}>${t("key", { name })}</option>`)}`;
}
