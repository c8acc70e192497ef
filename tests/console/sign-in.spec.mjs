// Who one is: signing in with all that can stand in between, and one's own account.
import { appCode } from "./harness/app-code.mjs";
import { Firm } from "./harness/firm.mjs";
import { linkFor } from "./harness/letters.mjs";
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./harness/test.mjs";

async function signInWith(page, { email, password }) {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

const signedInAs = (page, name) => page.getByRole("link", { name, exact: true });

test("with a second factor the password is not enough: a code of the app is, and once the phone is lost, a recovery code", async ({ signedIn: page, firm }) => {
  await page.goto("/account");
  await page.getByRole("button", { name: "Set up" }).click();
  const factor = page.getByRole("region", { name: "Second factor" });
  await factor.getByLabel("Password").fill(firm.password);
  await factor.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByRole("img", { name: "QR code for the authenticator app" })).toBeVisible();
  await expectAccessible(page);
  const secret = await factor.getByRole("code").textContent();
  await page.getByLabel("Code from the app").fill(appCode(secret));
  await page.getByRole("button", { name: "Turn on" }).click();
  await expect(page.getByRole("heading", { name: "Your recovery codes" })).toBeVisible();
  const [recovery, ...others] = await factor.getByRole("listitem").allTextContents();
  expect(others).toHaveLength(9);
  await page.getByRole("button", { name: "I have kept them" }).click();
  await expect(factor).toContainText("10 recovery codes are left.");
  await page.getByRole("button", { name: "Sign out", exact: true }).click();

  await signInWith(page, firm);
  await expect(page.getByLabel("Code")).toBeFocused();
  await expectAccessible(page);
  await page.getByLabel("Code").fill("000000");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("This code is not good.");
  await page.getByLabel("Code").fill(appCode(secret, { next: true }));
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(signedInAs(page, "Grace")).toBeVisible();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();

  await signInWith(page, firm);
  await page.getByLabel("Code").fill(recovery);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(signedInAs(page, "Grace")).toBeVisible();
});

test("a wrong password says so; ten say how long to wait; and a link never leads to somebody else's site", async ({ page, complaints, firm }) => {
  void complaints;
  // As the terminal's link fills it.
  await page.goto(`/sign-in?to=//evil.example/#${new URLSearchParams({ email: firm.email, password: firm.password })}`);
  await expect(page.getByLabel("Password")).toHaveValue(firm.password);
  await expect(page).toHaveURL(/\/sign-in\?to=\/\/evil\.example\/$/);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(signedInAs(page, "Grace")).toBeVisible();
  expect(new URL(page.url()).origin).toBe(process.env.CONSOLE_TEST_API);
  await page.getByRole("button", { name: "Sign out", exact: true }).click();

  await page.emulateMedia({ colorScheme: "dark" });
  await signInWith(page, { ...firm, password: "wrong horse battery" });
  await expect(page.getByRole("alert")).toContainText("E-mail or password are wrong.");
  await expectAccessible(page);
  const wrong = { email: firm.email, password: "wrong horse battery" };
  await Promise.all(Array.from({ length: 9 }, () => page.request.post("/v1/sessions", { data: wrong })));
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText(/Too many attempts\. Try again in 1\d min, at \d\d:\d\d/);
});

test("whoever forgot the password follows the e-mail's link, on a phone and in German, and signs in with another one", async ({ page, complaints, firm }) => {
  void complaints;
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/sign-in");
  await page.getByRole("button", { name: "Deutsch" }).click();
  await page.getByRole("link", { name: "Passwort vergessen?" }).click();
  // The page before has a field of the same name.
  await expect(page.getByRole("heading", { name: "Passwort vergessen?" })).toBeVisible();
  await page.getByLabel("E-Mail").fill(firm.email);
  await page.getByRole("button", { name: "Link senden" }).click();
  await expect(page.getByRole("heading", { name: "Sehen Sie in Ihr Postfach" })).toBeVisible();
  await expectNoSidewaysScroll(page);

  await page.goto(await linkFor(firm.email, "/reset-password"));
  await expect(page).toHaveURL(/\/reset-password$/);
  await page.getByLabel("Neues Passwort").fill("zu kurz");
  await page.getByRole("button", { name: "Passwort ändern" }).click();
  await expect(page.getByLabel("Neues Passwort")).toBeFocused();
  await expect(page.getByText("Mindestens 10 Zeichen, höchstens 200.")).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await page.getByLabel("Neues Passwort").fill("battery staple horse");
  await page.getByRole("button", { name: "Passwort ändern" }).click();

  await expect(page.getByText("Ihr Passwort ist geändert")).toBeVisible();
  await page.getByLabel("E-Mail").fill(firm.email);
  await page.getByLabel("Passwort").fill("battery staple horse");
  await page.getByRole("button", { name: "Anmelden" }).click();
  await expect(page).toHaveURL(/\/(start|live)$/);
});

test("a firm signs up, sees where its owner is signed in, and ends that elsewhere", async ({ page, complaints }) => {
  void complaints;
  const email = `olga-${Date.now()}-${test.info().workerIndex}@elm.example`;
  await page.goto("/sign-up");
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByLabel("Firm")).toBeFocused();
  await page.getByLabel("Firm").fill("Elm Homes");
  await page.getByLabel("Your name").fill("Olga");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill("correct horse battery");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(signedInAs(page, "Olga")).toBeVisible();

  const elsewhere = new Firm(process.env.CONSOLE_TEST_API, email, "correct horse battery");
  await elsewhere.signIn();
  await page.goto("/account");
  const sessions = page.getByRole("region", { name: "Where you are signed in" }).getByRole("row");
  await expect(sessions.filter({ hasText: "Chrome on Linux" })).toContainText("This one");
  await sessions.getByRole("button", { name: /^Sign out/ }).click();
  await expect(page.getByText("Signed out there.")).toBeVisible();
  await expect(elsewhere.get("/v1/me")).rejects.toThrow("401");

  await elsewhere.signIn();
  await page.getByLabel("Current password").fill("wrong horse battery");
  await page.getByLabel("New password").fill("battery staple horse");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByRole("alert")).toContainText("password");
  await page.getByLabel("Current password").fill("correct horse battery");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Your password is changed.")).toBeVisible();
  await expect(elsewhere.get("/v1/me")).rejects.toThrow("401");
  await expect(page.getByRole("button", { name: /^Sign out (?!everywhere)/ })).toHaveCount(0);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
});
