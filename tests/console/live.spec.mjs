// The live page: a call as it happens, for everyone who looks; what managers do to it; and what happens when the connection or the server goes away.
import { randomBytes } from "node:crypto";
import { linkFor } from "./harness/letters.mjs";
import { call, change, leg, ownStream, visitor } from "./harness/live-stream.mjs";
import { freePort, sharedEnvironment, startApi, stop, until } from "./harness/servers.mjs";
import { expect, expectAccessible, expectNoSidewaysScroll, picture, signIn, test, watch } from "./harness/test.mjs";

const card = (page, name = "Front door · 1204") => page.getByRole("article", { name });
const feed = (page) => page.getByRole("log", { name: "What happens" });

test("two managers see a visit at once, a mute comes back to both, and one of them ends it", async ({ signedIn: page, firm, browser, complaints }) => {
  const door = await firm.door();
  const theirs = await browser.newContext();
  const other = await theirs.newPage();
  watch(other, complaints);
  await signIn(other, firm);
  const pages = [page, other];
  for (const one of pages) await one.goto("/live");
  await expect(page.getByRole("heading", { name: "Nothing runs right now" })).toBeVisible();
  await expect(other.getByRole("heading", { name: "Nothing runs right now" })).toBeVisible();
  await expectAccessible(page);

  await door.rings();
  for (const one of pages) await expect(card(one).getByText("Ringing: Ada, Ben")).toBeVisible();
  await door.phone("Ada", "answer");
  for (const one of pages) await expect(feed(one).getByText("Ada picked up.")).toBeVisible();
  await door.phone("Ada", "press", "1");
  for (const one of pages) await expect(feed(one).getByText("Ada talks to the visitor.")).toBeVisible();
  await door.phone("Ada", "press", "9");
  for (const one of pages) await expect(feed(one).getByText("Ada opened the door.")).toBeVisible();

  await card(page).getByRole("button", { name: "Mute: Ada" }).click();
  for (const one of pages) {
    await expect(feed(one).getByText("Grace mutes Ada.")).toBeVisible();
    await expect(card(one).getByText("muted", { exact: true })).toBeVisible();
  }
  await picture(page, "live");
  await card(other).getByRole("button", { name: "Unmute: Ada" }).click();
  for (const one of pages) {
    await expect(card(one).getByRole("button", { name: "Mute: Ada", exact: true })).toBeEnabled();
    await expect(card(one).getByText("muted", { exact: true })).toBeHidden();
  }

  await other.reload();
  await expect(card(other).getByText("Talking: Ada")).toBeVisible();
  await card(other).getByRole("button", { name: /^Hang up: / }).click();
  await expect(other.getByRole("dialog")).toContainText("Everyone in it is hung up on: Front door · 1204, Oak House.");
  await expectAccessible(other);
  await other.getByRole("dialog").getByRole("button", { name: "Hang up" }).click();
  await expect(feed(page).getByText("Grace ends the call.")).toBeVisible();
  for (const one of pages) await expect(feed(one).getByText(/^Over: /)).toBeVisible();
  await theirs.close();
});

test("a manager says a sentence, takes somebody out, and opens the door", async ({ signedIn: page, firm }) => {
  const door = await firm.door();
  await page.goto("/live");
  await door.rings();
  await expect(card(page).getByText("Ringing: Ada, Ben")).toBeVisible();

  await card(page).getByRole("button", { name: "Stop ringing: Ben" }).click();
  await expect(feed(page).getByText("Grace took Ben out of the call.")).toBeVisible();
  await expect(card(page).getByText("Ringing: Ada", { exact: true })).toBeVisible();

  await card(page).getByRole("button", { name: /^Say: / }).click();
  await page.getByLabel("Sentence", { exact: true }).fill("The technician is on the way.");
  await page.getByRole("button", { name: "Speak it" }).click();
  await expect(feed(page).getByText("Grace has a sentence spoken.")).toBeVisible();

  await card(page).getByRole("button", { name: /^Open door: / }).click();
  await expect(feed(page).getByText("Grace opened the door.")).toBeVisible();
  await expect(card(page).getByText("Door opened")).toBeVisible();

  await door.visitorLeaves();
  await expect(feed(page).getByText(/^Over: /)).toBeVisible();
  await expect(card(page)).toBeHidden();
  await expect(page.getByRole("heading", { name: "Nothing runs right now" })).toBeVisible();
});

