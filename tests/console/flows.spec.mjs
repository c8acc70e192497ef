// Flows: groups in order, moved by hand and by keys, said in words; and what a viewer sees of them.
import { expect, expectAccessible, expectNoSidewaysScroll, picture, test } from "./harness/test.mjs";

const first = { members: "all_residents", ring_seconds: 25 };
const second = { members: "concierge", ring_seconds: 40, accept: "none" };

test("whoever has no flow yet is told what one is for, makes one, and finds it in the list", async ({ signedIn: page, firm }) => {
  await page.goto("/flows");
  await expect(page.getByRole("heading", { name: "No shared flows yet" })).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("link", { name: "Add a flow" }).click();
  await page.getByLabel("Name").fill("Family, then concierge");
  await page.getByRole("button", { name: "Add a group" }).click();
  const concierge = page.getByRole("listitem", { name: "Group 2" });
  await concierge.getByLabel("Ring for (seconds)").fill("4");
  await expect(concierge.getByText("From 5 to 120 seconds.")).toBeVisible();
  await page.getByRole("button", { name: "Add flow" }).click();
  await expect(concierge.getByLabel("Ring for (seconds)")).toBeFocused();
  await concierge.getByLabel("Ring for (seconds)").fill("40");
  await concierge.getByLabel("What counts as accepting").selectOption("none");
  await expect(concierge.getByText("Rings the concierge for 40 s; picking up accepts, even voicemail.")).toBeVisible();
  await page.getByRole("button", { name: "Add flow" }).click();

  await expect(page.getByText("The flow was added.")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "← Flows" }).click();
  await expect(page.getByRole("row", { name: /Family, then concierge.*Rings everyone of the unit together for 25 s/ })).toBeVisible();
  const { items } = await firm.get("/v1/flows");
  expect(items[0].flow.groups).toMatchObject([{ members: "all_residents" }, { members: "concierge", ring_seconds: 40, accept: "none" }]);
});

test("groups change places by keys, by buttons and by dragging, and it is said where they are", async ({ signedIn: page, firm }) => {
  const shared = await firm.post("/v1/schedules", { name: "Concierge’s shift", hours: { weekly: [{ days: ["monday"], from: "08:00", to: "18:00" }] } });
  const third = { members: "concierge", ring_seconds: 15, hours: { schedule_id: shared.id } };
  const flow = await firm.post("/v1/flows", { name: "In order", flow: { groups: [first, second, third], on_none: { say: { text: "Please come back." } } } });
  const orders = () => page.locator(".flow-said").allInnerTexts().then((texts) => texts.map((text) => Number(/(\d+) s[ ;]/.exec(text)?.[1])));
  await page.goto(`/flows/${flow.id}`);
  await expect(page.getByText("Only during “Concierge’s shift”.")).toBeVisible();

  await page.getByRole("button", { name: "Move group 1: drag it" }).press("Alt+ArrowDown");
  await expect.poll(orders).toEqual([40, 25, 15]);
  await expect(page.getByText("The group now rings at place 2 of 3.")).toBeAttached();
  await expect(page.getByRole("button", { name: "Move group 2: drag it" })).toBeFocused();

  await page.getByRole("button", { name: "Move group 3 up" }).click();
  await expect.poll(orders).toEqual([40, 15, 25]);

  const handle = await page.getByRole("button", { name: "Move group 1: drag it" }).boundingBox();
  const last = await page.getByRole("listitem", { name: "Group 3" }).boundingBox();
  await page.mouse.move(handle.x + 5, handle.y + 10);
  await page.mouse.down();
  await page.mouse.move(handle.x + 5, last.y + last.height - 10, { steps: 6 });
  await page.mouse.up();
  await expect.poll(orders).toEqual([15, 25, 40]);
  await picture(page, "flow");

  await page.getByLabel("If nobody accepts").selectOption("say");
  await page.getByLabel("What the visitor hears").fill("");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  const saved = await firm.get(`/v1/flows/${flow.id}`);
  expect(saved.flow).toMatchObject({ groups: [{ ring_seconds: 15 }, { ring_seconds: 25 }, { ring_seconds: 40 }] });
  expect(saved.flow.on_none.say.text ?? null).toBeNull();
});

test("a flow that a building rings by is not deleted, and it is said who needs it", async ({ signedIn: page, firm }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  const flow = await firm.post("/v1/flows", { name: "Of the house", flow: { groups: [first, second] } });
  await firm.post("/v1/buildings", {
    name: "Oak House", address: "2 Oak Road, London", time_zone: "Europe/London", language: "en-GB", region: "GB", flow_id: flow.id,
  });
  await page.goto(`/flows/${flow.id}`);
  await expect(page.getByRole("link", { name: "Oak House" })).toBeVisible();
  await page.getByRole("button", { name: "Edit group 1" }).click();
  await expectAccessible(page);
  await page.getByLabel("When it rings").selectOption("own");
  await expect(page.getByRole("grid", { name: "Every week" })).toBeVisible();
  await expectNoSidewaysScroll(page);

  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();

  await expect(page.getByRole("dialog").getByRole("alert")).toContainText("A building needs it");
});
