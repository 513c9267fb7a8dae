import { afterAll, describe, expect, test } from "vitest";
import { closeBrowser, expectAccessible, expectNoFaults, openPage } from "./browser";

afterAll(closeBrowser);

describe("the frame of all pages", () => {
  test.each([
    { language: "en", scheme: "light", phone: false },
    { language: "zh", scheme: "dark", phone: true },
  ] as const)("is accessible and without faults: $language, $scheme, phone $phone", async (view) => {
    const page = await openPage("/", view);
    await page.getByRole("combobox").waitFor();
    expect(new URL(page.url()).pathname).toBe("/shop");
    await expectAccessible(page);
    expectNoFaults(page);
  });

  test("switches language and colours, and keeps them", async () => {
    const page = await openPage("/shop");
    await page.getByRole("button", { name: "Language" }).click();
    await page.getByRole("menuitem", { name: "中文" }).click();
    await page.getByRole("button", { name: "配色" }).click();
    await page.getByRole("menuitem", { name: "深色" }).click();
    await page.reload();
    await page.getByRole("button", { name: "配色" }).waitFor();
    expect(await page.locator("html").getAttribute("data-mantine-color-scheme")).toBe("dark");
    expect(await page.locator("html").getAttribute("lang")).toBe("zh");
    expectNoFaults(page);
  });

  test("is reached by keyboard", async () => {
    const page = await openPage("/shop");
    await page.getByRole("combobox").waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the content");
  });

  test("says what an unknown address is", async () => {
    const page = await openPage("/shop");
    await page.getByRole("combobox").waitFor();
    const answer = await page.request.get(new URL("/nothing-here", page.url()).href);
    expect(answer.status()).toBe(404);
  });
});
