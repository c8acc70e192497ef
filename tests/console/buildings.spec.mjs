// The directory: buildings, their doors and units, and who lives there.
import { aLandline, aMobile, Firm } from "./harness/firm.mjs";
import { linkFor } from "./harness/letters.mjs";
import { expect, expectAccessible, expectNoSidewaysScroll, picture, signIn, test } from "./harness/test.mjs";

const saved = (page) => expect(page.getByRole("status").getByText("Saved.").last()).toBeVisible();

/** As people write it: `01632 960123` for +441632960123. */
const national = (number) => number.replace(/^\+44(\d{4})/, "0$1 ");

test("a new building is led, step by step, to its first ring", async ({ signedIn: page, firm }) => {
  const [panel, mobile] = [aLandline(), aMobile()];
  await page.goto("/buildings");
  await expect(page.getByRole("heading", { name: "No building yet" })).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("button", { name: "Add a building" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Add a building" }).click();
  await expect(page.getByLabel("Name", { exact: true })).toBeFocused();
  await page.getByLabel("Name", { exact: true }).fill("Maple House");
  await page.getByLabel("Address").fill("1 Maple Road, London");
  await expectAccessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Add a building" }).click();

  await expect(page.getByRole("heading", { name: "5 steps before a visitor can ring" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Add an entrance" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Front door");
  await page.getByLabel("Panel’s numbers").fill(national(panel));
  await page.getByRole("dialog").getByRole("button", { name: "Add an entrance" }).click();
  await expect(page.getByRole("heading", { name: "Front door", level: 1 })).toBeVisible();
  await page.getByRole("link", { name: "← Maple House" }).click();

  await page.getByRole("link", { name: "Add units" }).click();
  await page.getByLabel("Which units").fill("101–103, Office");
  await expect(page.getByText("4 units: 101, 102, 103, Office")).toBeVisible();
  await page.getByRole("button", { name: "Add 4 units" }).click();
  await page.getByRole("link", { name: "Add a resident" }).click();
  await page.getByRole("dialog").getByLabel("Name", { exact: true }).fill("Ada");
  await page.getByRole("dialog").getByLabel("Numbers").fill(national(mobile));
  await page.getByRole("dialog").getByRole("button", { name: "Add a resident" }).click();
  await expect(page.getByRole("row", { name: /Ada/ }).getByText("Rings")).toBeVisible();

  await page.getByRole("link", { name: "← Maple House" }).click();
  await expect(page.getByRole("heading", { name: "One step before a visitor can ring" })).toBeVisible();
  const [house] = (await firm.get("/v1/buildings")).items;
  expect((await firm.get(`/v1/buildings/${house.id}/entrances`)).items[0].panel_numbers).toEqual([panel]);
  expect((await firm.get(`/v1/buildings/${house.id}/units`)).items.map(({ name, code }) => [name, code ?? null])).toEqual([
    ["101", "101"], ["102", "102"], ["103", "103"], ["Office", null],
  ]);
  expect((await firm.get("/v1/residents")).items[0].numbers).toEqual([mobile]);
});

test("what two people change at the same time is lost for neither", async ({ signedIn: page, firm }) => {
  const { building } = await firm.door();
  await page.goto(`/buildings/${building.id}?show=settings`);
  const about = page.getByRole("region", { name: "About the building" });
  await expect(about.getByLabel("Name")).toHaveValue("Oak House");
  await expectAccessible(page);

  await about.getByLabel("Name").fill("Oak Court");
  await firm.call("PATCH", `/v1/buildings/${building.id}`, { name: "Oak Gardens", address: "4 Oak Road, London" });
  await about.getByRole("button", { name: "Save" }).click();
  await expect(about.getByRole("alert")).toContainText("Name (now “Oak Gardens”)");
  await expect(about.getByLabel("Name")).toHaveValue("Oak Court");
  await expect(about.getByLabel("Address")).toHaveValue("4 Oak Road, London");
  await about.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "Oak Court", level: 1 })).toBeVisible();
  await expect(about.getByRole("alert")).toBeHidden();

  // Another form of the same page knows only the first version; its own fields are as they were.
  const callers = page.getByRole("region", { name: "Who may ring" });
  await callers.getByRole("group", { name: "Callers that nobody listed" }).getByLabel("may key in a PIN").check();
  await callers.getByLabel("Block at").fill("0");
  await callers.getByRole("button", { name: "Save" }).click();
  await expect(callers.getByLabel("Block at")).toBeFocused();
  await callers.getByLabel("Block at").fill("5");
  await callers.getByRole("button", { name: "Save" }).click();
  await expect.poll(async () => firm.get(`/v1/buildings/${building.id}`)).toMatchObject({
    name: "Oak Court", address: "4 Oak Road, London", strangers: "pin", withheld: "reject", wrong_pins_max: 5,
  });

  const rings = page.getByRole("region", { name: "How units ring" });
  await rings.getByLabel("By a flow of its own").check();
  await rings.getByRole("button", { name: "Save" }).click();
  await expect.poll(async () => (await firm.get(`/v1/buildings/${building.id}`)).flow?.groups).toEqual([{ members: "all_residents" }]);
  await rings.getByLabel("All residents together").check();
  await rings.getByRole("button", { name: "Save" }).click();
  await expect.poll(async () => (await firm.get(`/v1/buildings/${building.id}`)).flow ?? null).toBeNull();
});

test("a door’s panel is told how to open, and what can not work is said before", async ({ signedIn: page, firm }) => {
  const { entrance, line } = await firm.door();
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`/entrances/${entrance.id}`);

  await page.getByLabel("Digits that open").fill("5#");
  await page.getByLabel("Accept", { exact: true }).fill("9");
  await expect(page.getByText("9 has two meanings: take another key.").first()).toBeVisible();
  await page.getByLabel("Open", { exact: true }).fill("6");
  await page.getByLabel("Longest talk (s)").fill("60");
  await expect(page.getByText("two meanings")).toBeHidden();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await page.getByRole("button", { name: "Save" }).click();

  await saved(page);
  expect((await firm.get(`/v1/entrances/${entrance.id}`)).panel).toEqual({ open_digits: "5#", accept_key: "9", open_key: "6", talk_max_seconds: 60 });
  await expect(page.getByRole("region", { name: "Lines to this door" }).getByRole("link").first()).toHaveAttribute("href", `/lines/${line.id}`);
  await page.getByRole("button", { name: "Remove the entrance" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove the entrance" }).click();
  await expect(page.getByRole("dialog").getByRole("alert")).toContainText("A line needs it");
});

test("a resident is found, not disturbed, given a PIN, and in the end erased", async ({ signedIn: page, firm }) => {
  const { building, unit, phones } = await firm.door();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto("/residents");
  await page.getByLabel("Name or number").fill(phones.Ben);
  await expect(page.getByRole("row")).toHaveCount(2);
  await expect(page.getByRole("link", { name: unit.name })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Ben" }).click();
  await expect(page.getByLabel("Numbers")).toHaveValue(phones.Ben);
  await expectAccessible(page);

  const reach = page.getByRole("region", { name: "When they are rung" });
  await reach.getByRole("button", { name: "1 hour" }).click();
  await reach.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(/^Not before /)).toBeVisible();
  await page.getByLabel("Moves in on").fill("2099-01-31");
  await page.getByRole("region", { name: "The person" }).getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Moves in 31 Jan 2099")).toBeVisible();

  await page.getByRole("button", { name: "Give a PIN" }).click();
  const pin = await page.getByRole("dialog").locator("code").textContent();
  expect(pin).toMatch(/^\d{6,}$/);
  await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
  await expect(page.getByText(/^Has a PIN since /)).toBeVisible();
  await expect(page.getByText(pin)).toBeHidden();

  const handed = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export" }).click();
  expect((await handed).suggestedFilename()).toMatch(/^resident-.*\.json$/);
  await page.getByRole("button", { name: "Erase for ever" }).click();
  const sure = page.getByRole("dialog").getByRole("button", { name: "Erase for ever" });
  await expect(sure).toBeDisabled();
  await page.getByLabel("Type “Ben” to go on").fill("Ben");
  await sure.click();
  await expect(page.getByRole("heading", { name: "The person is erased" })).toBeVisible();
  await page.getByRole("button", { name: "To the unit" }).click();
  await expect(page.getByRole("link", { name: "Ada" })).toBeVisible();
  expect((await firm.get(`/v1/residents?building=${building.id}`)).items.map(({ name }) => name)).toEqual(["Ada"]);
});

test("residents ring in the order that their unit’s page shows, by its own flow or a shared one", async ({ signedIn: page, firm }) => {
  const { building, unit } = await firm.door();
  const flow = await firm.post("/v1/flows", { name: "Family first", flow: { groups: [{ members: "all_residents" }] } });
  await page.goto(`/buildings/${building.id}`);
  await expect(page.getByText("Everything is there: a visitor can ring.")).toBeVisible();
  await picture(page, "building");
  await page.getByRole("link", { name: unit.name }).click();

  await page.getByRole("button", { name: "Move Ben up" }).click();
  await expect(page.getByRole("region", { name: "Residents" }).first().getByRole("rowheader")).toHaveText(["Ben", "Ada"]);
  await expect.poll(async () => (await firm.get(`/v1/units/${unit.id}/residents`)).items.map(({ name, order }) => `${order} ${name}`).sort()).toEqual(["0 Ben", "1 Ada"]);

  await page.getByLabel("By a flow of its own").check();
  await expectAccessible(page);
  await page.getByLabel("By a shared flow").check();
  await page.getByLabel("Shared flow", { exact: true }).selectOption("Family first");
  await page.getByRole("region", { name: "How it rings" }).getByRole("button", { name: "Save" }).click();
  await saved(page);
  expect((await firm.get(`/v1/units/${unit.id}`)).flow_id).toBe(flow.id);
});

test("who looks after one building sees that one alone; who only looks is offered no change, and no whole number", async ({ page, firm, complaints }) => {
  void complaints;
  const { building, entrance, unit, phones } = await firm.door();
  const beech = { name: "Beech House", time_zone: "Europe/London", language: "en-GB", region: "GB" };
  await firm.post("/v1/buildings", beech);
  const manager = await invited(firm, "manager", [building.id]);
  const viewer = await invited(firm, "viewer", [building.id]);
  const [resident] = (await firm.get(`/v1/residents?number=${encodeURIComponent(phones.Ada)}`)).items;

  await signIn(page, manager);
  await page.goto("/buildings");
  await expect(page.getByRole("rowheader")).toHaveText(["Oak House"]);
  await expect(page.getByRole("button", { name: "Add a building" })).toBeHidden();
  await page.goto(`/buildings/${building.id}?show=settings`);
  await expect(page.getByRole("region", { name: "About the building" }).getByRole("button", { name: "Save" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Remove the building" })).toBeHidden();

  await page.context().clearCookies();
  await page.evaluate(() => sessionStorage.clear());
  await signIn(page, viewer);
  const seen = { [`/buildings/${building.id}?show=settings`]: "Oak House", [`/entrances/${entrance.id}`]: "Front door", [`/units/${unit.id}`]: "1204", [`/residents/${resident.id}`]: "Ada" };
  for (const [path, heading] of Object.entries(seen)) {
    await page.goto(path);
    await expect(page.getByRole("heading", { name: heading, level: 1 })).toBeVisible();
    await expect(page.getByRole("status").getByText("Loading …")).toHaveCount(0);
    await expect(page.locator("main").getByRole("button"), path).toHaveCount(0);
    await expectAccessible(page);
  }
  await expect(page.getByText("Your role sees numbers only in part.")).toBeVisible();
  await expect(page.getByText(/^\+44•+\d\d$/)).toBeVisible();
  await expect(page.locator("main")).not.toContainText(phones.Ada.slice(-6));
});

/** A colleague who came in by their letter. */
async function invited(firm, role, buildings) {
  const email = `${role}-${crypto.randomUUID()}@oak.example`;
  await firm.post("/v1/invitations", { email, role, buildings });
  const token = (await linkFor(email, "/accept-invitation")).split("#")[1];
  await firm.post("/v1/invitations/accept", { token, name: role, password: firm.password });
  return new Firm(firm.api, email, firm.password);
}
