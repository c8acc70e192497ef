// What a first visit costs: bytes over the wire, and time until the page can be used.
import { expect, signIn, test } from "./harness/test.mjs";

const BYTES_MAX = 150 * 1024;
const USABLE_WITHIN_MS = 1000;
/** A machine that is busy with something else is not what is measured. */
const TRIES = 5;

/** Transferred bytes of the document and all that it fetched of ours, and when the heading was there, in ms after the navigation began. */
async function firstLoad(browser, firm, path) {
  const context = await browser.newContext({ baseURL: process.env.CONSOLE_TEST_API });
  const page = await context.newPage();
  await signIn(page, firm);
  await page.addInitScript(() => {
    const watch = new MutationObserver(() => {
      if (!document.querySelector("main h1, main#main h1")) return;
      window.usableAt = performance.now();
      watch.disconnect();
    });
    watch.observe(document, { childList: true, subtree: true });
  });
  await page.goto(path);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.waitForLoadState("load");
  const measured = await page.evaluate(() => {
    const fetched = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    const ours = fetched.filter((entry) => entry.entryType === "navigation" || new URL(entry.name).pathname.startsWith("/assets/"));
    return {
      usableAt: window.usableAt,
      bytes: ours.reduce((sum, entry) => sum + entry.transferSize, 0),
      files: ours.length,
      plain: ours.filter((entry) => entry.encodedBodySize > 2000 && entry.encodedBodySize === entry.decodedBodySize).map((entry) => entry.name),
    };
  });
  await context.close();
  return measured;
}

for (const path of ["/live", "/calls", "/statistics", "/buildings"]) {
  test(`the first load of ${path} is small and usable at once`, async ({ browser, firm }) => {
    const loads = [];
    do loads.push(await firstLoad(browser, firm, path));
    while (loads.at(-1).usableAt > USABLE_WITHIN_MS && loads.length < TRIES);
    const { bytes, files, plain, usableAt } = loads.at(-1);
    console.log(`${path}: ${(bytes / 1024).toFixed(1)} KB in ${files} files, usable after ${usableAt.toFixed(0)} ms`);

    expect(plain, "sent without compression").toEqual([]);
    expect(bytes).toBeLessThan(BYTES_MAX);
    expect(usableAt).toBeLessThan(USABLE_WITHIN_MS);
  });
}
