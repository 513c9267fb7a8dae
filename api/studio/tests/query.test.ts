import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { closeBrowser, expectAccessible, expectNoFaults, openPage } from "./browser";

afterAll(closeBrowser);

describe("queries", () => {
  test("runs a saved query with parameters, as a chart, a table and files", async () => {
    const page = await openPage("/query");
    await page.getByRole("searchbox", { name: "Find a query" }).fill("share by week");
    await page.getByRole("link", { name: /Brands' share by week/ }).click();
    await page.getByRole("img", { name: "Brands' share by week" }).waitFor();
    await page.getByRole("textbox", { name: "kind", exact: true }).fill("view");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.waitForURL(/given=/);
    await page.getByRole("radio", { name: "Table" }).locator("xpath=following-sibling::label").first().click();
    await page.getByRole("region", { name: "Brands' share by week" }).getByRole("columnheader", { name: "share" }).waitFor();
    const [csv] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "CSV" }).click()]);
    expect(csv.suggestedFilename()).toBe("brand_share_by_week.csv");
    expect(readFileSync(await csv.path(), "utf-8").split("\n")[0]).toBe("week,brand,events,share");
    const [parquet] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Parquet" }).click(),
    ]);
    expect(readFileSync(await parquet.path()).subarray(0, 4).toString()).toBe("PAR1");
    await expectAccessible(page);
    expectNoFaults(page);
  });

  test("runs a statement of one's own by keyboard alone, and says why one is refused", async () => {
    const page = await openPage("/query");
    await page.getByRole("textbox", { name: "Statement" }).fill("MATCH (b:Brand) RETURN b.name AS brand ORDER BY brand LIMIT $n");
    await page.keyboard.press("Tab");
    await page.keyboard.type('{"n": 2}');
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("2 rows").waitFor();
    expectNoFaults(page);
    await page.getByRole("textbox", { name: "Statement" }).fill("CREATE (n:Product) RETURN n");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByRole("alert").getByText(/CREATE/).waitFor();
  });

  test.each([
    { language: "en", scheme: "light", phone: true },
    { language: "zh", scheme: "dark", phone: false },
  ] as const)("is accessible: $language, $scheme, phone $phone", async (view) => {
    const page = await openPage("/query/basket_pairs", view);
    await page.getByRole("heading", { name: view.language === "zh" ? "购物篮中的搭配" : "Pairs in baskets" }).waitFor();
    await page.getByText(/^20 (rows|行)/).waitFor();
    await expectAccessible(page);
    expectNoFaults(page);
  });
});
