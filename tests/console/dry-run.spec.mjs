// The dry run: what would happen if somebody called, by today's settings.
import { pure } from "./harness/pure.mjs";
import { expect, expectAccessible, expectNoSidewaysScroll, picture, test } from "./harness/test.mjs";

test("a call is tried: who would ring, when the door would open, and by which rule", async ({ signedIn: page, firm }) => {
  const door = await firm.door();
  await page.goto(`/dry-run?line=${door.line.id}&from=${encodeURIComponent(door.panel)}&at=2026-11-20T23:10:00Z`);

  await expect(page.getByLabel("When")).toHaveValue("2026-11-20T23:10");
  await page.getByRole("group", { name: "Ada" }).getByLabel("Ada …").selectOption("picks up");
  await page.getByRole("group", { name: "Ada" }).getByLabel("after (s)").fill("8");
  await page.getByRole("button", { name: "Try the call" }).click();

  await expect(page.locator(".verdict")).toContainText("The door would open after 0:11, on the word of Ada.");
  await expect(page.getByText("Nothing was said of Ben")).toBeVisible();
  await expect(page.getByRole("img", { name: /^Who rang, talked and opened/ })).toBeVisible();
  await expect(page.locator(".steps")).toContainText("The first to accept talks to the visitor.");
  await expect(page.locator(".steps")).toContainText("Calling unit 1204.");
  await expect(page).toHaveURL(/at=2026-11-20T23%3A10/);
  await expectAccessible(page);
  await picture(page, "dry-run");

  await page.getByLabel("The number is withheld").check();
  await page.getByRole("button", { name: "Try the call" }).click();
  await expect(page.getByRole("heading", { name: "Not let through" })).toBeVisible();
  await expect(page.locator(".verdict")).toContainText("the number is withheld");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
});

test("what is wrong in a dry run is said where it was typed", async ({ signedIn: page, firm }) => {
  await firm.door();
  await page.goto("/dry-run");

  await page.getByLabel("Caller’s number").fill("12");
  await page.getByRole("button", { name: "Try the call" }).click();
  await expect(page.getByLabel("Caller’s number")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("Caller’s number")).toBeFocused();
});

test("without a line, the dry run leads to the first one", async ({ signedIn: page }) => {
  await page.goto("/dry-run");

  await expect(page.getByRole("heading", { name: "There is no line to call yet" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Set up the first door" })).toHaveAttribute("href", "/start");
});

test("a clock on the wall means one moment, also where clocks change", async () => {
  const { momentOf, onTheWall } = await pure("pages/dry-run/zone.js");
  expect(momentOf("2026-11-21T23:10", "Europe/London")).toBe("2026-11-21T23:10:00.000Z");
  expect(momentOf("2026-07-01T12:00", "Europe/Berlin")).toBe("2026-07-01T10:00:00.000Z");
  // Shown twice: the first of the two.
  expect(momentOf("2026-10-25T02:30", "Europe/Berlin")).toBe("2026-10-25T00:30:00.000Z");
  expect(momentOf("2026-03-29T02:30", "Europe/Berlin")).not.toBeNull();
  expect(momentOf("", "Europe/Berlin")).toBeNull();
  expect(onTheWall(Date.parse("2026-11-21T18:45:00Z"), "America/New_York")).toBe("2026-11-21T13:45");
});
