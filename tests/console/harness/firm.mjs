// A firm of a test's own, made through the API as a manager would make it: its people, a building with a door, phones that the test drives by hand.
import { generateKeyPairSync, randomBytes, randomInt } from "node:crypto";
import { until } from "./servers.mjs";

const word = (bytes = 5) => randomBytes(bytes).toString("hex");
const PASSWORD = "correct horse battery";

// One key for all: making them is slow, and none is a secret here.
const keys = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

/** Numbers that nobody has (Ofcom's, for drama); no two of a run are the same, as far as luck goes. */
let landline = randomInt(0, 400);
let mobile = randomInt(0, 400);
const lane = () => Number(process.env.TEST_PARALLEL_INDEX ?? 0) * 500;
export const aLandline = () => `+441632960${String((lane() + (landline = (landline + 1) % 500)) % 1000).padStart(3, "0")}`;
export const aMobile = () => `+447700900${String((lane() + (mobile = (mobile + 1) % 500)) % 1000).padStart(3, "0")}`;

async function told(response) {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${response.url}: ${text}`);
  return text ? JSON.parse(text) : null;
}

export class Firm {
  /** Signs up a new firm and its owner. */
  static async signUp(api = process.env.CONSOLE_TEST_API) {
    const email = `grace-${word()}@oak.example`;
    const body = JSON.stringify({ name: "Oak Property Management", owner_name: "Grace", email, password: PASSWORD });
    // Not everybody signs up from one address; a proxy that is trusted here says so.
    const headers = { "Content-Type": "application/json", "X-Forwarded-For": `203.0.113.${randomInt(1, 255)}` };
    await told(await fetch(`${api}/v1/tenants`, { method: "POST", headers, body }));
    const firm = new Firm(api, email, PASSWORD);
    await firm.signIn();
    return firm;
  }

  constructor(api, email, password) {
    Object.assign(this, { api, email, password });
  }

  async signIn() {
    const { access_token } = await this.call("POST", "/v1/sessions", { email: this.email, password: this.password });
    this.token = access_token;
  }

  /** Asks the API as this firm's owner. */
  async call(method, path, body, headers = {}) {
    const own = this.token ? { Authorization: `Bearer ${this.token}` } : {};
    return told(
      await fetch(this.api + path, {
        method,
        headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...own, ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
      }),
    );
  }

  get(path) {
    return this.call("GET", path);
  }

  post(path, body) {
    return this.call("POST", path, body);
  }

  /** A building with a front door, unit 1204, its residents, and a line at the simulated carrier that the panel calls. */
  async door({ residents = ["Ada", "Ben"], unit = "1204", entrance = "Front door", building = "Oak House" } = {}) {
    const house = await this.post("/v1/buildings", {
      name: building, address: "2 Oak Road, London", time_zone: "Europe/London", language: "en-GB", region: "GB",
    });
    const panel = aLandline();
    const door = await this.post(`/v1/buildings/${house.id}/entrances`, { name: entrance, panel_numbers: [panel], panel: { open_digits: "9" } });
    const home = await this.post(`/v1/buildings/${house.id}/units`, { name: unit, code: unit });
    const phones = {};
    for (const name of residents) {
      phones[name] = aMobile();
      await this.post(`/v1/units/${home.id}/residents`, { name, numbers: [phones[name]] });
    }
    const { connection, line, number } = await this.line(house.id, door.id);
    return new Door(this, { building: house, entrance: door, unit: home, phones, panel, connection, line, number });
  }

  /** A connection to the simulated carrier, and a line of it that leads to this entrance. */
  async line(building, entrance) {
    const [application, api_key, secret, number] = [`oak-${word()}`, word(4), word(16), aLandline()];
    const connection = await this.post("/v1/connections", {
      provider: "vonage",
      label: "Main account",
      credentials: { application_id: application, api_key, private_key: keys.privateKey, signature_secrets: [secret] },
    });
    const line = await this.post("/v1/lines", { connection_id: connection.id, building_id: building, entrance_id: entrance, number });
    const hooks = `${this.api}/hooks/vonage/${connection.token}`;
    await simulator("POST", "/sim/applications", {
      id: application, api_key, signature_secret: secret, public_key: keys.publicKey, numbers: [number],
      answer_url: `${hooks}/answer`, answer_method: "POST", event_url: `${hooks}/event`, fallback_answer_url: `${hooks}/fallback`, fallback_method: "POST",
    });
    return { connection, line, number };
  }
}

/** Asks the carrier simulator. */
export async function simulator(method, path, body) {
  return told(
    await fetch(process.env.CONSOLE_TEST_SIMULATOR + path, {
      method,
      headers: { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    }),
  );
}

export class Door {
  constructor(firm, parts) {
    Object.assign(this, parts, { firm });
  }

  /** A visitor presses the unit's button. The residents' phones ring until the test does something with them. */
  async rings({ staysFor = "120s", from = this.panel, phone = [] } = {}) {
    const manual = Object.entries(this.phones).map(([name, number]) => ({ number, name, does: "manual" }));
    const { id } = await simulator("POST", "/sim/calls", {
      title: "A visitor",
      call: { from, to: this.number, hang_up_after: staysFor },
      phone: [...manual.filter((one) => !phone.some((other) => other.number === one.number)), ...phone],
    });
    this.run = id;
    return id;
  }

  /** What a resident's phone does now: `answer`, `decline`, `hang_up`, or `press` with keys; once it rings. */
  async phone(name, act, keys) {
    const number = this.phones[name] ?? name;
    await until(() => simulator("POST", `/sim/phones/${encodeURIComponent(number)}/${act}`, keys ? { keys } : {}).then(() => true), `${name} can ${act}`);
  }

  async visitorLeaves() {
    await this.phone(this.panel, "hang_up");
  }

  /** The newest call, once this is true of it. */
  async call(fact = () => true) {
    return until(async () => {
      const { items } = await this.firm.get(`/v1/calls?limit=1&building=${this.building.id}`);
      return items[0] && fact(items[0]) ? this.firm.get(`/v1/calls/${items[0].id}`) : null;
    }, "the call is as expected");
  }

  /** A visit from the first ring to its end: Ada talks and opens. */
  async wasOpened() {
    const [resident] = Object.entries(this.phones);
    await this.rings({
      // Longer than the talk, however slow this machine is: the resident's hanging up ends it.
      staysFor: "60s",
      phone: [
        {
          number: resident[1], name: resident[0], does: "answer", after: "200ms", hang_up_after: "5s",
          keys: [{ press: "1", after: "100ms", since: "prompt" }, { press: "9", after: "200ms", since: "joined" }],
        },
      ],
    });
    return this.call((call) => call.ended_at !== null && call.ended_at !== undefined);
  }
}
