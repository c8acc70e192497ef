// Who is signed in. The refresh token is a cookie that no script can read; the access token lives as long as this tab.

/** @typedef {import("./types").Schema<"MeView">} Me */
/** @typedef {import("./types").Schema<"TenantView">} Firm */

const KEPT = "vestibule.access";
/** Renewed so long before it ends. */
const SPARE_MS = 60_000;
const RANKS = ["viewer", "manager", "admin", "owner"];

/** @type {{ token: string, until: number } | null} */
let access = keptAccess();
/** @type {Me | null} */
let me = null;
/** @type {Firm | null} */
let firm = null;
/** @type {Promise<boolean> | null} */
let renewing = null;
/** @type {Set<() => void>} */
const watchers = new Set();
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("vestibule.session") : null;
tabs?.addEventListener("message", () => forget());

function keptAccess() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    return kept && kept.until > Date.now() + SPARE_MS ? kept : null;
  } catch {
    return null;
  }
}

/** @param {import("./types").Schema<"SessionTokens">} tokens */
function keep(tokens) {
  access = { token: tokens.access_token, until: Date.now() + tokens.expires_in * 1000 };
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(access));
  } catch {
    // It is renewed at the next load then.
  }
}

function tell() {
  watchers.forEach((watcher) => watcher());
}

function forget() {
  access = null;
  me = null;
  firm = null;
  try {
    sessionStorage.removeItem(KEPT);
  } catch {
    // Nothing was kept then.
  }
  tell();
}

/** Called whenever somebody signs in or out. @param {() => void} watcher @returns {() => void} ends it */
export function watchSession(watcher) {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

/** Who is signed in, once `resume` or `signIn` is through. */
export const user = () => me;
/** Their firm. */
export const tenant = () => firm;

/** Whether their role is at least this one. @param {"viewer" | "manager" | "admin" | "owner"} role */
export const may = (role) => me !== null && RANKS.indexOf(me.role) >= RANKS.indexOf(role);

/** Whether they run every building of the firm, with at least this role. @param {"viewer" | "manager" | "admin" | "owner"} role */
export const mayForAll = (role) => may(role) && !me?.buildings;

/** A token that is good for the next minute at least; an empty one if nobody is signed in. */
export async function accessToken() {
  if ((!access || access.until < Date.now() + SPARE_MS) && (await renew()) === false) return "";
  return access?.token ?? "";
}

/** The next tokens, for the last. One tab at a time: a refresh token is good once. @returns {Promise<boolean>} whether there were any */
export function renew() {
  renewing ??= locked(async () => {
    // Kept alive: a page that goes away in between must not lose the cookie that comes back.
    const response = await fetch("/v1/sessions/refresh", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: "{}",
      keepalive: true,
    });
    if (response.ok) keep(await response.json());
    else if (response.status === 401) forget();
    return response.ok;
  }).finally(() => {
    renewing = null;
  });
  return renewing;
}

/** @param {() => Promise<boolean>} work @returns {Promise<boolean>} */
async function locked(work) {
  return navigator.locks ? navigator.locks.request("vestibule.refresh", async () => work()) : work();
}

/** Goes on with the session that this browser has, if it has one. */
export async function resume() {
  try {
    if (await accessToken()) await meet();
  } catch {
    // Whoever can not be met signs in again, and is told there what is wrong.
  }
}

async function meet() {
  const headers = { Authorization: `Bearer ${await accessToken()}` };
  const [mine, ours] = await Promise.all([fetch("/v1/me", { headers }), fetch("/v1/tenants/me", { headers })]);
  if (!mine.ok) return forget();
  me = await mine.json();
  firm = ours.ok ? await ours.json() : null;
  tell();
}

/** What was changed of oneself or the firm is read again. */
export const meetAgain = meet;

/** After `POST /v1/sessions` with `refresh_in: "cookie"`. @param {import("./types").Schema<"SessionTokens">} tokens */
export async function signedIn(tokens) {
  keep(tokens);
  await meet();
}

/** The session is over. */
export function signedOut() {
  forget();
}

/** Ends the session, here and in the browser's other tabs. */
export async function signOut() {
  const headers = { Authorization: `Bearer ${await accessToken()}` };
  await fetch("/v1/sessions/current", { method: "DELETE", headers, keepalive: true }).catch(() => null);
  tabs?.postMessage("signed-out");
  forget();
}
