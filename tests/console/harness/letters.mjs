// The mailbox of everybody: takes each letter that is sent, and keeps it as a file, so that a test can read it and follow its link.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { SMTPServer } from "smtp-server";
import { until } from "./servers.mjs";

/** A mail server that delivers into a folder of its own. @returns what the others need to know of it, and its end */
export async function startMailServer() {
  const folder = mkdtempSync(join(tmpdir(), "vestibule-letters-"));
  let n = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    async onData(stream, session, done) {
      const chunks = [];
      for await (const chunk of stream) chunks.push(chunk);
      const whom = session.envelope.rcptTo.map(({ address }) => address).join(",");
      writeFileSync(join(folder, `${encodeURIComponent(whom)} ${String((n += 1)).padStart(4, "0")}`), Buffer.concat(chunks));
      done();
    },
  });
  server.on("error", (error) => console.error(`mail server: ${error.message}`));
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  return {
    folder,
    url: `smtp://127.0.0.1:${server.server.address().port}`,
    stop: async () => {
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}

/** The link in the newest letter to this address, once it came: its path with what stands behind the #. */
export async function linkFor(email, page) {
  const folder = process.env.CONSOLE_TEST_LETTERS;
  return until(async () => {
    const newest = readdirSync(folder).filter((name) => name.startsWith(`${encodeURIComponent(email)} `)).sort().at(-1);
    const text = newest && readFileSync(join(folder, newest), "utf8").replace(/=\r?\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
    return text?.match(new RegExp(`${page}#\\S+`))?.[0];
  }, `a letter to ${email} leads to ${page}`);
}
