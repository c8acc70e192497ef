// Connections to the simulated carrier, where an installation has one: their keys are made here, and the carrier is told of their lines.
//
// The carrier is told of a whole application at once, its secret included, and forgets it when it restarts; the API never shows a secret again.
// So the browser that made one keeps what it said: a secret that opens nothing but a door that is not there. Another browser gives the connection new ones.

import { all, idempotencyKey, post, put } from "./api.js";
import { hasSimulator, publicUrl, remember, remembered } from "./settings.js";

/** @typedef {import("./types").Schema<"ConnectionView">} Connection */
/** @typedef {{ id: string, api_key: string, signature_secret: string, public_key: string }} Application */

/** Whether one can be made here: there is a simulated carrier, and the browser makes keys, which it does over https and on its own machine only. */
export const canSimulate = () => hasSimulator && globalThis.crypto?.subtle !== undefined;

/** @param {string} connection its id */
const keptAs = (connection) => `simulated.${connection}`;

/** What this browser told the carrier, while that is not forgotten with the page. @type {Map<string, Application>} */
const inMemory = new Map();

/** @param {string} connection its id @returns {Application | null} */
function applicationOf(connection) {
  try {
    return inMemory.get(connection) ?? JSON.parse(remembered(keptAs(connection)) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} connection its id @param {Application} application */
function keep(connection, application) {
  inMemory.set(connection, application);
  remember(keptAs(connection), JSON.stringify(application));
}

/** Whether this browser can tell the carrier of a connection's lines. @param {string} connection its id */
export const isKnownHere = (connection) => applicationOf(connection) !== null;

/** The connection is gone. @param {string} connection its id */
export function forgetSimulated(connection) {
  inMemory.delete(connection);
  remember(keptAs(connection), null);
}

/** @param {ArrayBuffer} bytes @param {string} what */
function pem(bytes, what) {
  const text = btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""));
  return `-----BEGIN ${what}-----\n${(text.match(/.{1,64}/g) ?? []).join("\n")}\n-----END ${what}-----\n`;
}

/** An application of the simulated carrier's with fresh keys, and the credentials that reach it. */
async function freshApplication() {
  const kind = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(kind, true, ["sign", "verify"]);
  const [private_key, public_key] = [
    pem(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY"),
    pem(await crypto.subtle.exportKey("spki", keys.publicKey), "PUBLIC KEY"),
  ];
  const word = idempotencyKey();
  const application = { id: `simulated-${word.slice(0, 12)}`, api_key: word.slice(12, 20), signature_secret: idempotencyKey(), public_key };
  const { id: application_id, api_key, signature_secret } = application;
  return { application, credentials: { application_id, api_key, private_key, signature_secrets: [signature_secret] } };
}

/**
 * Adds a connection to the simulated carrier, and tells the carrier of it.
 *
 * @param {string} [label] @returns {Promise<Connection>}
 */
export async function makeSimulatedConnection(label = "Simulated carrier") {
  const { application, credentials } = await freshApplication();
  /** @type {Connection} */
  const connection = await post("/v1/connections", { provider: "vonage", label, credentials });
  keep(connection.id, application);
  await tell(connection, application, []);
  return connection;
}

/**
 * Tells the simulated carrier of a connection's lines: those that it has, and these. If another browser made the connection, it gets new
 * credentials first, for which one has to be an administrator of the whole firm.
 *
 * @param {Pick<Connection, "id" | "token">} connection @param {string[]} [numbers] E.164
 */
export async function registerLine(connection, numbers = []) {
  /** @type {import("./types").Schema<"LineView">[]} */
  const lines = await all("/v1/lines", { connection: connection.id });
  let application = applicationOf(connection.id);
  if (!application) {
    const fresh = await freshApplication();
    await put(`/v1/connections/${connection.id}/credentials`, fresh.credentials);
    application = fresh.application;
    keep(connection.id, application);
  }
  await tell(connection, application, [...new Set([...lines.map((line) => line.number), ...numbers])]);
}

/** @param {Pick<Connection, "token">} connection @param {Application} application @param {string[]} numbers */
async function tell({ token }, application, numbers) {
  const hooks = `${publicUrl}/hooks/vonage/${token}`;
  await post("/simulator/applications", {
    ...application,
    numbers,
    answer_url: `${hooks}/answer`,
    answer_method: "POST",
    event_url: `${hooks}/event`,
    fallback_answer_url: `${hooks}/fallback`,
    fallback_method: "POST",
  });
}
