// Forwards each call's audio to two backends, as a Node.js service would: JSON in, base64 off, bytes out.
//
//   node forward.js PORT BACKEND-URL BACKEND-URL
import { WebSocket, WebSocketServer } from "ws";

const [port, ...backends] = process.argv.slice(2);
// What waits for a slow backend, at most: five seconds of audio, as on the other side of the comparison.
const WAITING_MAX = 256 * 170;
const PING_EVERY_MS = 3_333;

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(port),
  perMessageDeflate: false,
  maxPayload: 64 * 1024,
  backlog: 4096,
});

server.on("connection", (carrier) => {
  let sockets = [];
  carrier.on("message", (data, isBinary) => {
    if (isBinary) return carrier.close(1003);
    const message = JSON.parse(data);
    if (message.event === "media") {
      const audio = Buffer.from(message.media.payload, "base64");
      for (const socket of sockets) {
        if (socket.readyState === WebSocket.OPEN && socket.bufferedAmount < WAITING_MAX) socket.send(audio);
      }
    } else if (message.event === "start") {
      sockets = backends.map((url) => reach(url, message.start));
    } else if (message.event === "stop") {
      carrier.close(1000);
    }
  });
  carrier.on("close", () => sockets.forEach((socket) => socket.close(1000)));
  carrier.on("error", () => carrier.terminate());
});

function reach(url, start) {
  const socket = new WebSocket(url, "vestibule.media.v1", { perMessageDeflate: false, maxPayload: 64 * 1024 });
  socket.on("open", () => {
    socket.send(JSON.stringify({ event: "start", protocol: "vestibule.media.v1", call: start.callSid }));
    const pings = setInterval(() => socket.ping(), PING_EVERY_MS);
    socket.on("close", () => clearInterval(pings));
  });
  socket.on("error", () => socket.terminate());
  return socket;
}

server.on("listening", () => console.log("ready"));
