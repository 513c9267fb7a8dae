import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeBrowser, expectAccessible, expectNoFaults, openPage } from "./browser";
import { HOSTILE_TITLE, withdrawAll, writeHostile, writeTeapots } from "./fixture";

beforeAll(async () => {
  await writeTeapots();
  await writeHostile();
});

afterAll(async () => {
  await withdrawAll();
  await closeBrowser();
});

const box = (page: Page) => page.getByRole("combobox", { name: /Search the shop|搜索商店/ });
const cards = (page: Page) => page.getByRole("article");

/** Number of products that the page says it found, once it says so. */
async function countOf(page: Page): Promise<number> {
  const status = page.getByRole("status").filter({ hasText: /product|件商品/ });
  await status.waitFor();
  return Number((await status.textContent())!.replace(/\D/g, ""));
}

function search(page: Page, name: string): unknown {
  const value = new URL(page.url()).searchParams.get(name);
  return value === null ? null : JSON.parse(value);
}

describe("the shop", () => {
  test("says what it understood, and takes it back", async () => {
    const page = await openPage("/shop");
    await box(page).fill("black otterbox case under 40");
    const price = page.getByRole("button", { name: "Take back: up to $40.00" });
    await price.waitFor();
    await page.getByRole("button", { name: "Take back: Colour: black" }).waitFor();
    expect(await page.locator("article mark").first().textContent()).toMatch(/otterbox/i);
    const before = await countOf(page);
    await price.click();
    await price.waitFor({ state: "detached" });
    expect(search(page, "back")).toEqual([expect.stringContaining("price")]);
    expect(await countOf(page)).toBeGreaterThan(before);
    await page.getByRole("button", { name: "Understand all words again" }).click();
    await price.waitFor();
    await expectAccessible(page);
    expectNoFaults(page);
  });

  test("narrows by facets whose counts ignore their own choice, with a permalink", async () => {
    const page = await openPage("/shop");
    const brand = page.getByRole("checkbox", { name: /^OtterBox/ });
    await brand.waitFor();
    const said = Number((await page.getByText(/^OtterBox\s*\d+$/).textContent())!.replace(/\D/g, ""));
    await brand.check();
    await page.getByRole("button", { name: "Take back: OtterBox" }).waitFor();
    await expect.poll(() => countOf(page)).toBe(said);
    await page.getByRole("checkbox", { name: /^Incipio/ }).check();
    await expect.poll(() => countOf(page)).toBeGreaterThan(said);
    expect(search(page, "brands")).toEqual(["brand:otterbox", "brand:incipio"]);
    await page.reload();
    await page.getByRole("button", { name: "Take back: Incipio" }).click();
    await expect.poll(() => countOf(page)).toBe(said);
    await page.goBack();
    await expect.poll(() => countOf(page)).toBeGreaterThan(said);
    expectNoFaults(page);
  });

  test("counts who can be had, by what the catalogue says", async () => {
    const page = await openPage("/shop?q=quillonware");
    await page.getByRole("checkbox", { name: /^Sold out/ }).check();
    await expect.poll(() => countOf(page)).toBe(1);
    await page.getByRole("switch", { name: "In stock only" }).check();
    await page.getByRole("heading", { name: "No product fits “quillonware”" }).waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Search without the filters" }).click();
    await expect.poll(() => countOf(page)).toBeGreaterThan(2);
    expectNoFaults(page);
  });

  test("is used by keyboard alone", async () => {
    const page = await openPage("/shop");
    await box(page).waitFor();
    const role = () => page.evaluate(() => document.activeElement?.getAttribute("role"));
    for (let tabs = 0; tabs < 20 && (await role()) !== "combobox"; tabs += 1)
      await page.keyboard.press("Tab");
    await page.keyboard.type("otterb");
    const option = page.getByRole("option", { name: /^OtterBox.*Brand/ });
    await option.waitFor();
    await page.keyboard.press("Escape");
    await option.waitFor({ state: "hidden" });
    expect(await box(page).inputValue()).toBe("otterb");
    await page.keyboard.type("o");
    await option.waitFor();
    const chosen = () => page.locator("[role=option][data-combobox-selected]").textContent();
    await page.keyboard.press("ArrowDown");
    for (let steps = 0; steps < 9 && !/Brand/.test((await chosen()) ?? ""); steps += 1)
      await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Take back: OtterBox" }).waitFor();
    expect(await box(page).inputValue()).toBe("");
    const lowest = page.getByRole("slider", { name: "Lowest price" });
    await lowest.focus();
    for (let steps = 0; steps < 20; steps += 1) await page.keyboard.press("ArrowRight");
    await expect.poll(() => search(page, "price")).not.toBeNull();
    expectNoFaults(page);
  });

  test("sorts, and shows more", async () => {
    const page = await openPage("/shop?sort=PRICE_ASC");
    await expect.poll(() => cards(page).count()).toBe(24);
    const prices = (await page.locator("article").allTextContents()).map((text) =>
      Number(/[$€](\d+\.\d\d)/.exec(text)![1]),
    );
    expect(prices[0]).toBe(Math.min(...prices));
    await page.getByRole("button", { name: "Show more products" }).click();
    await expect.poll(() => cards(page).count()).toBe(48);
    await page.reload();
    await expect.poll(() => cards(page).count()).toBe(48);
    expectNoFaults(page);
  });

  test("on a phone, in the dark and in Chinese", async () => {
    const page = await openPage("/shop", { language: "zh", scheme: "dark", phone: true });
    await countOf(page);
    await expectAccessible(page);
    await page.getByRole("button", { name: "筛选" }).click();
    const panel = page.getByRole("dialog", { name: "筛选" });
    await panel.getByRole("checkbox", { name: /^OtterBox/ }).check();
    await expectAccessible(page);
    await panel.getByRole("button", { name: /^查看 \d+ 件商品/ }).click();
    await page.getByRole("button", { name: "撤销：OtterBox" }).waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(390);
    expectNoFaults(page);
  });

  test("shows hostile texts as texts", async () => {
    for (const view of [{}, { phone: true }]) {
      const page = await openPage(`/shop?q=${encodeURIComponent("evil")}`, view);
      const card = cards(page).filter({ hasText: "<svg/onload=alert(1)" });
      await card.waitFor();
      expect(await card.textContent()).toContain(HOSTILE_TITLE);
      expect(await page.evaluate(() => "hacked" in window)).toBe(false);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(width).toBeLessThanOrEqual(view.phone ? 390 : 1280);
      await expectAccessible(page);
      expectNoFaults(page);
    }
  });
});
