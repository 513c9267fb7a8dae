import { afterAll, describe, expect, test } from "vitest";
import { closeBrowser, expectAccessible, expectNoFaults, openPage } from "./browser";

// The day after the demo's simulated events; what other suites do in the shop happens later.
const SIMULATED = "2026-04-10";

afterAll(closeBrowser);

describe("insights", () => {
  test("shows the whole shop until its latest event", async () => {
    const page = await openPage("/insights");
    const trending = page.getByRole("region", { name: "Trending" });
    await trending.getByRole("link").first().waitFor();
    expect(await page.getByLabel("Until").inputValue()).toMatch(/^\d{4}-\d\d-\d\d$/);
    await page.getByRole("img", { name: "From view to purchase" }).waitFor();
    await expectAccessible(page);
    expectNoFaults(page);
  });

  test("shows a brand in numbers, with a permalink", async () => {
    const page = await openPage(`/insights?tab=subject&until=${SIMULATED}`);
    await page.getByRole("textbox", { name: "Brand or category" }).fill("dyne");
    await page.getByRole("option", { name: /Dynex · brand/i }).click();
    await page.waitForURL(/subject=brand/);
    await page.getByRole("img", { name: "By week" }).waitFor();
    const prices = page.getByRole("region", { name: "Prices" });
    await prices.getByRole("button", { name: "Show as a table" }).click();
    await prices.getByRole("columnheader", { name: "Half up to" }).waitFor();
    await page.reload();
    await page.getByRole("img", { name: "By week" }).waitFor();
    expectNoFaults(page);
  });

  test("shows a dashboard of saved queries", async () => {
    const page = await openPage("/insights?tab=dashboards");
    await page.getByRole("link", { name: /The shop at a glance/ }).click();
    await page.getByRole("heading", { name: "Brands' share of purchases" }).waitFor();
    await page.getByRole("img", { name: "What is in the graph" }).waitFor({ timeout: 60_000 });
    await page.getByRole("link", { name: "Open What is in the graph as a query" }).click();
    await page.getByRole("heading", { name: "What is in the graph" }).waitFor();
    expectNoFaults(page);
  });

  test("shows what is known of a shopper", async () => {
    const first = await openPage("/insights?tab=shopper");
    const key = await first.evaluate(async () => {
      const answer = await fetch("/cypher", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query: "MATCH (u:User)-[:PERFORMED]->() RETURN u.key AS key, count(*) AS n ORDER BY n DESC, key LIMIT 1" }),
      });
      return ((await answer.json()) as { rows: [string][] }).rows[0]![0];
    });
    const field = first.getByRole("main").getByRole("textbox", { name: "Shopper" });
    await field.fill(key);
    await field.press("Enter");
    await first.getByRole("img", { name: "Brands" }).waitFor();
    await expectAccessible(first);
    expectNoFaults(first);
  });

  test.each([
    { language: "zh", scheme: "dark", phone: true },
    { language: "en", scheme: "dark", phone: false },
  ] as const)("is accessible: $language, $scheme, phone $phone", async (view) => {
    const page = await openPage(`/insights?tab=subject&subject=brand:dynex&until=${SIMULATED}`, view);
    await page.getByRole("img", { name: view.language === "zh" ? "每周情况" : "By week" }).waitFor();
    await expectAccessible(page);
    expectNoFaults(page);
  });
});
