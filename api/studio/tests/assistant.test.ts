import type { Page } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { ADDRESS, closeBrowser, expectAccessible, expectNoFaults, openPage } from "./browser";

afterAll(closeBrowser);

const TEXTS = {
  en: { open: "Assistant", input: "Your question", send: "Send", examples: "For example" },
  zh: { open: "智能助手", input: "您的问题", send: "发送", examples: "例如" },
} as const;

async function open(page: Page, language: "en" | "zh" = "en") {
  await page.getByRole("button", { name: TEXTS[language].open }).click();
  const panel = page.getByRole("dialog");
  await panel.getByRole("textbox", { name: TEXTS[language].input }).waitFor();
  return panel;
}

async function say(page: Page, text: string, language: "en" | "zh" = "en") {
  const answers = page.locator('[data-complete="true"]');
  const before = await answers.count();
  await page.getByRole("textbox", { name: TEXTS[language].input }).fill(text);
  await page.getByRole("button", { name: TEXTS[language].send }).click();
  const answer = answers.nth(before);
  await answer.waitFor();
  return answer;
}

/** Titles of two products that people look at. */
async function productTitles(): Promise<string[]> {
  const query = "{ trending(first: 2, days: 366) { product { title } } }";
  const answer = await fetch(`${ADDRESS}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  const { data } = (await answer.json()) as { data: { trending: { product: { title: string } }[] } };
  return data.trending.map((one) => one.product.title);
}

test.each([
  { language: "en", scheme: "light", phone: false },
  { language: "zh", scheme: "dark", phone: true },
] as const)("is accessible and without faults: $language, $scheme, phone $phone", async (view) => {
  const page = await openPage("/graph", view);
  const panel = await open(page, view.language);
  const examples = panel.getByRole("group", { name: TEXTS[view.language].examples });
  await examples.getByRole("button").nth(3).waitFor();
  await expectAccessible(page);
  await examples.getByRole("button").nth(2).click();
  await panel.getByRole("table").waitFor();
  await expectAccessible(page);
  expectNoFaults(page);
});

test("answers with sources that open, compares in a table, and is rated", async () => {
  const [a, b] = await productTitles();
  const page = await openPage("/graph");
  const panel = await open(page);
  const price = await say(page, `How much is ${a}?`);
  await price.getByRole("button", { name: /^Source 1/ }).first().click();
  await panel.getByRole("button", { name: "Back to the answer" }).waitFor();
  await panel.getByRole("link", { name: "Open the product" }).waitFor();
  await panel.getByRole("button", { name: "Back to the answer" }).click();
  const table = await say(page, `Compare “${a}” with “${b}”`);
  await table.getByRole("table", { name: "Comparison" }).waitFor();
  await table.getByRole("button", { name: "This helped" }).click();
  await table.getByText("Thank you for telling us.").waitFor();
  // A fact's source shows the records that state it.
  const maker = await say(page, `Who makes ${a}?`);
  await maker.getByRole("button", { name: /^Source 1/ }).first().click();
  await panel.getByText("Records that say so").waitFor();
  expectNoFaults(page);
});

test("asks back with buttons, keeps the conversation over pages, and hands over", async () => {
  const page = await openPage("/graph");
  const panel = await open(page);
  const found = await say(page, "Which Samsung products do you have?");
  const options = found.getByRole("group", { name: "Possible answers" }).getByRole("button");
  await options.first().click();
  await page.locator('[data-complete="true"]').nth(1).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "For you" }).click();
  await open(page);
  expect(await page.locator('[data-complete="true"]').count()).toBe(2);
  const handed = await say(page, "I want to talk to a person");
  await handed.getByText("A person takes over").waitFor();
  await panel.getByRole("button", { name: "New conversation" }).click();
  expect(await page.locator('[data-complete="true"]').count()).toBe(0);
  expectNoFaults(page);
});

test("is used by keyboard alone, in Chinese", async () => {
  const page = await openPage("/graph", { language: "zh" });
  const opener = page.getByRole("button", { name: "智能助手" });
  await opener.focus();
  await page.keyboard.press("Enter");
  const input = page.getByRole("textbox", { name: "您的问题" });
  await input.waitFor();
  await input.focus();
  await page.keyboard.type("三星有多少件商品？");
  await page.keyboard.press("Enter");
  const answer = page.locator('[data-complete="true"]').first();
  await answer.waitFor();
  expect(await answer.getAttribute("lang")).toBe("zh");
  await page.keyboard.press("Escape");
  await input.waitFor({ state: "hidden" });
  expect(await opener.evaluate((button) => button === document.activeElement)).toBe(true);
  expectNoFaults(page);
});
