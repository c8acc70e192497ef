// Webhooks and API keys: made, shown once, tried, replaced, revoked.
import { createServer } from "node:http";
import { once } from "node:events";
import { expect, expectAccessible, expectNoSidewaysScroll, test as base } from "./harness/test.mjs";

const test = base.extend({
  /** A program of the firm's that is told things: what came, and what it answers. */
  program: async ({}, use) => {
    const program = { status: 200, answer: "thank you", came: [] };
    const server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      program.came.push({ headers: request.headers, body });
      response.writeHead(program.status).end(program.answer);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    program.url = `http://127.0.0.1:${server.address().port}/told`;
    await use(program);
    server.close();
  },
});

test("a webhook is added, its secret is shown once, and a test is signed as the page says", async ({ signedIn: page, firm, program }) => {
  await page.goto("/webhooks");
  await expect(page.getByRole("heading", { name: "No webhooks yet" })).toBeVisible();
  await page.getByRole("button", { name: "Add a webhook" }).click();
  await page.getByLabel("URL").fill("ftp://nowhere.example");
  await page.getByRole("dialog").getByRole("button", { name: "Add a webhook" }).click();
  await expect(page.getByLabel("URL")).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("URL").fill(program.url);
  await page.getByLabel("Description").fill("Parcel desk");
  await page.getByLabel("What it is told").selectOption("chosen");
  await page.getByLabel("The door was opened").check();
  await expectAccessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Add a webhook" }).click();

  const shown = page.getByRole("dialog", { name: "The webhook was added" });
  const secret = await shown.locator(".copyable code").innerText();
  await shown.getByText("How to verify a message").click();
  const code = await shown.locator("pre").innerText();
  await shown.getByRole("link", { name: "To the webhook" }).click();
  await page.getByRole("button", { name: "Send a test" }).click();

  const delivery = page.getByRole("dialog", { name: "A test" });
  await expect(delivery.getByText("delivered")).toBeVisible();
  await expect(delivery.getByText("thank you")).toBeVisible();
  await expect(delivery.getByRole("region", { name: "Request" })).toContainText('"type": "ping"');
  const { isOurs } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const [{ headers, body }] = program.came;
  expect(isOurs(headers, body, secret)).toBe(true);
  expect(isOurs(headers, `${body} `, secret)).toBe(false);
  await delivery.getByRole("button", { name: "Replay this one" }).click();
  await expect.poll(() => program.came.length).toBe(2);
  await expect(delivery.getByText("A new delivery of the same message:")).toBeVisible();
  await expectAccessible(page);
  const { items } = await firm.get("/v1/webhooks");
  expect(items).toMatchObject([{ description: "Parcel desk", events: ["door.opened"], personal: false, building_id: null }]);
});

test("what failed stands in the log with its answer; a webhook is switched off and gets another secret", async ({ signedIn: page, firm, program }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  Object.assign(program, { status: 500, answer: "no room left" });
  const { id } = await firm.post("/v1/webhooks", { url: program.url });
  await page.goto(`/webhooks/${id}`);
  await page.getByRole("button", { name: "Send a test" }).click();
  const delivery = page.getByRole("dialog", { name: "A test" });
  await expect(delivery.getByText("failed", { exact: true })).toBeVisible();
  await expect(delivery.getByText("no room left")).toBeVisible();
  await page.keyboard.press("Escape");

  await page.getByLabel("State").selectOption("delivered");
  await expect(page.getByRole("heading", { name: "Nothing fits these filters" })).toBeVisible();
  await expect(page).toHaveURL(/state=delivered/);
  await page.getByLabel("State").selectOption("failed");
  await expect(page.getByRole("row", { name: /A test.*failed/ })).toBeVisible();
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);

  await page.getByRole("button", { name: "Replace secret" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Replace secret" }).click();
  await expect(page.getByRole("dialog", { name: "The new secret" }).getByText(/^whsec_/)).toBeVisible();
  await page.getByRole("button", { name: "I have copied it" }).click();
  await expect(page.getByText("Former secret signs until")).toBeVisible();
  await page.getByRole("button", { name: "Switch off" }).click();
  await expect(page.getByRole("button", { name: "Switch on" })).toBeVisible();
  await page.getByLabel("Description").fill("Night desk");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Night desk" })).toBeVisible();
  expect(await firm.get(`/v1/webhooks/${id}`)).toMatchObject({ enabled: false, description: "Night desk" });
});

test("a door's events are told again for a time that is chosen", async ({ signedIn: page, firm, program }) => {
  const door = await firm.door();
  await door.wasOpened();
  const { id } = await firm.post("/v1/webhooks", { url: program.url, events: ["call.rang"] });
  await page.goto(`/webhooks/${id}`);
  await page.getByRole("button", { name: "Replay a time" }).click();
  await page.getByRole("button", { name: "Replay", exact: true }).click();

  await expect(page.getByText("1 message is told again.")).toBeVisible();
  await expect(page.getByRole("row", { name: /A visitor called.*delivered/ })).toBeVisible();
  expect(JSON.parse(program.came[0].body)).toMatchObject({ type: "call.rang", data: { building_id: door.building.id } });
});

test("an API key is made, works, is replaced with an overlap, renamed and revoked", async ({ signedIn: page, firm }) => {
  const answers = (key) => fetch(`${firm.api}/v1/buildings`, { headers: { Authorization: `Bearer ${key}` } }).then(({ status }) => status);
  await page.goto("/api-keys");
  await page.getByRole("button", { name: "Make an API key" }).click();
  await page.getByLabel("Name").fill("Move-in sync");
  await page.getByLabel("Role").selectOption("manager");
  await page.getByLabel("write the directory").check();
  await page.getByLabel("Valid").selectOption("90");
  await expectAccessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Make an API key" }).click();
  const shown = page.getByRole("dialog", { name: "The key “Move-in sync”" }).locator(".copyable code");
  const first = await shown.innerText();
  await page.getByRole("button", { name: "I have copied it" }).click();
  expect(await answers(first)).toBe(200);

  await page.getByRole("button", { name: "Replace secret: Move-in sync" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Replace secret" }).click();
  const second = await shown.innerText();
  await page.getByRole("button", { name: "I have copied it" }).click();
  await expect(page.getByText("old and new secret work")).toBeVisible();
  expect([await answers(first), await answers(second)]).toEqual([200, 200]);

  await page.getByRole("button", { name: "Rename: Move-in sync" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Tenancy sync");
  await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
  const row = page.getByRole("row", { name: /Tenancy sync.*read, write the directory/ });
  await expect(row).toBeVisible();
  await expectAccessible(page);

  await row.getByRole("button", { name: "Revoke: Tenancy sync" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByRole("heading", { name: "No API keys yet" })).toBeVisible();
  expect([await answers(first), await answers(second)]).toEqual([401, 401]);
});
