// A stream of running calls that a test writes by itself, in place of the server's `/v1/live`: for what no carrier does on demand.
import { once } from "node:events";
import { createServer } from "node:http";
import { randomUUID } from "node:crypto";

/** A stream that the test writes itself, in place of the server's. */
export async function ownStream(page) {
  const open = new Set();
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.headers["last-event-id"] ?? null);
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write(": hello\n\n");
    open.add(response);
    response.on("close", () => open.delete(response));
    if (stream.first && asked.at(-1) === null) response.write(stream.first);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  let position = 100;
  const message = (event, data) => `event: ${event}\nid: ${(position += 1)}\ndata: ${JSON.stringify(data)}\n\n`;
  const stream = {
    first: "",
    /** `Last-Event-ID` of each connection. */
    asked,
    last: () => String(position),
    starts(calls) {
      stream.first = message("snapshot", calls);
    },
    tells(...changes) {
      const text = changes.map((change) => message("change", change)).join("");
      for (const response of open) response.write(text);
    },
    breaks() {
      for (const response of open) response.destroy();
    },
    async closes() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  await page.route("**/v1/live", (route) => route.continue({ url: `http://127.0.0.1:${server.address().port}/` }));
  return stream;
}

/** Someone in a running call, as the stream tells it. */
export const leg = (name, state, more = {}) => ({
  leg_id: randomUUID(), role: "resident", resident_id: randomUUID(), name, state, in_room: state === "talking", joined_at: state === "talking" ? new Date().toISOString() : null,
  left_at: null, left_because: null, muted: false, on_hold: false, speaking: false, mute_requested: null, hold_requested: null, ...more,
});
export const visitor = (more = {}) => leg("Visitor", "answered", { role: "visitor", resident_id: null, ...more });
/** A running call in which Ada's and Ben's phones ring. */
export const call = (places, more = {}) => ({
  id: randomUUID(), kind: "visit", direction: "inbound", users: [], answered_by: null, ...places, stage: "ringing", rang_at: new Date(Date.now() - 42_000).toISOString(),
  participants: [visitor(), leg("Ada", "ringing"), leg("Ben", "ringing")], streams: [], ...more,
});
/** Something that happened in a call, and the call as it is then. */
export const change = (type, of, more = {}) => ({
  position: 1, call_id: of.id, building_id: of.building_id, entrance_id: of.entrance_id, unit_id: of.unit_id, type, at: new Date().toISOString(), leg_id: null, role: null,
  resident_id: null, name: null, actor: null, sequence: null, direction: null, outcome: null, cause: null, wanted: null, call: of, ...more,
});
