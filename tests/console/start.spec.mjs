// The first steps: an empty firm gets its first door, and opens it; and the simulated door by itself.
import { expect, expectAccessible, expectNoSidewaysScroll, picture, test } from "./harness/test.mjs";

test("an empty firm is led from a building to its first opened door", async ({ signedIn: page }) => {
  await page.goto("/");
  await expect(page).toHaveURL(/\/start$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("From an empty building to an open door");
  await expectAccessible(page);

  await page.getByLabel("Name", { exact: true }).fill("Oak House");
  await page.getByRole("button", { name: "Add the building" }).click();

  await expect(page.getByLabel("Number that the panel calls from")).toHaveValue(/^\+441632960/);
  await page.getByRole("button", { name: "Add the door" }).click();

  await page.getByRole("button", { name: "Add the unit" }).click();

  await expect(page.getByRole("button", { name: "Use the simulated carrier" })).toBeVisible();
  await picture(page, "first-steps");
  await page.getByRole("button", { name: "Use the simulated carrier" }).click();

  const bell = page.getByRole("button", { name: /^Ring 1204/ });
  await bell.click();
  const ada = page.getByRole("region", { name: "Ada" });
  await ada.getByRole("button", { name: "Answer" }).click();
  await ada.getByRole("button", { name: "1", exact: true }).click();
  await expect(ada.getByText("is connected")).toBeVisible();
  await expect(async () => {
    await ada.getByRole("button", { name: "9", exact: true }).click();
    await expect(page.getByText("The door is open", { exact: true })).toBeVisible({ timeout: 1500 });
  }).toPass();
  await expect(page.getByRole("link", { name: "Import residents" })).toBeVisible();
  await expectAccessible(page);

  await page.reload();
  await expect(page.getByText("Oak House", { exact: true })).toBeVisible();
});

test("a door is tried from the browser: a phone rings, declines, and the other opens", async ({ signedIn: page, firm }) => {
  const door = await firm.door();
  await page.goto(`/try-it?line=${door.line.id}`);

  await page.getByRole("button", { name: /^Ring 1204/ }).click();
  const [ada, ben] = ["Ada", "Ben"].map((name) => page.getByRole("region", { name }));
  await expect(ada.getByText("rings")).toBeVisible();
  await expect(ben.getByText("rings")).toBeVisible();
  await expectAccessible(page);
  await picture(page, "try-it");
  await ada.getByRole("button", { name: "Decline" }).click();
  await ben.getByRole("button", { name: "Answer" }).click();
  await expect(ben.getByText(/press 1/i)).toBeVisible();
  await ben.getByRole("button", { name: "9", exact: true }).click();

  await expect(page.getByText("The door is open: the panel heard 9.")).toBeVisible();
  const call = await door.call((call) => Boolean(call.opened_at));
  expect(call.legs.filter((leg) => leg.declined_at)).toHaveLength(1);
});

test("a stranger is not let in, at the size of a phone, in the dark", async ({ signedIn: page, firm }) => {
  const door = await firm.door();
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto("/try-it");

  await page.getByLabel("Who calls").selectOption({ label: "somebody who hides their number" });
  await page.getByRole("button", { name: /^Ring 1204/ }).click();

  await expect(page.getByText("The visit is over.")).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  const call = await door.call((call) => call.outcome === "rejected");
  expect(call.legs).toHaveLength(1);
});
