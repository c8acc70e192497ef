// The calls: the list with its filters, and one call told: drawn, replayed, explained.
import { readFile } from "node:fs/promises";
import { pure } from "./harness/pure.mjs";
import { expect, expectAccessible, expectNoSidewaysScroll, picture, test } from "./harness/test.mjs";

test("a call tells who rang, who accepted and when the door opened, and can be replayed", async ({ signedIn: page, firm }) => {
  const door = await firm.door();
  const call = await door.wasOpened();
  await page.goto(`/calls/${call.id}`);

  await expect(page.getByRole("heading", { level: 1, name: "Call at Front door" })).toBeVisible();
  await expect(page.locator(".intro")).toContainText("Door opened");
  await expect(page.getByRole("img", { name: /^Who rang, talked and opened/ })).toBeVisible();
  await page.getByText("The drawing as a table").click();
  const moments = page.locator(".moments");
  await expect(moments.getByRole("row", { name: /Ben rings/ })).toBeVisible();
  await expect(moments.getByRole("row", { name: /Ada accepted/ })).toBeVisible();
  await expect(moments.getByRole("row", { name: /The door Door opened/ })).toBeVisible();

  const replay = page.getByRole("region", { name: "Replay" });
  const slider = replay.getByRole("slider", { name: "Moment of the call" });
  await slider.focus();
  await page.keyboard.press("End");
  await expect(replay).toContainText("Over: Door opened");
  await expect(slider).toHaveAttribute("aria-valuetext", /The call is over: the door was opened/);
  const step = page.locator('.steps [aria-current="step"]');
  // Back from the end, one event after the other, to the moment that decided it.
  while (!(await step.textContent())?.includes("Ada accepted")) {
    const before = await slider.getAttribute("aria-valuetext");
    await replay.getByRole("button", { name: "Previous event" }).click();
    await expect(slider).not.toHaveAttribute("aria-valuetext", String(before));
  }
  await expect(step).toContainText("The first to accept talks to the visitor.");
  await expect(replay).toContainText("Ada talks");
  await expect(replay).toContainText("not opened");
  await expectAccessible(page);
  await picture(page, "call");

  await replay.getByRole("button", { name: "4×" }).click();
  await replay.getByRole("button", { name: "Play" }).click();
  await expect(replay).toContainText("Over: Door opened");
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
});

test("calls are found by filters in the address, and taken away as a file", async ({ signedIn: page, firm }) => {
  const door = await firm.door({ building: "=Oak House" });
  await door.rings({ from: "+441632960999", staysFor: "10s" });
  const refused = await door.call((call) => call.outcome === "rejected");
  await page.goto("/calls");
  await expect(page.getByRole("row", { name: /Not let through/ })).toBeVisible();
  await expectAccessible(page);

  await page.getByLabel("Outcome").selectOption("Door opened");
  await expect(page).toHaveURL(/outcome=opened/);
  await expect(page.getByRole("heading", { name: "No call fits these filters" })).toBeVisible();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect(page).toHaveURL(/\/calls$/);
  await page.getByLabel("Caller").fill("+44 1632 960999");
  await expect(page).toHaveURL(/caller=/);
  await expect(page.getByRole("row", { name: /nobody listed the number/ })).toBeVisible();

  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export as CSV" }).click()]);
  const file = await readFile(await download.path(), "utf8");
  expect(file).toContain("'=Oak House");
  expect(file).toContain("'+441632960999");
  expect(file).toContain(refused.id);

  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByText("More filters").click();
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
});

test("a caller is blocked from their call, by whoever may", async ({ signedIn: page, firm }) => {
  const door = await firm.door();
  await door.rings({ from: "+441632960998", staysFor: "10s" });
  const call = await door.call((call) => call.outcome === "rejected");
  await page.goto(`/calls/${call.id}`);

  await page.getByRole("button", { name: "Block this caller" }).click();
  await page.getByLabel("Reason").fill("Rings at night");
  await page.getByRole("dialog").getByRole("button", { name: "Block this caller" }).click();
  await expect(page.getByText("The caller is blocked")).toBeVisible();
  const { items } = await firm.get(`/v1/buildings/${door.building.id}/blocks`);
  expect(items.map((block) => block.number)).toEqual(["+441632960998"]);

  await page.route("**/v1/me", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), role: "viewer" } });
  });
  await page.route(`**/v1/calls/${call.id}`, (route) =>
    route.fulfill({ json: { ...call, details: "hidden", legs: [], unit_id: null, caller: "+44••••••••98", room: null } }),
  );
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto(`/calls/${call.id}`);
  await expect(page.getByText("Whom this visit was for is hidden")).toBeVisible();
  await expect(page.getByRole("button", { name: "Block this caller" })).toBeDisabled();
  await expectAccessible(page);
});

