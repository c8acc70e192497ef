// Every page there is, with something on it: nothing on it is out of anybody's reach, by light and in the dark, and nothing sticks out on a phone.
import { pure } from "./harness/pure.mjs";
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./harness/test.mjs";

const SCREENS = [
  { name: "on a laptop, by light", size: { width: 1280, height: 800 }, colorScheme: "light" },
  { name: "on a phone, in the dark", size: { width: 390, height: 844 }, colorScheme: "dark" },
];

/** A firm with one of everything; the ids of the pages that have one. */
async function furnished(firm) {
  const door = await firm.door();
  const { id: call } = await door.wasOpened();
  const building = door.building.id;
  const { id: flow } = await firm.post("/v1/flows", { name: "Together", flow: { groups: [{ members: "all_residents" }] } });
  const { id: schedule } = await firm.post("/v1/schedules", { name: "Office hours", hours: { weekly: [{ days: ["monday"], from: "08:00", to: "18:00" }] } });
  const made = await firm.post(`/v1/buildings/${building}/passes`, { label: "Cleaner", valid_until: "2031-11-20T12:00:00Z" });
  await firm.post(`/v1/buildings/${building}/blocks`, { number: "+447700900666", kind: "number", reason: "Rings at night" });
  await firm.post(`/v1/buildings/${building}/allowlist-entries`, { number: "+447700900300", label: "Parcel courier" });
  await firm.post("/v1/api-keys", { name: "Move-in sync", role: "manager", scopes: ["read", "directory"] });
  const webhook = await firm.post("/v1/webhooks", { url: "https://hooks.example.com/vestibule", events: ["door.opened"] });
  const residents = await firm.get(`/v1/units/${door.unit.id}/residents`);
  const users = await firm.get("/v1/users");
  return {
    "/calls/:id": call,
    "/buildings/:id": building,
    "/buildings/:id/import": building,
    "/buildings/:id/passes": building,
    "/buildings/:id/allowlist": building,
    "/buildings/:id/blocks": building,
    "/entrances/:id": door.entrance.id,
    "/units/:id": door.unit.id,
    "/residents/:id": residents.items[0].id,
    "/passes/:id": (made.pass ?? made).id,
    "/flows/:id": flow,
    "/schedules/:id": schedule,
    "/lines/:id": door.line.id,
    "/connections/:id": door.connection.id,
    "/users/:id": users.items[0].id,
    "/webhooks/:id": (webhook.webhook ?? webhook).id,
  };
}

for (const { name, size, colorScheme } of SCREENS) {
  test(`every page can be used by everybody, ${name}`, async ({ signedIn: page, firm }) => {
    test.setTimeout(240_000);
    const { routes } = await pure("app/routes.js");
    const ids = await furnished(firm);
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme });
    for (const { path } of routes.filter(({ path }) => path !== "")) {
      await test.step(path, async () => {
        if (path.includes(":id")) expect(ids[path], `what stands at ${path}`).toBeTruthy();
        await page.goto(path.replace(":id", ids[path]));
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
        await expect(page.locator(".loading")).toHaveCount(0);
        await expectAccessible(page);
        await expectNoSidewaysScroll(page);
      });
    }
  });
}

const REFUSALS = [
  { name: "is not there", colorScheme: "light", problem: { type: "/problems/not-found", title: "Not found", status: 404 } },
  { name: "can not be read", colorScheme: "dark", problem: { type: "/problems/unavailable", title: "Unavailable", status: 503 } },
];

for (const { name, colorScheme, problem } of REFUSALS) {
  test(`a page whose one thing ${name} says so under a title, to everybody`, async ({ signedIn: page }) => {
    test.setTimeout(240_000);
    const { routes } = await pure("app/routes.js");
    await page.emulateMedia({ colorScheme });
    await page.route(/\/v1\/[^?]*00000000-0000-0000-0000-000000000000/, (route) =>
      route.fulfill({ status: problem.status, contentType: "application/problem+json", body: JSON.stringify(problem) }),
    );
    for (const { path } of routes.filter(({ path }) => path.includes(":id"))) {
      await test.step(path, async () => {
        await page.goto(path.replace(":id", "00000000-0000-0000-0000-000000000000"));
        await expect(page.locator(".loading")).toHaveCount(0);
        // Of a person who is not there any more, the records tell.
        if (problem.status !== 404 || path !== "/users/:id") await expect(page.getByRole("alert")).toBeVisible();
        await expect(page).toHaveTitle(`${await page.getByRole("heading", { level: 1 }).textContent()} · Vestibule`);
        await expectAccessible(page);
      });
    }
  });
}

test("who is signed in already sees nothing of the sign-in page", async ({ signedIn: page }) => {
  await page.addInitScript(() => {
    globalThis.seen = [];
    new MutationObserver(() => {
      const title = document.querySelector("h1")?.textContent;
      if (title && globalThis.seen.at(-1) !== title) globalThis.seen.push(title);
    }).observe(document, { childList: true, subtree: true, characterData: true });
  });

  await page.goto("/sign-in");

  await expect(page).toHaveURL(/\/start$/);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  expect(await page.evaluate(() => globalThis.seen)).not.toContain("Sign in");
  expect(await page.evaluate(() => globalThis.seen.length)).toBeGreaterThan(0);
});
