// Residents from a file: nothing happens before it is right, and what happens was shown before.
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./harness/test.mjs";

const FILE = `unit,code,resident,numbers,language,moved_in,moved_out
1204,1204,Ada,{ada},,,
1204,1204,Grace,+447700900781;07700 900782,en-GB,2026-11-20,
1301,1301,Alan,12,,,
1302,1302,Edith,+447700900784,fr-FR,,
`;

test("one bad row stops the import, is shown where it is, and is put right in the page", async ({ signedIn: page, firm }) => {
  const { building, phones } = await firm.door({ residents: ["Ada"] });
  const residents = async () => (await firm.get(`/v1/residents?building=${building.id}`)).items.map((one) => one.name).sort();
  await page.goto(`/buildings/${building.id}/import`);
  await expect(page.getByText("Drop a CSV file here")).toBeVisible();
  await expectAccessible(page);

  const file = { name: "residents.csv", mimeType: "text/csv", buffer: Buffer.from(FILE.replace("{ada}", phones.Ada)) };
  await page.getByLabel("Choose a file").last().setInputFiles(file);
  await expect(page.getByText("1 problem. Nothing is imported until it is put right")).toBeVisible();
  const cell = page.getByRole("textbox", { name: "Numbers in row 4" });
  await expect(cell).toHaveValue("12");
  await expect(page.getByText("not a phone number of GB: 12")).toBeVisible();
  await expect(page.getByRole("button", { name: "Import", exact: true })).toBeDisabled();
  expect(await residents()).toEqual(["Ada"]);
  await page.getByRole("checkbox", { name: "Only rows with problems" }).uncheck();
  await expectAccessible(page);

  await cell.fill("+447700900783");
  await cell.press("Enter");
  await expect(page.getByText("Everything is right.")).toBeVisible();
  await expect(page.getByText("2 new units")).toBeVisible();
  await expect(page.getByText("3 new residents")).toBeVisible();
  await expect(page.getByRole("row", { name: /Ada/ })).toContainText("unchanged");
  await expect(page.getByRole("row", { name: /Edith/ })).toContainText("new");
  await page.getByRole("button", { name: "Import", exact: true }).click();

  await expect(page.getByText("Imported: 2 new units, 3 new residents, 0 residents changed.")).toBeVisible();
  expect(await residents()).toEqual(["Ada", "Alan", "Edith", "Grace"]);
});

test("pasted text is checked, text changed since must be checked again, and what is no such file is told", async ({ signedIn: page, firm }) => {
  const { building } = await firm.door();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`/buildings/${building.id}/import`);
  const text = page.getByLabel("Or paste it here");

  await text.fill("name;phone\nAda;12\n");
  await page.getByRole("button", { name: "Check" }).click();
  await expect(page.getByText(/there is no column "name"; the columns are unit, code/)).toBeVisible();

  await text.fill("unit;resident;numbers\n1204;Ada;\n");
  await expect(page.getByText("The text was changed after the check.")).toBeVisible();
  await page.getByRole("button", { name: "Check again" }).click();
  await expect(page.getByText("1 resident changed")).toBeVisible();
  await expect(page.getByRole("button", { name: "Import", exact: true })).toBeEnabled();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
});

test("the export comes back as it was: there is nothing to import", async ({ signedIn: page, firm }) => {
  const { building } = await firm.door();
  await page.goto(`/buildings/${building.id}/import`);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export what is there now" }).click()]);
  expect(download.suggestedFilename()).toBe("Oak House.csv");

  await page.getByLabel("Choose a file").last().setInputFiles(await download.path());

  await expect(page.getByText("All of this is there already: there is nothing to import.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Import", exact: true })).toBeDisabled();
});
