// The REST API, as pages ask it: signed in, tried again where that is safe, and with one kind of error.

import { accessToken, renew, signedOut } from "./session.js";

/** A word of explanation: RFC 9457, as the API answers it. */
export class Problem extends Error {
  /** @param {number} status @param {Partial<import("./types").Schema<"ProblemBody">>} body @param {number | null} [retryAfter] seconds */
  constructor(status, body, retryAfter = null) {
    super(body.detail || body.title || `HTTP ${status}`);
    this.status = status;
    /** `not-found`, stable; `unreachable` if nobody answered. */
    this.slug = (body.type ?? "").replace("/problems/", "") || (status === 0 ? "unreachable" : `http-${status}`);
    this.title = body.title ?? "";
    this.fields = body.fields ?? [];
    this.rule = body.rule ?? null;
    this.retryAfter = retryAfter;
  }
}

const TRIES = 3;
const PAUSE_MS = 400;
/** What passes by itself: too many at once, a restart, a proxy without its server. */
const PASSING = [429, 502, 503, 504];

/** @typedef {Record<string, string | number | boolean | null | undefined>} Query */
/** @typedef {{ method?: string, query?: Query, body?: unknown, type?: string, etag?: string | null, key?: string, signal?: AbortSignal, anonymous?: boolean, accept?: string }} Asked */

/** @param {string} path @param {Query} [query] */
export function url(path, query = {}) {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const search = new URLSearchParams(entries.map(([name, value]) => [name, String(value)]));
  return entries.length > 0 ? `${path}?${search}` : path;
}

/** 128 random bits. Unlike `randomUUID` it is there without TLS as well. */
export function idempotencyKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Asks, and answers the response whatever its status; fails with a `Problem` only if nobody answered.
 *
 * A POST carries an idempotency key, so that a second try does nothing twice.
 *
 * @param {string} path @param {Asked} asked @returns {Promise<Response>}
 */
export async function ask(path, asked = {}) {
  const { method = "GET", body, etag } = asked;
  const key = method === "POST" ? (asked.key ?? idempotencyKey()) : null;
  const isRaw = typeof body === "string" || body instanceof Blob;
  for (let attempt = 1; ; attempt += 1) {
    /** @type {Record<string, string>} */
    const headers = { Accept: asked.accept ?? "application/json" };
    if (body !== undefined) headers["Content-Type"] = asked.type ?? "application/json";
    if (etag) headers["If-Match"] = etag;
    if (key) headers["Idempotency-Key"] = key;
    if (!asked.anonymous) headers.Authorization = `Bearer ${await accessToken()}`;
    const is_last = attempt >= TRIES || (method !== "GET" && !key);
    try {
      const response = await fetch(url(path, asked.query), {
        method,
        headers,
        body: body === undefined ? undefined : isRaw ? /** @type {BodyInit} */ (body) : JSON.stringify(body),
        signal: asked.signal,
        cache: "no-store",
      });
      if (attempt === 1 && !asked.anonymous && (await isTokenOver(response)) && (await renew())) continue;
      const wait = Number(response.headers.get("Retry-After") ?? 0);
      if (is_last || !PASSING.includes(response.status) || wait > 5) return response;
      await pause(Math.max(wait * 1000, PAUSE_MS * attempt));
    } catch (error) {
      if (asked.signal?.aborted) throw error;
      if (error instanceof Problem) throw error;
      if (is_last) throw new Problem(0, {});
      await pause(PAUSE_MS * attempt);
    }
  }
}

/** Whether the access token is what was refused: a wrong password is answered 401 as well, and must not be tried twice. @param {Response} response */
async function isTokenOver(response) {
  return response.status === 401 && (await response.clone().text()).includes("/problems/not-signed-in");
}

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {Response} response @returns {Promise<any>} */
async function told(response) {
  const text = await response.text();
  const type = response.headers.get("Content-Type") ?? "";
  const data = text !== "" && /[/+]json\b/.test(type) ? JSON.parse(text) : text;
  if (response.ok) return data;
  const wait = response.headers.get("Retry-After");
  const problem = new Problem(response.status, typeof data === "object" ? data : {}, wait ? Number(wait) : null);
  if (response.status === 401 && problem.slug === "not-signed-in") signedOut();
  throw problem;
}

/** @param {string} path @param {Asked} [asked] @returns {Promise<any>} */
export const request = async (path, asked) => told(await ask(path, asked));

/** @param {string} path @param {Query} [query] @param {AbortSignal} [signal] @returns {Promise<any>} */
export const get = (path, query, signal) => request(path, { query, signal });

/** With the tag that an update names. @param {string} path @param {AbortSignal} [signal] @returns {Promise<{ data: any, etag: string | null }>} */
export async function read(path, signal) {
  const response = await ask(path, { signal });
  return { data: await told(response), etag: response.headers.get("ETag") };
}

/** @param {string} path @param {unknown} [body] @param {Asked} [asked] @returns {Promise<any>} */
export const post = (path, body, asked) => request(path, { method: "POST", body, ...asked });

/** @param {string} path @param {unknown} body @param {string | null} [etag] of what was read: a change in between is a `Problem`, `changed-meanwhile` @returns {Promise<any>} */
export const patch = (path, body, etag) => request(path, { method: "PATCH", body, etag });

/** @param {string} path @param {unknown} [body] @param {Asked} [asked] @returns {Promise<any>} */
export const put = (path, body, asked) => request(path, { method: "PUT", body, ...asked });

/** @param {string} path @returns {Promise<any>} */
export const remove = (path) => request(path, { method: "DELETE" });

/** Every item of a list, page after page, up to a number that a page can still show. @param {string} path @param {Query} [query] @param {AbortSignal} [signal] @returns {Promise<any[]>} */
export async function all(path, query = {}, signal = undefined, max = 2000) {
  const items = [];
  let cursor = null;
  do {
    const page = await get(path, { limit: 200, ...query, cursor }, signal);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && items.length < max);
  return items;
}

/** Saves text as a file of the reader's. @param {string} name @param {string} text @param {string} [type] */
export function download(name, text, type = "text/csv;charset=utf-8") {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
