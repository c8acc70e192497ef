// One simulated visit: how it is started, and how its phones are looked at and driven.

import { get, post } from "../../app/api.js";
import { useCallback, useEffect, useState } from "../../app/html.js";

/** What the simulator tells of a phone in a visit. @typedef {{ uuid: string, direction: "inbound" | "outbound", from: string, to: string, phone: string, status: string, answered_at: string | null, ended_at: string | null, heard: { at: string, sound: string, text?: string, digits?: string, who?: string }[], pressed: { key: string }[] }} Phone */
/** @typedef {{ id: number, state: "running" | "over", legs: Phone[] }} Run */

const LOOK_EVERY_MS = 350;
/** A visitor who is not let in goes after so long. */
const VISITOR_STAYS = "120s";

/**
 * Somebody calls a line; whoever's phone is rung waits for a hand.
 *
 * @param {{ from: string, to: string, keys: string | null, phones: { number: string, name: string }[] }} visit `keys` are pressed once the door asks for them
 * @returns {Promise<number>} the run
 */
export async function ring({ from, to, keys, phones }) {
  const known = phones.filter((phone, n) => phones.findIndex((other) => other.number === phone.number) === n);
  const named = known.map((phone, n) => ({ ...phone, name: known.findIndex((other) => other.name === phone.name) === n ? phone.name : `${phone.name} ${n + 1}`, does: "manual" }));
  const { id } = await post("/simulator/calls", {
    title: "A visitor, tried from the console",
    call: { from, to, hang_up_after: VISITOR_STAYS, keys: keys ? [{ press: keys, after: "200ms", since: "prompt" }] : [] },
    phone: named,
  });
  return id;
}

/** @param {string} number @param {"answer" | "decline" | "hang_up" | "press"} act @param {string} [keys] */
export const drive = (number, act, keys) => post(`/simulator/phones/${encodeURIComponent(number)}/${act}`, keys ? { keys } : {});

/** How a visit stands, looked at again and again until it is over. @param {number | null} id @returns {{ run: Run | null, look: () => void }} */
export function useRun(id) {
  const [run, setRun] = useState(/** @type {Run | null} */ (null));
  const look = useCallback(() => {
    if (id !== null) get(`/simulator/calls/${id}`).then(setRun, () => null);
  }, [id]);
  const is_over = run?.id === id && run?.state === "over";
  useEffect(() => {
    if (id === null || is_over) return undefined;
    look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [id, is_over]);
  return { run: run?.id === id ? run : null, look };
}

/** What a phone last heard, in words. @param {Phone} phone */
export function lastHeard(phone) {
  const spoken = phone.heard.filter((heard) => heard.sound === "speech" || heard.sound === "tones" || heard.sound === "music");
  const last = spoken.at(-1);
  if (!last) return "";
  if (last.sound === "music") return "♪";
  return last.sound === "tones" ? `♪ ${last.digits}` : `“${last.text}”`;
}

/** The tones that came to the door, in a row. @param {Run} run */
export const doorTones = (run) => (run.legs[0]?.heard ?? []).map((heard) => heard.digits ?? "").join("");
