// The main flow through the generated client, against a running server: from sign-up to the opened door, and why it opened.
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import * as vestibule from '../src/index.js';

const api = process.env.API ?? 'http://127.0.0.1:8080';
const simulator = process.env.SIMULATOR ?? 'http://127.0.0.1:8090';
const account = { email: `ada-${randomBytes(4).toString('hex')}@pine.example`, password: 'correct horse battery' };
const numbers = { panel: '+441632960031', line: '+441632960130', ada: '+447700900131' };

// Asks for an exception where the API refuses, so that each answer below is the one that was hoped for.
const anonymous = vestibule.createClient(vestibule.createConfig({ baseUrl: api, throwOnError: true }));

async function signedIn() {
  const body = { ...account, name: 'Pine Property Management', owner_name: 'Grace' };
  await vestibule.createTenant({ client: anonymous, throwOnError: true, body });
  const { data } = await vestibule.createSession({ client: anonymous, throwOnError: true, body: account });
  return vestibule.createClient(vestibule.createConfig({ baseUrl: api, throwOnError: true, auth: data.access_token }));
}

async function post(path: string, body: unknown) {
  const answer = await fetch(`${simulator}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

test('a building is made, its door rings, a resident opens, and the call tells why', async () => {
  const client = await signedIn();
  const options = { client, throwOnError: true } as const;

  const { data: building } = await vestibule.createBuilding({
    ...options,
    body: { name: 'Pine House', time_zone: 'Europe/London', language: 'en-GB', region: 'GB' },
  });
  const { data: entrance } = await vestibule.createEntrance({
    ...options,
    path: { building: building.id },
    body: { name: 'Front door', panel_numbers: [numbers.panel], panel: { open_digits: '9' } },
  });
  const { data: unit } = await vestibule.createUnit({
    ...options,
    path: { building: building.id },
    body: { name: '7', code: '7' },
  });
  await vestibule.createResident({
    ...options,
    path: { unit: unit.id },
    body: { name: 'Ada', numbers: [numbers.ada] },
  });

  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const application = { application_id: `pine-${randomBytes(4).toString('hex')}`, api_key: randomBytes(4).toString('hex') };
  const secret = randomBytes(16).toString('hex');
  const { data: connection } = await vestibule.createConnection({
    ...options,
    body: {
      provider: 'vonage',
      label: 'Main account',
      credentials: { ...application, private_key: privateKey, signature_secrets: [secret] },
    },
  });
  await vestibule.createLine({
    ...options,
    body: { connection_id: connection.id, building_id: building.id, entrance_id: entrance.id, number: numbers.line },
  });

  const hooks = `${api}/hooks/vonage/${connection.token}`;
  await post('/sim/applications', {
    id: application.application_id,
    api_key: application.api_key,
    signature_secret: secret,
    public_key: publicKey,
    numbers: [numbers.line],
    answer_url: `${hooks}/answer`,
    answer_method: 'POST',
    event_url: `${hooks}/event`,
    fallback_answer_url: `${hooks}/fallback`,
    fallback_method: 'POST',
  });
  await post('/sim/calls', {
    title: 'A visitor at Pine House',
    call: { from: numbers.panel, to: numbers.line, hang_up_after: '12s' },
    phone: [
      { number: numbers.ada, name: 'Ada', does: 'answer', after: '500ms', hang_up_after: '8s', keys: [{ press: '9', after: '300ms', since: 'prompt' }] },
    ],
  });

  const id = await overCall(options);
  const { data: call } = await vestibule.readCall({ ...options, path: { id } });
  const { data: events } = await vestibule.listCallEvents({ ...options, path: { id } });
  const { data: steps } = await vestibule.explainCall({ ...options, path: { id } });

  assert.equal(call.outcome, 'opened');
  const recorded = Array.isArray(events) ? events : (events as { items: { type: string }[] }).items;
  const explained = Array.isArray(steps) ? steps : (steps as { items: { event: string; sentence: string }[] }).items;
  assert.ok(recorded.some((event) => event.type === 'DoorOpened'));
  assert.ok(explained.some((step) => step.event === 'DoorOpened' && step.sentence.length > 0));
});

test('a refusal is a problem with a name, and says which field', async () => {
  const client = await signedInAgain();

  const { error, response } = await vestibule.createBuilding({
    client,
    body: { name: '', time_zone: 'Europe/Atlantis', language: 'en', region: 'GB' },
  });

  assert.equal(response?.status, 422);
  assert.equal(error?.type, '/problems/invalid');
  assert.deepEqual((error?.fields ?? []).map((field) => field.field), ['name', 'time_zone']);
});

async function signedInAgain() {
  const { data } = await vestibule.createSession({ client: anonymous, throwOnError: true, body: account });
  return vestibule.createClient(vestibule.createConfig({ baseUrl: api, auth: data.access_token }));
}

/** The id of the only call, once it is over. */
async function overCall(options: { client: ReturnType<typeof vestibule.createClient>; throwOnError: true }) {
  for (let tries = 0; tries < 300; tries += 1) {
    const { data } = await vestibule.listCalls({ ...options, query: { limit: 1 } });
    if (data.items[0]?.ended_at) return data.items[0].id;
    await pause(200);
  }
  throw new Error('the call does not end');
}
