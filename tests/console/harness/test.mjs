// What every spec begins with: `test` with a firm, a page that is signed in, and a look at accessibility; any error in a page fails its test.
import { AxeBuilder } from "@axe-core/playwright";
import { test as base, expect } from "@playwright/test";
import { fileURLToPath } from "node:url";
import { Firm } from "./firm.mjs";

export { expect };

/** Where the pictures of README lie; made anew with `make pictures`. */
const pictures = fileURLToPath(new URL("../pictures/", import.meta.url));

export const test = base.extend({
  baseURL: async ({}, use) => use(process.env.CONSOLE_TEST_API),

  /** A firm of this test's own. */
  firm: async ({}, use) => use(await Firm.signUp()),

  /** What the page said went wrong; a test that expects some of it empties the list. */
  complaints: async ({ page }, use) => {
    const complaints = [];
    watch(page, complaints);
    await use(complaints);
    expect(complaints, "errors in the page").toEqual([]);
  },

  /** A page on which this test's owner is signed in. */
  signedIn: async ({ page, firm, complaints }, use) => {
    void complaints;
    await signIn(page, firm);
    await use(page);
  },
});

/** Collects errors of scripts, refused styles and the like; what the network answers is the page's own matter. */
export function watch(page, complaints) {
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    const is_network = message.text().startsWith("Failed to load resource");
    if (["error", "warning"].includes(message.type()) && !is_network) complaints.push(message.text());
  });
}

/** Signs in as the console does: the refresh token goes into the browser's cookies. */
export async function signIn(page, { email, password }) {
  const response = await page.request.post("/v1/sessions", { data: { email, password, refresh_in: "cookie" } });
  expect(response.status()).toBe(201);
}

/** Nothing on this page is out of reach for somebody (WCAG 2.2 AA, as far as a machine can tell). */
export async function expectAccessible(page) {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
  const told = violations.map((one) => `${one.id}: ${one.help}\n${one.nodes.map((node) => `  ${node.target} ${node.failureSummary}`).join("\n")}`);
  expect(told.join("\n")).toBe("");
}

/** Nothing is wider than the screen. */
export async function expectNoSidewaysScroll(page) {
  const { wide, narrow } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, narrow: document.documentElement.clientWidth }));
  expect(wide).toBeLessThanOrEqual(narrow);
}

/** A picture for README, where it is asked for. */
export async function picture(page, name) {
  if (!process.env.PICTURES) return;
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: `${pictures}${name}.png`, animations: "disabled" });
}