test("a viewer sees the visit, and has nothing to press", async ({ page, firm, complaints }) => {
  void complaints;
  const email = `vera-${randomBytes(5).toString("hex")}@oak.example`;
  await firm.post("/v1/invitations", { email, role: "viewer" });
  const token = (await linkFor(email, "/accept-invitation")).split("#")[1];
  await firm.post("/v1/invitations/accept", { token, name: "Vera", password: firm.password });
  await signIn(page, { email, password: firm.password });
  const door = await firm.door();

  await page.goto("/live");
  await door.rings();

  await expect(card(page).getByText("Ringing: Ada, Ben")).toBeVisible();
  await expect(page.getByText("Your role lets you watch.")).toBeVisible();
  await expect(card(page).getByRole("link", { name: /^Details/ })).toBeVisible();
  await expect(card(page).getByRole("button")).toHaveCount(0);
});

test("what happened while the server was away is caught up with", async ({ page, firm, complaints }) => {
  const [door, port] = [await firm.door(), await freePort()];
  // One more server beside the one that the carrier reports to, for this page alone.
  const own = { ...sharedEnvironment(), VESTIBULE_PUBLIC_URL: `http://127.0.0.1:${port}` };
  let api = await startApi(port, own);
  try {
    await page.request.post(`http://127.0.0.1:${port}/v1/sessions`, { data: { email: firm.email, password: firm.password, refresh_in: "cookie" } });
    await page.goto(`http://127.0.0.1:${port}/live`);
    await expect(page.getByRole("heading", { name: "Nothing runs right now" })).toBeVisible();
    await door.rings();
    await expect(card(page).getByText("Ringing: Ada, Ben")).toBeVisible();

    await stop(api);
    await expect(page.getByText(/^Reconnecting … last news \d+ s ago$/)).toBeVisible();
    await door.phone("Ada", "answer");
    await until(async () => {
      // She may have picked up, and not been asked yet.
      await door.phone("Ada", "press", "1");
      return (await door.call()).accepted_at;
    }, "Ada talks to the visitor");
    api = await startApi(port, own);

    await expect(page.locator(".connection")).toHaveText("Live");
    await expect(card(page).getByText("Talking: Ada")).toBeVisible();
    await expect(feed(page).getByText("Ada picked up.")).toHaveCount(1);
    await expect(feed(page).getByText("Ada talks to the visitor.")).toHaveCount(1);
    await expect(feed(page).getByText("Someone rings.")).toHaveCount(1);
  } finally {
    await stop(api);
  }
  // The browser itself says that nobody answered meanwhile.
  complaints.splice(0);
});

test("what the carrier can not do is told at its call; the page reads well in the dark, on a phone, and goes on where a connection broke", async ({ signedIn: page, firm }) => {
  const door = await firm.door();
  const place = { building_id: door.building.id, entrance_id: door.entrance.id, unit_id: door.unit.id };
  const stream = await ownStream(page);
  const joined = { in_room: true, joined_at: new Date().toISOString() };
  const talk = call(place, {
    stage: "talking",
    participants: [visitor(joined), leg("Ada", "talking", { speaking: true, mute_requested: "mute" }), leg("Ben", "talking", { on_hold: true }), leg("Cleo", "ended")],
  });
  const hidden = call({ ...place, unit_id: null }, { stage: "running", participants: [] });
  stream.starts([talk, hidden]);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/live");

  await expect(card(page).getByText("Talking: Ada, Ben")).toBeVisible();
  await expect(card(page).getByRole("button", { name: "Muting …: Ada" })).toHaveAttribute("aria-disabled", "true");
  await expect(card(page).getByText("on hold", { exact: true })).toBeVisible();
  await expect(card(page, "Front door").filter({ hasText: "keeps private" }).getByText("In progress")).toBeVisible();
  const [, ada] = talk.participants;
  const failed = { ...talk, participants: talk.participants.map((one) => (one === ada ? { ...ada, mute_requested: null } : one)) };
  stream.tells(change("EffectFailed", failed, { leg_id: ada.leg_id, role: "resident", name: "Ada", wanted: "mute" }));
  await expect(card(page).getByText("Muting failed: Ada. The carrier could not do it.")).toBeVisible();
  await expect(card(page).getByRole("button", { name: "Mute: Ada" })).toBeEnabled();
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
  await card(page).getByRole("button", { name: "Dismiss" }).click();
  await expect(card(page).getByText("The carrier could not do it.")).toBeHidden();

  stream.breaks();
  await expect.poll(() => stream.asked).toEqual([null, stream.last()]);
  stream.tells(change("CallEnded", failed, { call: null, outcome: "opened", cause: "visitor_hung_up" }));
  await expect(card(page).getByText("Over: the door was opened.")).toBeVisible();
  await stream.closes();
});
