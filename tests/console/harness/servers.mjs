// What the pages are tried against: the API, a worker and the carrier simulator as processes of their own, on a fresh database and the broker that
// DATABASE_URL and AMQP_URL name. One set for all tests: each test has a firm of its own.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { startMailServer } from "./letters.mjs";

const binary = process.env.VESTIBULE_BINARY ?? fileURLToPath(new URL("../../../target/debug/vestibule", import.meta.url));

/** A port that nobody listens on. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Waits for a fact. */
export async function until(fact, what, patience = 60_000) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await fact().catch(() => null);
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${patience / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Starts a process of Vestibule; its log is shown if it ends by itself. */
export function start(args, env) {
  const child = spawn(binary, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  const keep = (text) => {
    log = (log + text).slice(-20_000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  child.log = () => log;
  child.ended = once(child, "exit");
  return child;
}

export async function stop(child, signal = "SIGTERM") {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await child.ended;
}

/** An API process at this port, ready. */
export async function startApi(port, env) {
  const own = { ...env, VESTIBULE_LISTEN: `127.0.0.1:${port}`, VESTIBULE_METRICS_LISTEN: `127.0.0.1:${await freePort()}` };
  const api = start(["api"], own);
  const ready = until(async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok, "the API is ready");
  const ended = api.ended.then(([code]) => {
    throw new Error(`the API ended (${code}) before it was ready\n${api.log()}`);
  });
  // Whichever comes second is no news.
  for (const later of [ready, ended]) later.catch(() => null);
  await Promise.race([ready, ended]);
  return api;
}

/** The environment that the processes share, as globalSetup left it. */
export const sharedEnvironment = () => JSON.parse(process.env.CONSOLE_TEST_ENVIRONMENT);

export default async function setUp() {
  const { DATABASE_URL: server, AMQP_URL: broker } = process.env;
  if (!server) throw new Error("scripts/test-services.sh run … gives these tests a database and a broker");
  const name = `console_${randomBytes(6).toString("hex")}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  await admin.query(`create database ${name}`);
  await admin.end();

  const [api, simulator, metrics] = [await freePort(), await freePort(), await freePort()];
  const simulatorUrl = `http://127.0.0.1:${simulator}`;
  const mail = await startMailServer();
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    DATABASE_URL: server.replace(/\/[^/]*$/, `/${name}`),
    // Without a broker work comes straight from the database.
    ...(broker ? { AMQP_URL: broker } : {}),
    VESTIBULE_MASTER_KEY: randomBytes(32).toString("base64"),
    VESTIBULE_PUBLIC_URL: `http://127.0.0.1:${api}`,
    VESTIBULE_VONAGE_URL: simulatorUrl,
    VESTIBULE_TWILIO_URL: simulatorUrl,
    VESTIBULE_SIPGATE_URL: simulatorUrl,
    VESTIBULE_SIMULATOR_URL: simulatorUrl,
    VESTIBULE_SMTP_URL: mail.url,
    VESTIBULE_MAIL_FROM: "Vestibule <door@oak.example>",
    VESTIBULE_LIMIT_ADDRESS: "off",
    VESTIBULE_LIMIT_SIGN_IN: "off",
    VESTIBULE_LIMIT_USER: "off",
    VESTIBULE_LIMIT_TENANT: "off",
    VESTIBULE_TRUSTED_PROXIES: "127.0.0.1",
    VESTIBULE_ALLOW_PRIVATE_WEBHOOKS: "true",
    VESTIBULE_ALLOW_PRIVATE_BACKENDS: "true",
    VESTIBULE_LOG_FORMAT: "json",
    VESTIBULE_LOG: process.env.VESTIBULE_LOG ?? "warn,vestibule=info",
  };
  const migrated = start(["migrate"], env);
  const [code] = await migrated.ended;
  if (code !== 0) throw new Error(`vestibule migrate\n${migrated.log()}`);
  // One after the other: a database that nobody used yet is made ready by the first.
  const processes = [await startApi(api, env)];
  processes.push(
    start(["simulator", "--listen", `127.0.0.1:${simulator}`], env),
    start(["worker"], { ...env, VESTIBULE_METRICS_LISTEN: `127.0.0.1:${metrics}` }),
  );
  await until(async () => (await fetch(`${simulatorUrl}/sim/clock`)).ok, "the simulator answers");
  process.env.CONSOLE_TEST_ENVIRONMENT = JSON.stringify(env);
  process.env.CONSOLE_TEST_API = `http://127.0.0.1:${api}`;
  process.env.CONSOLE_TEST_SIMULATOR = simulatorUrl;
  process.env.CONSOLE_TEST_LETTERS = mail.folder;
  return async () => {
    const failed = processes.flatMap((child) => child.log().split("\n").filter((line) => line.includes('"level":"ERROR"')));
    for (const line of failed) console.error(line);
    for (const child of processes.reverse()) await stop(child);
    await mail.stop();
  };
}
