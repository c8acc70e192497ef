// Lines and the carriers' accounts that they are at: connected, checked, and tried without a carrier.
import { aLandline, simulator } from "./harness/firm.mjs";
import { linkFor } from "./harness/letters.mjs";
import { expect, expectAccessible, expectNoSidewaysScroll, picture, signIn, test } from "./harness/test.mjs";
import { until } from "./harness/servers.mjs";

/** A second of silence: 8000 samples a second, 16 bits, one channel. */
function wav() {
  const samples = Buffer.alloc(16_000);
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(16_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

test("a simulated carrier is connected, gets a line, and its call is taken", async ({ signedIn: page, firm }) => {
  const house = await firm.post("/v1/buildings", { name: "Elm House", address: "3 Elm Road, London", time_zone: "Europe/London", language: "en-GB", region: "GB" });
  const panel = aLandline();
  await firm.post(`/v1/buildings/${house.id}/entrances`, { name: "Front door", panel_numbers: [panel], panel: {} });
  await page.goto("/lines");
  await expect(page.getByRole("heading", { name: "No lines yet" })).toBeVisible();

  await page.getByRole("link", { name: "Connect a carrier" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New connection" });
  await expect(dialog.getByRole("radio", { name: /Simulated carrier/ })).toBeChecked();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Add the simulated carrier" }).click();
  await expect(page.getByRole("heading", { name: "Simulated carrier", level: 1 })).toBeVisible();
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await expect(page.getByText("The carrier lets us in.")).toBeVisible();

  await page.getByRole("link", { name: "Add a line" }).click();
  const form = page.getByRole("dialog", { name: "New line" });
  await expect(form.getByLabel("Connection")).toHaveValue(/./);
  await form.getByRole("button", { name: "Add the line" }).click();
  await expect(form.getByLabel("Number")).toHaveAttribute("aria-invalid", "true");
  const number = aLandline();
  await form.getByLabel("Number").fill(number);
  await form.getByRole("button", { name: "Add the line" }).click();

  await expect(page.getByText("Nobody lives behind it yet. Add units and residents.")).toBeVisible();
  await expect(page.getByText("A visitor who calls now reaches nobody.")).toBeVisible();
  await simulator("POST", "/sim/calls", { title: "A visitor", call: { from: panel, to: number, hang_up_after: "5s" } });
  await until(async () => (await firm.get(`/v1/calls?building=${house.id}`)).items.length === 1, "the call is taken");
});

test("a line says where it leads, what a call would meet, and whether news comes", async ({ signedIn: page, firm }) => {
  const door = await firm.door();
  await door.wasOpened();
  await page.goto("/lines");
  const row = page.getByRole("row", { name: /Oak House/ });
  await expect(row).toContainText("Front door");
  await expect(row).toContainText("Main account (Vonage)");
  await expect(row).toContainText(/Last news (now|.* ago)/);
  await expectAccessible(page);
  await row.getByRole("link").first().click();

  await expect(page.getByText("A visitor who calls now reaches someone.")).toBeVisible();
  await expect(page.getByText("Strangers are answered before they are refused")).toBeVisible();
  await expect(page.getByText("The last one about this line came at")).toBeVisible();
  await expect(page.getByRole("link", { name: "Dry run" })).toHaveAttribute("href", `/dry-run?line=${door.line.id}`);
  await expect(page.getByText("Please enter your PIN").or(page.getByText("Calling unit 1204.")).first()).toBeVisible();
  await expectAccessible(page);
  await picture(page, "line");
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);

  await page.getByRole("button", { name: "Change" }).click();
  await page.getByLabel("Where does it lead?").selectOption("To a unit: its residents are rung");
  await page.getByRole("combobox", { name: "Unit" }).selectOption("1204");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("link", { name: "unit 1204" })).toBeVisible();
  expect(await firm.get(`/v1/lines/${door.line.id}`)).toMatchObject({ unit_id: door.unit.id });
});

test("a sipgate account is connected, and the page says what to enter there", async ({ signedIn: page, firm }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto("/connections?new=yes");
  await page.getByRole("radio", { name: /sipgate/ }).check();
  await page.getByLabel("Name").fill("Office");
  await page.getByLabel("Account number").fill("w0");
  await page.getByLabel("Token ID").fill("token-AB12CD");
  await page.getByRole("textbox", { name: "Token", exact: true }).fill("a-personal-access-token");
  await page.getByRole("button", { name: "Add the connection" }).click();
  await expect(page.getByLabel("Account number")).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("Account number").fill("7654321");
  await page.getByRole("button", { name: "Add the connection" }).click();

  await expect(page.getByRole("heading", { name: "Office", level: 1 })).toBeVisible();
  const connection = (await firm.get("/v1/connections")).items.find((one) => one.label === "Office");
  await expect(page.getByText(`/hooks/sipgate/${connection.token}`)).toBeVisible();
  await expect(page.getByText("Carriers can not reach this server")).toBeVisible();
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
});

test("a line without a voice tells what it loses, and says a sentence in one's own", async ({ signedIn: page, firm }) => {
  const { building, entrance } = await firm.door();
  const credentials = { account_number: "7654321", token_id: "token-AB12CD", token: "a-personal-access-token" };
  const connection = await firm.post("/v1/connections", { provider: "sipgate", label: "Office", credentials });
  const line = await firm.post("/v1/lines", { connection_id: connection.id, building_id: building.id, entrance_id: entrance.id, number: aLandline() });
  await page.goto(`/lines/${line.id}`);
  await expect(page.getByText("This carrier has no conferences")).toBeVisible();
  const sentence = page.getByRole("row", { name: /Please come in\.|Goodbye\./ }).first();
  const [choosing] = await Promise.all([page.waitForEvent("filechooser"), sentence.getByRole("button", { name: /Upload a recording of/ }).click()]);
  await choosing.setFiles({ name: "come-in.wav", mimeType: "audio/wav", buffer: wav() });
  await expect(page.getByText("The recording is there")).toBeVisible();
  await expect(sentence).toContainText("recorded");
  await sentence.getByRole("button", { name: /Listen/ }).click();
  await expect.poll(() => sentence.locator("audio").evaluate((audio) => Math.round(audio.duration))).toBe(1);
  await expectAccessible(page);
});

test("a viewer sees lines and may change nothing about them", async ({ page, firm, complaints }) => {
  void complaints;
  const { line } = await firm.door();
  const email = `vera-${crypto.randomUUID()}@oak.example`;
  await firm.post("/v1/invitations", { email, role: "viewer" });
  const token = (await linkFor(email, "/accept-invitation")).split("#")[1];
  await firm.post("/v1/invitations/accept", { token, name: "Vera", password: firm.password });
  await signIn(page, { email, password: firm.password });
  await page.goto(`/lines/${line.id}`);

  await expect(page.getByText("A visitor who calls now reaches someone.")).toBeVisible();
  await expect(page.getByRole("button", { name: /Change|Remove|Upload/ })).toHaveCount(0);
  await page.goto("/connections");
  await expect(page.getByText("Only managers see connections.")).toBeVisible();
  await expectAccessible(page);
});
