// The live page of a very large firm: the time that its script takes, measured in the browser.
import { call, change, ownStream, visitor } from "./harness/live-stream.mjs";
import { expect, test } from "./harness/test.mjs";

// A trace keeps a copy of the whole page at every step: of this one that takes longer than all the rest.
test.use({ trace: "off" });

test("a thousand running calls stay smooth", async ({ signedIn: page, firm }) => {
  const door = await firm.door();
  for (const from of [2000, 3000]) {
    const items = Array.from({ length: 500 }, (_, n) => ({ name: String(from + n), code: String(from + n) }));
    await firm.post(`/v1/buildings/${door.building.id}/units/bulk`, { items });
  }
  const units = [];
  for (let cursor = ""; cursor !== null; ) {
    const page = await firm.get(`/v1/buildings/${door.building.id}/units?limit=200${cursor && `&cursor=${cursor}`}`);
    units.push(...page.items.filter(({ name }) => name !== "1204"));
    cursor = page.next_cursor;
  }
  const calls = units.map((unit) => call({ building_id: door.building.id, entrance_id: door.entrance.id, unit_id: unit.id }));
  const stream = await ownStream(page);
  stream.starts(calls);
  await page.addInitScript(watchFrames);

  await page.goto("/live");
  // By role would be asked of a thousand cards that are out of sight, each of which had to be laid out for the answer.
  await expect(page.locator("#running")).toHaveText("1,000 running calls");
  await expect(page.locator(".call h3").first()).toHaveText("Front door · 2000");
  const first = await page.evaluate(() => Math.max(...window.frames));

  await page.evaluate(() => window.frames.splice(0));
  for (let n = 0; n < 120; n += 1) {
    const [mutes, talks, ends] = [n, 200 + n, 400 + n].map((n) => calls[n]);
    const [, ada, ben] = talks.participants;
    stream.tells(
      change("LegMuted", { ...mutes, participants: [{ ...mutes.participants[0], muted: true }, ...mutes.participants.slice(1)] }, { name: "Visitor", role: "visitor" }),
      change("CallAccepted", { ...talks, stage: "talking", participants: [talks.participants[0], { ...ada, state: "talking" }, { ...ben, state: "ended" }] }, { name: "Ada", role: "resident" }),
      change("CallEnded", ends, { call: null, outcome: "opened", cause: "visitor_hung_up" }),
      change("CallRang", call({ building_id: door.building.id, entrance_id: door.entrance.id, unit_id: null }, { stage: "screening", participants: [visitor()] }), { direction: "inbound" }),
    );
    await expect.poll(() => page.evaluate(() => window.frames.length)).toBeGreaterThan(n);
  }
  const updates = await page.evaluate(() => window.frames.toSorted((a, b) => a - b));
  const [median, slowest] = [updates[updates.length >> 1], updates.at(-1)];
  console.log(`1,000 running calls: first render ${first.toFixed(0)} ms; ${updates.length} updates, script ${median.toFixed(1)} ms at the median, ${slowest.toFixed(1)} ms at most`);
  expect(median).toBeLessThan(16);
  expect(first).toBeLessThan(1000);
  await stream.closes();
});

/** How long the script of each turn takes that changes the page: what it does itself, and what is rendered right after it. */
function watchFrames() {
  window.frames = [];
  const changes = new MutationObserver(() => {});
  addEventListener("DOMContentLoaded", () => changes.observe(document.body, { childList: true, characterData: true, subtree: true }));
  const timed = (work) => (...given) => {
    changes.takeRecords();
    const from = performance.now();
    work(...given);
    // After Preact's turn, which was asked for in `work`.
    queueMicrotask(() => changes.takeRecords().length > 0 && window.frames.push(performance.now() - from));
  };
  // A frame; or, if none comes because the machine is busy, the time at which it is late.
  const [nextFrame, later] = [window.requestAnimationFrame.bind(window), window.setTimeout.bind(window)];
  window.requestAnimationFrame = (work) => nextFrame(timed(work));
  window.setTimeout = (work, ...more) => later(timed(work), ...more);
}
