// Schedules: a week that is painted, keyed in or typed; nights, special dates.
import { pure } from "./harness/pure.mjs";
import { expect, expectAccessible, expectNoSidewaysScroll, picture, test } from "./harness/test.mjs";

const hoursOf = (firm, id) => firm.get(`/v1/schedules/${id}`).then(({ hours }) => hours);

test("hours are painted over days and times, and cut out again", async ({ signedIn: page, firm }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto("/schedules");
  await expect(page.getByRole("heading", { name: "No schedules yet" })).toBeVisible();
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: "light" });
  await page.getByRole("link", { name: "Add a schedule" }).click();
  await page.getByLabel("Name").fill("Delivery hours");

  const cell = (name) => page.getByRole("gridcell", { name, exact: true });
  await cell("Monday 08:00").dragTo(cell("Friday 17:30"));
  await expect(page.locator(".hours-words")).toHaveText("In words: Mon–Fri 08:00–18:00");
  await cell("Wednesday 12:00").dragTo(cell("Wednesday 12:30"));
  await expect(page.locator(".hours-words")).toHaveText("In words: Mon, Tue, Thu, Fri 08:00–18:00; Wed 08:00–12:00, 13:00–18:00");
  await page.getByRole("button", { name: "Add schedule" }).click();

  await expect(page.getByText("The schedule was added.")).toBeVisible();
  const { items } = await firm.get("/v1/schedules");
  expect(items[0].hours.weekly).toEqual([
    { days: ["monday", "tuesday", "thursday", "friday"], from: "08:00", to: "18:00" },
    { days: ["wednesday"], from: "08:00", to: "12:00" },
    { days: ["wednesday"], from: "13:00", to: "18:00" },
  ]);
  await page.getByRole("link", { name: "← Schedules" }).click();
  await expect(page.getByRole("row", { name: /Delivery hours/ })).toContainText("Wed 08:00–12:00, 13:00–18:00");
  await expectAccessible(page);
});

test("by keys alone: half an hour, a marked area, and out again", async ({ signedIn: page, firm }) => {
  const { id } = await firm.post("/v1/schedules", { name: "Quiet", hours: { weekly: [{ days: ["saturday"], from: "22:00", to: "02:00" }] } });
  await page.goto(`/schedules/${id}`);
  const cell = (name) => page.getByRole("gridcell", { name, exact: true });
  await expect(cell("Sunday 01:30")).toHaveAttribute("aria-selected", "true");
  await expect(cell("Sunday 02:00")).toHaveAttribute("aria-selected", "false");

  await cell("Monday 08:00").focus();
  await page.keyboard.press("Space");
  await expect(cell("Monday 08:00")).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowDown");
  await expect(page.getByText("Mon, Tue 08:30–09:30 marked: space changes it")).toBeVisible();
  await page.keyboard.press("Space");
  await cell("Sunday 00:30").focus();
  await expect(page.getByText("Mon, Tue 08:30–09:30 added")).toBeAttached();
  // Keys can come faster than the screen is drawn.
  await page.evaluate(async () => {
    for (const key of ["End", "Home"]) {
      document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey: true, bubbles: true, cancelable: true }));
      await Promise.resolve();
    }
  });
  await expect(cell("Monday 00:00")).toBeFocused();
  await page.getByRole("button", { name: "Save" }).click();

  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  expect((await hoursOf(firm, id)).weekly).toEqual([
    { days: ["monday"], from: "08:00", to: "09:30" },
    { days: ["tuesday"], from: "08:30", to: "09:30" },
    { days: ["saturday"], from: "22:00", to: "02:00" },
  ]);
});

test("exact times and special dates are typed, also on a phone", async ({ signedIn: page, firm }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const { id } = await firm.post("/v1/schedules", { name: "Shift", hours: {} });
  await page.goto(`/schedules/${id}`);

  await page.getByText("Exact times").click();
  await page.getByRole("button", { name: "Add hours: Friday" }).click();
  await page.getByLabel("Friday: from").fill("20:15");
  await page.getByLabel("Friday: to").fill("04:45");
  await page.getByLabel("Date").fill("2026-12-25");
  await page.getByRole("button", { name: "Add date" }).click();
  await expect(page.getByRole("button", { name: "Remove Fri, 25 Dec 2026" })).toBeVisible();
  await page.getByLabel("Date").fill("2026-12-31");
  await page.getByRole("button", { name: "Add date" }).click();
  await page.getByRole("button", { name: "Add hours: Thu, 31 Dec 2026" }).click();
  await expect(page.locator(".hours-words")).toHaveText("In words: Fri 20:15–04:45 (next day); 2 special dates");
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save" }).click();

  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  expect(await hoursOf(firm, id)).toEqual({
    weekly: [{ days: ["friday"], from: "20:15", to: "04:45" }],
    dates: [{ date: "2026-12-25", hours: [] }, { date: "2026-12-31", hours: [{ from: "08:00", to: "18:00" }] }],
  });
  await page.setViewportSize({ width: 1280, height: 800 });
  await picture(page, "schedule");
});

test("whatever a week held before, what is painted counts and what is cut out does not, nights included", async () => {
  const { added, cut, covered, weekOf, weeklyOf, spanOf, clock, DAYS } = await pure("pages/schedules/hours.js");
  const [slot, slots] = [1800, 48];
  let seed = 42;
  const random = (below) => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below;
  /** Slot by slot, as the API reads it: hours belong to the day on which they start, and may go on past midnight. */
  const holds = (weekly) => {
    const week = new Array(7 * slots).fill(false);
    for (const entry of weekly) {
      const [from, to] = spanOf(entry);
      for (const day of entry.days) for (let at = from; at < to; at += slot) week[(DAYS.indexOf(day) * slots + at / slot) % week.length] = true;
    }
    return week;
  };
  for (let turn = 0; turn < 300; turn += 1) {
    let weekly = Array.from({ length: random(5) }, () => ({ days: [DAYS[random(7)]], from: clock(random(slots) * slot), to: clock(random(slots) * slot) }));
    const expected = holds(weekly);
    for (let step = 0; step < 6; step += 1) {
      const [day, from, is_on] = [random(7), random(slots), random(2) === 1];
      const to = from + 1 + random(slots - from);
      weekly = weeklyOf((is_on ? added : cut)(weekOf(weekly), day, from * slot, to * slot));
      expected.fill(is_on, day * slots + from, day * slots + to);
    }
    expect(holds(weekly), JSON.stringify(weekly)).toEqual(expected);
    const shown = expected.map((_, at) => covered(weekOf(weekly), Math.floor(at / slots), (at % slots) * slot, ((at % slots) + 1) * slot) === "all");
    expect(shown).toEqual(expected);
  }
});
