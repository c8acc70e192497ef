// The frame around the pages: who is let in, what is fetched, how it looks on a phone.
import { expect, expectAccessible, test } from "./harness/test.mjs";

test("whoever is not signed in is asked to, and comes back to where they wanted to go", async ({ page, firm }) => {
  await page.goto("/calls?outcome=opened");

  await expect(page).toHaveURL(/\/sign-in\?to=%2Fcalls%3Foutcome%3Dopened$/);
  await page.getByLabel("E-mail").fill(firm.email);
  await page.getByLabel("Password").fill(firm.password);
  await page.getByRole("button", { name: "Sign in" }).click();

  await expect(page).toHaveURL(/\/calls\?outcome=opened$/);
});

test("a page that does not exist says so, and leads back", async ({ signedIn: page }) => {
  await page.goto("/calls/1/2/3");

  await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
  await expectAccessible(page);
});
