import { afterAll, describe, expect, test } from "vitest";
import { closeBrowser, expectAccessible, expectNoFaults, openPage } from "./browser";

afterAll(closeBrowser);

describe("models", () => {
  test("shows versions, figures beside baselines, and choices on validation", async () => {
    const page = await openPage("/models/preference");
    await page.getByRole("cell", { name: "live" }).waitFor();
    const quality = page.getByRole("region", { name: "Quality" });
    await quality.getByRole("button", { name: "Show as a table" }).click();
    await quality.getByRole("cell", { name: "popularity" }).waitFor();
    await page.getByRole("img", { name: "Parts left out, choices tried" }).waitFor();
    await page.getByText("No trial is under way.").waitFor();
    await expectAccessible(page);
    expectNoFaults(page);
  });

  test("finds what is alike to a product of the map", async () => {
    const page = await openPage("/models/text");
    await page.getByRole("img", { name: "Map of products" }).waitFor();
    await page.getByRole("textbox", { name: "Product" }).click();
    await page.getByRole("option").first().click();
    const alike = page.getByRole("region", { name: "Map of products" }).getByRole("list");
    await alike.getByRole("listitem").nth(7).waitFor();
    expect(await alike.getByRole("listitem").count()).toBe(8);
    await expectAccessible(page);
    expectNoFaults(page);
  });

  test.each([
    { language: "en", scheme: "dark", phone: false },
    { language: "zh", scheme: "light", phone: true },
  ] as const)("lists runs: $language, $scheme, phone $phone", async (view) => {
    const page = await openPage("/models/runs", view);
    await page.getByRole("cell", { name: view.language === "zh" ? "完成" : "finished" }).first().waitFor();
    await expectAccessible(page);
    expectNoFaults(page);
  });
});
