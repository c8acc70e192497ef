// Statistics and spam: what is counted, compared and drawn; who is turned away, blocked and let go again.
import { readFile } from "node:fs/promises";
import { aMobile } from "./harness/firm.mjs";
import { pastRefusals, pastVisits } from "./harness/history.mjs";
import { expect, expectAccessible, expectNoSidewaysScroll, picture, test } from "./harness/test.mjs";

/** What a button saves, as text. */
async function saved(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
}

/** The counts follow the calls within a moment. */
const counted = (firm, what, n) => expect.poll(async () => (await firm.get("/v1/statistics/calls")).total[what]).toBe(n);

/** Somebody whom no one listed rings, and is turned away. */
async function strangerRings(door, from) {
  const before = (await door.firm.get(`/v1/calls?building=${door.building.id}`)).items.length;
  await door.rings({ from, staysFor: "5s" });
  await expect.poll(async () => (await door.firm.get(`/v1/calls?building=${door.building.id}`)).items.filter((call) => call.ended_at).length).toBe(before + 1);
}

test("a visit is counted when it is over; each number of a chart stands in its table as well", async ({ signedIn: page, firm }) => {
  await page.goto("/statistics");
  await expect(page.getByRole("heading", { name: "There is nothing to count yet" })).toBeVisible();
  const door = await firm.door();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Nobody rang in this period" })).toBeVisible();

  await door.wasOpened();
  await counted(firm, "calls", 1);
  await page.getByRole("button", { name: "Count again" }).click();

  await expect(page.locator(".tile").filter({ hasText: "Answer rate" })).toContainText("100%");
  const chart = page.locator("section").filter({ has: page.getByRole("heading", { name: "Visits and opened doors" }) });
  await expect(chart.getByRole("img")).toHaveAttribute("aria-label", /Visits: 1 in all.*Opened: 1 in all/);
  await chart.getByText("As a table").click();
  await expect(chart.getByRole("row").last()).toContainText("1");
  await expect(page.getByText(/^Busiest: \w+day, \d\d:00 to \d\d:00, 1 visits\.$/)).toBeVisible();
  await expect(page.getByRole("link", { name: "Oak House" })).toBeVisible();
  await expectAccessible(page);

  const file = await saved(page, page.getByRole("button", { name: "Export CSV" }).first());
  expect(file.name).toMatch(/^statistics-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv$/);
  expect(file.text).toContain("start,calls,answered");
  expect(file.text.trim().split("\r\n").at(-1)).toMatch(/^\d{4}-\d\d-\d\d,1,1,1,0,0,0,0,0,1,1,0,/);
});

test("a period is chosen, compared with the one before, and kept in the address; by day and by night, on a desk and on a phone", async ({ signedIn: page, firm }) => {
  const door = await firm.door({ building: "Oak House" });
  await pastVisits(door);
  await page.goto("/statistics");

  const visits = page.locator(".tile").filter({ hasText: "Visits" }).first();
  await expect(visits).toContainText("Period before:");
  await page.getByLabel("Period", { exact: true }).selectOption({ label: "Last 7 days" });
  await expect(page).toHaveURL(/period=week/);
  await page.getByLabel("Building", { exact: true }).selectOption({ label: "Oak House" });
  await page.getByLabel("Entrance", { exact: true }).selectOption({ label: "Front door" });
  await expect(page).toHaveURL(new RegExp(`building=${door.building.id}&entrance=${door.entrance.id}`));
  await page.reload();
  await expect(page.getByLabel("Entrance", { exact: true })).toHaveValue(door.entrance.id);
  const week = await firm.get(`/v1/statistics/calls?from=${encodeURIComponent(new Date(new Date().setHours(0, 0, 0, 0) - 6 * 86_400_000).toISOString())}`);
  await expect(visits.locator(".value")).toHaveText(String(week.total.calls));

  await page.goto("/statistics");
  await expect(page.getByRole("heading", { name: "Busiest hours" })).toBeVisible();
  await picture(page, "statistics");
  await page.emulateMedia({ colorScheme: "dark" });
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(page.getByRole("columnheader", { name: "Hour" })).toBeAttached();
  await expectNoSidewaysScroll(page);
});

test("the export of a long period has all of its days, also those that the page has no room for", async ({ signedIn: page, firm }) => {
  const rows = await pastRefusals(await firm.door(), 3, 150);
  await page.goto("/spam?period=year");
  await expect(page.getByText("The newest 200 rows.")).toBeVisible();

  const file = await saved(page, page.locator("section").filter({ has: page.getByRole("heading", { name: "Day by day" }) }).getByRole("button", { name: "Export CSV" }));

  const lines = file.text.trim().split("\r\n").slice(1);
  expect(lines.length).toBe(rows);
  expect(new Set(lines).size).toBe(rows);
});

test("who keeps ringing without being known is found, blocked right there, and let go again", async ({ signedIn: page, firm }) => {
  const door = await firm.door();
  const stranger = aMobile();
  await strangerRings(door, stranger);
  await strangerRings(door, stranger);
  await counted(firm, "rejected", 2);

  await page.goto("/spam");
  const row = page.getByRole("region", { name: "Most refused callers" }).getByRole("row").nth(1);
  await expect(row).toContainText("2 calls");
  await expect(row).toContainText("2 refused");
  await expect(row).toContainText("not blocked");
  await expectAccessible(page);
  const file = await saved(page, page.getByRole("button", { name: "Export CSV" }).first());
  expect(file.text).toContain(`'${stranger},`);

  await row.getByRole("button", { name: /^Block/ }).click();
  await page.getByLabel("Reason").fill("Rings at night");
  await page.getByRole("dialog").getByRole("button", { name: "Block" }).click();
  await expect(page.getByText("The number is blocked.")).toBeVisible();
  await expect(row).toContainText("blocked");
  await expect(row.getByRole("button", { name: /^Lift/ })).toBeVisible();
  await strangerRings(door, stranger);
  await counted(firm, "blocked", 1);
  await page.getByRole("button", { name: "Count again" }).click();
  await expect(page.locator(".tile").filter({ hasText: "Blocked" }).locator(".value")).toHaveText("1");

  await row.getByRole("button", { name: /^Lift/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Lift the block at Oak House" }).click();
  await expect(page.getByText("The block is lifted.")).toBeVisible();
  await expect(row).toContainText("not blocked");
  expect((await firm.get(`/v1/buildings/${door.building.id}/blocks?active=true`)).items).toEqual([]);

  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
});
