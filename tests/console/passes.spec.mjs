// Passes: a PIN that is shown once, the card that goes with it, and its end.
import { expect, expectAccessible, expectNoSidewaysScroll, picture, test } from "./harness/test.mjs";

test("the cleaner gets a pass for her hours; its PIN is shown once, on a card that prints alone", async ({ signedIn: page, firm }) => {
  const { building } = await firm.door();
  await page.goto(`/buildings/${building.id}/passes`);
  await expect(page.getByRole("heading", { name: "No passes yet" })).toBeVisible();
  await expect(page.getByText("Nobody is asked for a PIN at these doors yet.")).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("button", { name: "New pass" }).first().click();
  const form = page.getByRole("dialog", { name: "New pass" });
  await form.getByLabel("What is it for?").fill("Cleaner");
  await form.getByLabel("Whose visitors?").selectOption("1204");
  await form.getByLabel("Valid until").fill("2031-11-20T12:00");
  await form.getByLabel("Number of visits").fill("10");
  await form.getByRole("radio", { name: "At these hours every week" }).check();
  for (const day of ["Monday", "Wednesday", "Friday"]) await form.getByRole("checkbox", { name: day }).uncheck();
  await form.getByLabel("From", { exact: true }).fill("09:00");
  await form.getByLabel("To", { exact: true }).fill("12:30");
  await expectAccessible(page);
  await form.getByRole("button", { name: "Make the pass" }).click();

  const card = page.getByRole("article", { name: "The card" });
  await expect(card).toContainText("Oak House");
  await expect(card).toContainText("Front door");
  await expect(card).toContainText("Tue, Thu 09:00–12:30");
  await expect(card).toContainText("20 Nov 2031, 12:00");
  const pin = (await card.locator("strong").innerText()).replace(/\s/g, "");
  expect(pin).toMatch(/^\d{6}$/);
  await expectAccessible(page);
  await picture(page, "pass");
  await page.emulateMedia({ media: "print" });
  await expect(card).toBeVisible();
  await expect(page.getByRole("navigation").first()).toBeHidden();
  await expect(page.getByRole("button", { name: "Print the card" })).toBeHidden();
  await page.emulateMedia({ media: "screen" });
  await page.getByRole("button", { name: "Done" }).click();

  await expect(page.getByRole("row", { name: /Cleaner/ })).toContainText("0 of 10 visits");
  await expect(page.getByText(pin)).toHaveCount(0);
  const { items } = await firm.get(`/v1/buildings/${building.id}/passes`);
  expect(items[0]).toMatchObject({ label: "Cleaner", valid_until: "2031-11-20T12:00:00Z", visits_allowed: 10 });
  expect(items[0].hours.weekly).toMatchObject([{ days: ["tuesday", "thursday"] }]);
});

test("a pass is changed, gets another PIN, and is revoked", async ({ signedIn: page, firm }) => {
  const { building } = await firm.door();
  const { pass, pin } = await firm.post(`/v1/buildings/${building.id}/passes`, { label: "Courier", valid_until: "2031-07-01T10:00:00Z" });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto(`/passes/${pass.id}`);
  // The clock on the wall in London is an hour ahead in summer.
  await expect(page.getByText("1 Jul 2031, 11:00")).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("button", { name: "Change" }).click();
  await page.getByLabel("What is it for?").fill("Parcels");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "Parcels", level: 1 })).toBeVisible();
  expect((await firm.get(`/v1/passes/${pass.id}`)).valid_until).toBe("2031-07-01T10:00:00Z");

  await page.getByRole("button", { name: "New PIN" }).click();
  await page.getByRole("button", { name: "Make a new PIN" }).click();
  const card = page.getByRole("article", { name: "The card" });
  await expect(card).toBeVisible();
  expect((await card.locator("strong").innerText()).replace(/\s/g, "")).not.toBe(pin);
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page).not.toHaveURL(new RegExp(pass.id));
  expect((await firm.get(`/v1/passes/${pass.id}`)).revoked_at).toBeTruthy();

  await page.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText("The pass is revoked.")).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`/buildings/${building.id}/passes?show=revoked`);
  await expect(page.getByRole("link", { name: "Parcels" })).toHaveCount(2);
  await expectNoSidewaysScroll(page);
});

test("a resident gets a PIN of their own", async ({ signedIn: page, firm }) => {
  const { building } = await firm.door();
  await page.goto(`/buildings/${building.id}/passes?new=yes`);
  await page.getByRole("radio", { name: /A resident/ }).check();
  await page.getByRole("button", { name: "Make the PIN" }).click();
  await expect(page.getByRole("combobox", { name: "Resident" })).toHaveAttribute("aria-invalid", "true");
  await page.getByRole("combobox", { name: "Resident" }).selectOption("1204 · Ada");
  await page.getByRole("button", { name: "Make the PIN" }).click();
  await page.getByRole("button", { name: "Done" }).click();

  await expect(page.getByRole("row", { name: /own PIN/ })).toContainText("Ada");
});
