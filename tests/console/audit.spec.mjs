// The audit: who changed what, in sentences; as a file; and the proof that it is whole, checked by the program itself.
import { readFile } from "node:fs/promises";
import { sharedEnvironment, start } from "./harness/servers.mjs";
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./harness/test.mjs";

async function saved(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  return download.path();
}

test("the audit says in sentences who changed what, with before and after, and as a file", async ({ signedIn: page, firm }) => {
  const { unit, building } = await firm.door();
  await firm.call("PATCH", `/v1/units/${unit.id}`, { name: "1204 A" }, { "Content-Type": "application/merge-patch+json", "If-Match": "*" });
  await page.goto("/audit");

  await expect(page.getByText("Grace changed unit 1204 A")).toBeVisible();
  await expect(page.getByText("Grace added the building Oak House")).toBeVisible();
  await page.getByLabel("What", { exact: true }).selectOption({ label: "Unit" });
  await page.getByLabel("Building", { exact: true }).selectOption({ label: "Oak House" });
  await expect(page).toHaveURL(new RegExp(`resource=unit&building=${building.id}`));
  await expect(page.getByText("Grace added the building Oak House")).toHaveCount(0);
  const entry = page.getByRole("row").filter({ hasText: "Grace changed unit" });
  await entry.getByText("What changed").click();
  await expect(entry.getByRole("row").last()).toHaveText(/name\s*1204\s*1204 A/);
  await expectAccessible(page);

  const file = await readFile(await saved(page, page.getByRole("button", { name: "Export CSV" })), "utf8");
  expect(file).toMatch(/^at,actor_kind,actor_id,action,resource/);
  expect(file).toContain(",changed,unit,");
  expect(file).not.toContain(",created,building,");

  await page.getByLabel("Done").selectOption({ label: "erased" });
  await expect(page.getByRole("heading", { name: "Nothing matches these filters" })).toBeVisible();
  await page.getByRole("button", { name: "Clear filters" }).first().click();
  await expect(page).toHaveURL(/\/audit$/);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(page.getByText("Grace changed unit 1204 A")).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
});

test("what an owner saves of the chain is found whole by the program", async ({ signedIn: page, firm }) => {
  await firm.door();
  await page.goto("/audit");

  const chain = await saved(page, page.getByRole("button", { name: "Save the chain" }));
  const keys = await saved(page, page.getByRole("button", { name: "Save the keys" }));

  await expect(page.getByText("vestibule audit verify audit-chain.ndjson --key vestibule-audit.json")).toBeVisible();
  const verify = start(["audit", "verify", chain, "--key", keys], sharedEnvironment());
  const [code] = await verify.ended;
  expect(code, verify.log()).toBe(0);
});
