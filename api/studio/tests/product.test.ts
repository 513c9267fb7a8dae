import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeBrowser, expectAccessible, expectNoFaults, openPage } from "./browser";
import { ask, HOSTILE_TITLE, keyOf, pageOf, SHOPPER, withdrawAll, writeHostile, writeTeapots } from "./fixture";

beforeAll(async () => {
  await writeTeapots();
  await writeHostile();
});

afterAll(async () => {
  await withdrawAll();
  await closeBrowser();
});

const title = (page: Page, text: string) => page.getByRole("heading", { level: 2, name: text });

async function eventsOf(kind: string): Promise<number> {
  const { userProfile } = await ask<{ userProfile: { events: { kind: string; count: number }[] } | null }>(
    "query ($userKey: String) { userProfile(userKey: $userKey) { events { kind count } } }",
    { userKey: SHOPPER },
  );
  return userProfile?.events.find((one) => one.kind.toUpperCase() === kind)?.count ?? 0;
}

describe("the page of a product", () => {
  test("shows price, variants, stock and reviews", async () => {
    const page = await openPage(pageOf(keyOf("t1")));
    await title(page, "Quillonware teapot small red").waitFor();
    await page.getByText("€19.90").first().waitFor();
    await page.getByText("19 % off").waitFor();
    await page.getByText("7 pieces in stock").waitFor();
    await page.getByRole("img", { name: "4 of 5 stars" }).first().waitFor();
    await expectAccessible(page);

    await page.getByRole("button", { name: /^5 ★\s*2$/ }).click();
    await page.getByText("The lid fell off.").waitFor({ state: "detached" });
    await page.getByText("Great quality.").waitFor();
    expect(new URL(page.url()).searchParams.get("stars")).toBe("5");

    await page.getByRole("link", { name: "large", exact: true }).click();
    await title(page, "Quillonware teapot large red").waitFor();
    await page.getByRole("link", { name: "blue", exact: true }).click();
    await title(page, "Quillonware teapot large blue").waitFor();
    expect(await page.getByRole("button", { name: "Add to basket" }).isDisabled()).toBe(true);
    await page.getByRole("link", { name: "Teapots" }).first().click();
    await page.getByRole("button", { name: "Take back: Teapots" }).waitFor();
    expectNoFaults(page);
  });

  test("says why a value is here: the words, the feed, the run", async () => {
    const page = await openPage(pageOf("product:bestbuy:677"));
    await page.getByRole("button", { name: /^Why is this here\? Colour/ }).click();
    const reason = page.getByRole("dialog");
    await reason.getByText("Read from the text").waitFor();
    expect(await reason.locator("mark").textContent()).toBe("Black");
    await reason.getByText("bestbuy").waitFor();
    expect(await reason.locator("code").textContent()).toMatch(/^\d{8}T/);
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await reason.waitFor({ state: "hidden" });
    expectNoFaults(page);
  });

  test("answers questions with sources that open", async () => {
    const page = await openPage(pageOf(keyOf("t2")));
    await page.getByRole("textbox", { name: "Ask about this product" }).fill("How much is it?");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Source 1" }).click();
    await page.getByText("Record of the catalogue").waitFor();
    await expectAccessible(page);
    expectNoFaults(page);
  });

  test("records what the chosen shopper does, as answers to the list it was found in", async () => {
    const page = await openPage(`/shop?user=${encodeURIComponent(SHOPPER)}&q=quillonware`);
    await page.waitForResponse((answer) => answer.request().postData()?.includes("ShopServed") ?? false);
    const clicked = page.waitForResponse((answer) => answer.request().postData()?.includes('"CLICK"') ?? false);
    await page.getByRole("link", { name: /Quillonware teapot small/ }).click();
    const { data } = (await (await clicked).json()) as { data: { recordEvent: { responded: boolean } } };
    expect(data.recordEvent.responded).toBe(true);
    await page.getByRole("button", { name: "Add to basket" }).click();
    await expect.poll(() => eventsOf("VIEW")).toBe(1);
    await expect.poll(() => eventsOf("CART")).toBe(1);
    await page.getByRole("link", { name: "Basket, 1 piece" }).click();
    await page.getByText("The purchase is recorded for the chosen shopper").waitFor();
    await page.getByRole("button", { name: "Buy" }).click();
    await page.getByText("Bought 1 piece").waitFor();
    await expect.poll(() => eventsOf("PURCHASE")).toBe(1);
    expectNoFaults(page);
  });

  test("says so where there is none", async () => {
    const page = await openPage(pageOf("product:webtest:never"));
    await page.getByText("There is no such product").waitFor();
    await page.getByRole("link", { name: "To the shop" }).click();
    await page.getByRole("combobox", { name: "Search the shop" }).waitFor();
    expectNoFaults(page);
  });

  test("on a phone, in the dark and in Chinese", async () => {
    const page = await openPage(pageOf(keyOf("t1")), { language: "zh", scheme: "dark", phone: true });
    await page.getByRole("heading", { name: "买家评价" }).waitFor();
    await page.getByText("Great quality.").waitFor();
    await expectAccessible(page);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(390);
    await page.getByRole("button", { name: "加入购物车" }).click();
    await page.getByRole("link", { name: "购物车，1 件" }).click();
    await page.getByRole("button", { name: "立即购买" }).waitFor();
    await expectAccessible(page);
    expectNoFaults(page);
  });

  test("shows hostile texts as texts", async () => {
    for (const view of [{}, { phone: true, scheme: "dark" }] as const) {
      const page = await openPage(pageOf(keyOf("hostile")), view);
      await page.getByRole("heading", { level: 2 }).waitFor();
      expect(await page.getByRole("heading", { level: 2 }).textContent()).toBe(HOSTILE_TITLE);
      await page.getByText("<script>window.hacked = 1</script> javascript:alert(1)").waitFor();
      await page.getByRole("article").filter({ hasText: '<a href="javascript:alert(1)">' }).waitFor();
      await page.getByRole("button", { name: "Add to basket" }).click();
      await page.getByRole("link", { name: "Basket, 1 piece" }).click();
      await page.getByRole("button", { name: "Buy" }).waitFor();
      expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
      expect(await page.evaluate(() => "hacked" in window)).toBe(false);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(width).toBeLessThanOrEqual("phone" in view ? 390 : 1280);
      await expectAccessible(page);
      expectNoFaults(page);
    }
  });
});

describe("the basket", () => {
  test("counts pieces, sums by currency, and orders nothing", async () => {
    const page = await openPage(pageOf(keyOf("t1")));
    await page.getByRole("button", { name: "Add to basket" }).click();
    await page.getByRole("link", { name: "Basket, 1 piece" }).click();
    await page.getByRole("textbox", { name: /^Quantity of Quillonware/ }).fill("3");
    await page.getByText("€59.70").first().waitFor();
    await expectAccessible(page);
    await page.reload();
    await page.getByRole("link", { name: "Basket, 3 pieces" }).waitFor();
    await page.getByRole("button", { name: "Buy" }).click();
    await page.getByText("Nothing was really ordered").waitFor();
    await expectAccessible(page);
    expectNoFaults(page);
  });
});
