// A building's allowlist and blocks: who may ring, who may not, and who said so.
import { aMobile } from "./harness/firm.mjs";
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./harness/test.mjs";

const readable = (number) => new RegExp(number.slice(-3));

test("a courier is put on the allowlist, gets another name, and is taken off again", async ({ signedIn: page, firm }) => {
  const { building } = await firm.door();
  const courier = aMobile();
  await page.goto(`/buildings/${building.id}/allowlist`);
  await expect(page.getByRole("heading", { name: "Nobody is on the allowlist" })).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("button", { name: "Add a number" }).click();
  await page.getByLabel("Number", { exact: true }).fill("12");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByLabel("Number", { exact: true })).toHaveAttribute("aria-invalid", "true");
  // As people in the building's country write it.
  await page.getByLabel("Number", { exact: true }).fill(`0${courier.slice(3, 7)} ${courier.slice(7)}`);
  await page.getByLabel("Whose it is").fill("Parcel courier");
  await page.getByRole("button", { name: "Save" }).click();
  const row = page.getByRole("row").filter({ hasText: readable(courier) });
  await expect(row).toContainText("Parcel courier");

  await row.getByRole("button", { name: /^Edit/ }).click();
  await page.getByLabel("Whose it is").fill("Evening courier");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(row).toContainText("Evening courier");
  expect((await firm.get(`/v1/buildings/${building.id}/allowlist-entries`)).items).toMatchObject([{ number: courier, label: "Evening courier" }]);

  await page.getByRole("button", { name: "Add many" }).click();
  await page.getByLabel("One number a line").fill(`${aMobile()}, Caretaker\n${aMobile()}`);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("row")).toHaveCount(4);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);

  await row.getByRole("button", { name: /^Remove/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(row).toHaveCount(0);
});

test("numbers are blocked for a while with a reason; the list says by whom, and what is over", async ({ signedIn: page, firm }) => {
  const { building } = await firm.door();
  await page.goto(`/buildings/${building.id}/blocks`);
  await expect(page.getByRole("heading", { name: "Nobody is blocked here" })).toBeVisible();

  await page.getByRole("button", { name: "Block a number" }).click();
  await page.getByLabel("What is blocked").selectOption({ label: "All numbers that begin alike" });
  await page.getByLabel("Beginning").fill("+44 1632 96");
  await page.getByLabel(/^Reason/).fill("Sales calls");
  await page.getByLabel("Until", { exact: true }).selectOption({ label: "in 24 hours" });
  await page.getByRole("dialog").getByRole("button", { name: "Block" }).click();

  const row = page.getByRole("row").filter({ hasText: "all that begin with +44163296" });
  await expect(row).toContainText("Sales calls");
  await expect(row).toContainText("by Grace");
  await expect(row).toContainText("holds");
  await expect(row).toContainText("in 2");
  await page.getByLabel("Find a number").fill("01632 960 500");
  await page.getByRole("button", { name: "Find" }).click();
  await expect(page).toHaveURL(/number=%2B441632960500/);
  await expect(row).toBeVisible();
  await page.emulateMedia({ colorScheme: "dark" });
  await expectAccessible(page);

  await row.getByRole("button", { name: /^Lift/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Lift" }).click();
  await expect(page.getByRole("heading", { name: "No block holds for this number" })).toBeVisible();
  await page.getByLabel("Show").selectOption({ label: "All, past ones too" });
  await expect(row).toContainText("lifted");
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
});

test("whoever may only look is offered nothing that changes a list", async ({ signedIn: page, firm }) => {
  const { building } = await firm.door();
  await firm.post(`/v1/buildings/${building.id}/blocks`, { number: aMobile(), reason: "Rings at night" });
  await firm.post(`/v1/buildings/${building.id}/allowlist-entries`, { number: aMobile(), label: "Caretaker" });
  await page.route("**/v1/me", async (route) => {
    const me = await (await route.fetch()).json();
    await route.fulfill({ json: { ...me, role: "viewer" } });
  });

  for (const [list, entry] of [["blocks", "Rings at night"], ["allowlist", "Caretaker"]]) {
    await page.goto(`/buildings/${building.id}/${list}`);
    await expect(page.getByRole("row").filter({ hasText: entry })).toBeVisible();
    await expect(page.locator("main").getByRole("button", { name: /^(Add|Edit|Remove|Block|Lift)/ })).toHaveCount(0);
  }
});
