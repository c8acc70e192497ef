// The people of a firm: how they come in, what they may, and how they leave.
import { Firm } from "./harness/firm.mjs";
import { linkFor } from "./harness/letters.mjs";
import { expect, expectAccessible, expectNoSidewaysScroll, test, watch } from "./harness/test.mjs";

const aName = (name) => `${name}-${Math.random().toString(36).slice(2, 8)}@oak.example`;
const PASSWORD = "battery staple horse";

/** Comes into the firm as somebody with this role, as the API lets a person. */
async function colleague(firm, name, role, buildings) {
  const email = aName(name.toLowerCase());
  await firm.post("/v1/invitations", { email, role, buildings });
  const token = (await linkFor(email, "/accept-invitation")).split("#")[1];
  await firm.post("/v1/invitations/accept", { token, name, password: PASSWORD });
  const other = new Firm(firm.api, email, PASSWORD);
  await other.signIn();
  return Object.assign(other, { id: (await other.get("/v1/me")).id });
}

/** What can be pressed on a page, beside going elsewhere, filtering and reading on. */
async function offered(page, path) {
  await page.goto(path);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.locator("main .loading")).toHaveCount(0);
  const names = await page.locator("main").locator("button:enabled, a.button").allTextContents();
  const changes = /\b(add|new|create|invite|save|delete|remove|change|edit|import|upload|connect|place|call|block|take back|erase|open the door|announce|mute|hang up)\b/i;
  return names.map((name) => name.trim()).filter((name) => changes.test(name));
}

test("a viewer who was invited comes in by the e-mail's link, and can not press what a viewer may not", async ({ signedIn: page, firm, browser }) => {
  const { building, line } = await firm.door();
  const email = aName("vera");
  await page.goto("/users");
  await page.getByRole("button", { name: "Invite someone" }).click();
  const invitation = page.getByRole("dialog");
  await invitation.getByLabel("E-mail").fill(email);
  await invitation.getByLabel("Role", { exact: true }).selectOption("Viewer");
  await expect(invitation).toContainText("Changes nothing, opens nothing.");
  await invitation.getByLabel("Only some").check();
  await invitation.getByRole("button", { name: "Invite", exact: true }).click();
  await expect(invitation).toContainText("Choose one building at least, or all.");
  await expectAccessible(page);
  await invitation.getByLabel("Oak House").check();
  await invitation.getByRole("button", { name: "Invite", exact: true }).click();
  await expect(page.getByRole("row", { name: email })).toContainText("Oak House");
  for (const path of ["/buildings", "/lines", "/users"]) await expect.poll(() => offered(page, path), `what an owner is offered on ${path}`).not.toEqual([]);

  const context = await browser.newContext({ baseURL: firm.api });
  const viewers = await context.newPage();
  const complaints = [];
  watch(viewers, complaints);
  await viewers.goto(await linkFor(email, "/accept-invitation"));
  await expect(viewers.getByRole("heading", { name: "Accept the invitation" })).toBeVisible();
  await expect(viewers).toHaveURL(/\/accept-invitation$/);
  await expectAccessible(viewers);
  await viewers.getByLabel("Your name").fill("Vera");
  await viewers.getByLabel("E-mail").fill(email);
  await viewers.getByLabel("Password").fill(PASSWORD);
  await viewers.getByRole("button", { name: "Accept" }).click();
  await expect(viewers.getByRole("link", { name: "Vera", exact: true })).toBeVisible();

  const places = ["/buildings", `/buildings/${building.id}`, "/residents", "/flows", "/lines", `/lines/${line.id}`, "/users", "/firm", "/live"];
  for (const path of places) expect.soft(await offered(viewers, path), `what a viewer is offered on ${path}`).toEqual([]);
  await viewers.goto("/users");
  await expect(viewers.getByRole("heading", { name: "Users are managed by administrators" })).toBeVisible();
  const vera = new Firm(firm.api, email, PASSWORD);
  await vera.signIn();
  await expect(vera.post(`/v1/buildings/${building.id}/units`, { name: "1", code: "1" })).rejects.toThrow("403");
  await expect(vera.post("/v1/invitations", { email: aName("eve"), role: "viewer" })).rejects.toThrow("403");
  expect(complaints).toEqual([]);
  await context.close();
});

test("an owner changes a colleague's role, removes them, and erases what the records say of them", async ({ signedIn: page, firm }) => {
  const ben = await colleague(firm, "Ben", "viewer");
  await page.goto("/users");
  await page.getByRole("link", { name: "Ben" }).click();
  await page.getByLabel("Role", { exact: true }).selectOption("Administrator");
  await expect(page.getByLabel("Only some")).toHaveCount(0);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Ben is changed.")).toBeVisible();
  await expectAccessible(page);
  expect((await ben.get("/v1/me")).role).toBe("admin");

  await page.getByRole("button", { name: "Remove Ben" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).click();
  await expect(page.getByRole("heading", { name: "This user is not here any more" })).toBeVisible();
  await expect(ben.get("/v1/me")).rejects.toThrow("401");
  await page.getByRole("button", { name: "Erase their data" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Erase their data" }).click();
  await expect(page.getByRole("heading", { name: "Their data is erased" })).toBeVisible();
  const receipt = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save the signed receipt" }).click();
  expect((await receipt).suggestedFilename()).toBe(`erasure-${ben.id}.jws`);
});

test("the last owner stays; an admin does not touch owners, and takes an invitation back on a phone in the dark", async ({ page, complaints, signedIn, firm }) => {
  void complaints;
  const me = (await firm.get("/v1/me")).id;
  await signedIn.goto(`/users/${me}`);
  await expect(page.getByRole("button", { name: "Remove Grace" })).toBeDisabled();
  await expect(page.getByLabel("Role", { exact: true })).toBeDisabled();
  await expect(page.getByText("Grace is the only owner, and a firm must have one.").first()).toBeVisible();

  const ada = await colleague(firm, "Ada", "admin");
  await firm.post("/v1/invitations", { email: aName("cleo"), role: "manager" });
  await page.request.post("/v1/sessions", { data: { email: ada.email, password: PASSWORD, refresh_in: "cookie" } });
  await page.evaluate(() => sessionStorage.clear());
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`/users/${me}`);
  await expect(page.getByText("only an owner changes owners")).toBeVisible();
  await expect(page.getByRole("button", { name: "Save" })).toHaveCount(0);
  await page.goto("/users");
  await page.getByRole("button", { name: /^Take back the invitation of cleo/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take back" }).click();
  await expect(page.getByText("No open invitations.")).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
});

test("an owner names the firm, and says where its own calls may go", async ({ signedIn: page, firm }) => {
  await page.goto("/firm");
  await page.getByLabel("Name", { exact: true }).fill("Oak & Sons");
  await page.getByRole("button", { name: "Save" }).first().click();
  await expect(page.locator(".who")).toContainText("Oak & Sons");

  await page.getByLabel("Numbers may begin with").fill("+44\n0049");
  await page.getByRole("button", { name: "Save" }).last().click();
  await expect(page.getByText("“0049” is none")).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel("Numbers may begin with").fill("+44\n+49");
  await page.getByLabel("Calls a day at most").fill("25");
  await page.getByRole("button", { name: "Save" }).last().click();
  await expect.poll(() => firm.get("/v1/outbound-calling")).toEqual({ prefixes: ["+44", "+49"], daily_max: 25 });
});