test.describe("in German", () => {
  test.use({ locale: "de-DE" });

  test("a call is told in the reader's language, rules as well", async ({ signedIn: page, firm }) => {
    const door = await firm.door({ residents: [] });
    await door.rings({ staysFor: "20s" });
    const call = await door.call((call) => call.ended_at);
    await page.goto(`/calls/${call.id}`);

    await expect(page.getByRole("heading", { level: 1, name: "Anruf: Front door" })).toBeVisible();
    await expect(page.locator(".steps")).toContainText("Es ruft die Türstation dieses Eingangs an.");
    await expect(page.locator(".steps")).toContainText("Der Anruf ist vorbei: Niemand kam.");
  });
});

test("every rule of a call is said in German and French", async () => {
  const { rules } = await pure("pages/calls/rules.js");
  const source = await readFile(new URL("../../src/domain/call/explain.rs", import.meta.url), "utf8");
  const declared = source.slice(source.indexOf("\nrules! {")).matchAll(/^ {4}([A-Z]\w+): "/gm);
  const names = [...declared].map(([, name]) => name.replace(/(?!^)[A-Z]/g, "_$&").toLowerCase());

  expect(names.length).toBeGreaterThan(90);
  expect(Object.keys(rules).sort()).toEqual(names.sort());
  expect(Object.values(rules).filter(([german, french]) => !german?.endsWith(".") || !french?.endsWith("."))).toEqual([]);
});

test("the state of a call at any moment is a fold of its events, late news included", async () => {
  const { asItHappened, stateAt } = await pure("pages/calls/state.js");
  const happened = [
    ["00", "CallRang", { leg: "door" }],
    ["00", "LegAnswered", { leg: "door" }],
    ["01", "UnitChosen", { unit: "1204" }],
    ["01", "DialRequested", { leg: "ada", target: { who: "resident", id: "a" } }],
    ["02", "LegRinging", { leg: "ada" }],
    ["05", "LegAnswered", { leg: "ada" }],
    ["06", "CallAccepted", { leg: "ada" }],
    ["07", "LegJoined", { leg: "ada", sequence: 1 }],
    ["09", "LegUnmuted", { leg: "ada", sequence: 3 }],
    // The carrier tells it late: its count says that it was before.
    ["10", "LegMuted", { leg: "ada", sequence: 2 }],
    ["11", "DoorOpened", { opening: 1 }],
    ["12", "LegEnded", { leg: "ada", end: { cause: "hung_up" } }],
    ["12", "LegRinging", { leg: "ada" }],
    ["13", "CallEnded", { outcome: "opened", cause: "resident_hung_up" }],
  ];
  const events = happened.map(([second, type, data], n) => ({ version: n + 1, position: n, type, data, recorded_at: `2026-11-21T12:00:${second}Z` }));
  const at = (second) => stateAt(events, Date.parse(`2026-11-21T12:00:${second}Z`));

  expect(asItHappened(events).map(({ event }) => event.type).slice(7, 10)).toEqual(["LegJoined", "LegMuted", "LegUnmuted"]);
  expect(at("03")).toMatchObject({ stage: "ringing", door: "shut", unit: "1204" });
  expect(at("03").legs.get("ada")).toMatchObject({ phase: "ringing", resident: "a" });
  expect(at("08").legs.get("ada")).toMatchObject({ phase: "talking", inRoom: true, muted: false });
  expect(at("10").legs.get("ada")).toMatchObject({ phase: "talking", muted: false });
  expect(at("11").door).toBe("opened");
  expect(at("13").legs.get("ada")).toMatchObject({ phase: "ended", cause: "hung_up", inRoom: false });
  expect([at("11"), at("12")].map(({ legs }) => legs.get("door")?.phase)).toEqual(["talking", "answered"]);
  expect(at("13")).toMatchObject({ stage: "over", outcome: "opened" });
});
