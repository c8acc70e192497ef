// Follows `/v1/live`: server-sent events read with `fetch`, which can say who asks; comes back by itself and goes on where it was.

import { Problem } from "../../app/api.js";
import { accessToken, renew, user } from "../../app/session.js";

/** The server says that it is still there every 15 s; after so long without a word nobody is. */
const DEAD_AFTER_MS = 40_000;
const LOOKS_EVERY_MS = 2_000;
const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 15_000;
/** Where nothing but somebody else can help. */
const REFUSED_PAUSE_MS = 30_000;

/** @typedef {import("../../app/types").Schema<"LiveCallView">} LiveCall */
/** @typedef {import("../../app/types").Schema<"CallChange">} Change */
/** @typedef {{ kind: "connecting" | "live" | "waiting", problem: Problem | null, heard: number | null, offset: number }} Connection
 *   `heard`: when the last word came; `offset`: by how much the server's clock is ahead of ours, in milliseconds */
/** @typedef {{ event: string, id: string, data: string }} Message */

/** Server-sent events out of text that comes in pieces of any size. */
export class Parser {
  /** @param {(message: Message) => void} take */
  constructor(take) {
    this.take = take;
    /** Of a line that is not over yet, in pieces: the first of them may be megabytes, and is looked through once. @type {string[]} */
    this.unfinished = [];
    this.event = "";
    this.id = "";
    /** @type {string[]} */
    this.data = [];
  }

  /** @param {string} text */
  push(text) {
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      this.unfinished.push(text.slice(from, end));
      this.line(this.unfinished.join("").replace(/\r$/, ""));
      this.unfinished = [];
      from = end + 1;
    }
    if (from < text.length) this.unfinished.push(text.slice(from));
  }

  /** @param {string} line */
  line(line) {
    if (line === "") return this.dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "event") this.event = value;
    else if (name === "id") this.id = value;
    else if (name === "data") this.data.push(value);
  }

  dispatch() {
    if (this.data.length > 0) this.take({ event: this.event || "message", id: this.id, data: this.data.join("\n") });
    this.event = "";
    this.data = [];
  }
}

/**
 * Tells of the running calls until it is stopped.
 *
 * @param {{ onSnapshot: (calls: LiveCall[]) => void, onChange: (change: Change) => void, onConnection: (connection: Connection) => void }} to
 * @returns {{ stop: () => void, again: () => void }} `again`: tries at once instead of later
 */
export function follow({ onSnapshot, onChange, onConnection }) {
  let is_stopped = false;
  let last = "";
  let failures = 0;
  /** @type {AbortController | null} */
  let running = null;
  let wake = () => {};
  /** @type {Connection} */
  let connection = { kind: "connecting", problem: null, heard: null, offset: 0 };

  /** @param {Partial<Connection>} change */
  const tell = (change) => {
    connection = { ...connection, ...change };
    if (!is_stopped) onConnection(connection);
  };

  /** @param {Message} message */
  const take = ({ event, id, data }) => {
    if (event === "snapshot") onSnapshot(JSON.parse(data));
    else if (event === "change") onChange(JSON.parse(data));
    // Only what was taken over counts as seen.
    if (id) last = id;
  };

  /** One connection, from its first to its last word. @param {AbortSignal} signal */
  const listen = async (signal) => {
    const response = await connect(last, signal);
    const date = Date.parse(response.headers.get("Date") ?? "");
    const offset = Number.isNaN(date) ? 0 : date - Date.now();
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new Parser(take);
    for (;;) {
      const piece = await reader?.read();
      if (is_stopped || !piece || piece.done) return;
      parser.push(piece.value ?? "");
      failures = 0;
      // A clock that is off by less shows nothing.
      tell({ kind: "live", problem: null, heard: Date.now(), offset: Math.abs(offset) > 2000 ? offset : 0 });
    }
  };

  const run = async () => {
    while (!is_stopped) {
      const own = new AbortController();
      running = own;
      /** @type {Problem | null} */
      let problem = null;
      try {
        await listen(own.signal);
      } catch (error) {
        problem = error instanceof Problem ? error : new Problem(0, {});
      }
      own.abort();
      if (is_stopped || (problem?.status === 401 && user() === null)) return;
      failures += 1;
      tell({ kind: "waiting", problem });
      await pause(pauseAfter(failures, problem));
    }
  };

  /** @param {number} ms */
  const pause = (ms) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });

  const again = () => {
    if (connection.kind === "waiting") wake();
  };
  const look = () => {
    const is_dead = connection.kind === "live" && Date.now() - (connection.heard ?? 0) > DEAD_AFTER_MS;
    if (is_dead) running?.abort();
  };
  const shown = () => {
    if (document.hidden) return;
    look();
    again();
  };
  const watchdog = setInterval(look, LOOKS_EVERY_MS);
  addEventListener("online", again);
  document.addEventListener("visibilitychange", shown);
  void run();
  return {
    again,
    stop: () => {
      is_stopped = true;
      clearInterval(watchdog);
      removeEventListener("online", again);
      document.removeEventListener("visibilitychange", shown);
      running?.abort();
      wake();
    },
  };
}

/** How long to wait: longer each time, and not all browsers at once. @param {number} failures @param {Problem | null} problem */
function pauseAfter(failures, problem) {
  if (problem?.retryAfter) return problem.retryAfter * 1000;
  if (problem && problem.status >= 400 && problem.status < 500 && problem.status !== 401) return REFUSED_PAUSE_MS;
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));
  return longest * (0.5 + Math.random() / 2);
}

/** @param {string} last the id that was seen last @param {AbortSignal} signal @returns {Promise<Response>} one that goes on */
async function connect(last, signal) {
  for (const is_renewed of [false, true]) {
    /** @type {Record<string, string>} */
    const headers = { Accept: "text/event-stream", Authorization: `Bearer ${await accessToken()}` };
    if (last) headers["Last-Event-ID"] = last;
    const response = await fetch("/v1/live", { headers, signal, cache: "no-store" });
    if (response.ok) return response;
    if (response.status === 401 && !is_renewed && (await renew())) continue;
    const wait = Number(response.headers.get("Retry-After") ?? 0);
    const body = await response.json().catch(() => ({}));
    throw new Problem(response.status, body, wait || null);
  }
  throw new Problem(401, {});
}
