import type { Page } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { ADDRESS, closeBrowser, expectAccessible, expectNoFaults, openPage } from "./browser";

afterAll(closeBrowser);

/** A shopper with a history of two products, written by the API. */
async function newShopper(): Promise<string> {
  const userKey = `user:studio:${crypto.randomUUID().replaceAll("-", "")}`;
  const { trending } = await ask("{ trending(first: 2, days: 366) { product { key } } }");
  for (const { product } of trending as { product: { key: string } }[])
    await ask(`mutation($input: RecordEventInput!) { recordEvent(input: $input) { __typename } }`, {
      input: { source: "studio", id: crypto.randomUUID(), kind: "VIEW", userKey, productKey: product.key },
    });
  return userKey;
}

async function ask(query: string, variables: object = {}): Promise<Record<string, unknown>> {
  const answer = await fetch(`${ADDRESS}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data } = (await answer.json()) as { data: Record<string, unknown> };
  return data;
}

const cards = (page: Page) => page.getByRole("article");

test.each([
  { language: "en", scheme: "light", phone: false },
  { language: "zh", scheme: "dark", phone: true },
] as const)("is accessible and without faults: $language, $scheme, phone $phone", async (view) => {
  const page = await openPage(`/recommend?user=${await newShopper()}`, view);
  await cards(page).first().waitFor();
  await expectAccessible(page);
  await page.getByRole("button", { name: view.language === "zh" ? /^为什么推荐/ : /^Why\?/ }).first().click();
  await page.getByRole("dialog").getByRole("heading", { level: 2 }).first().waitFor();
  await expectAccessible(page);
  expectNoFaults(page);
});

test("a reason opens its path in the graph and what adds up to the score", async () => {
  const page = await openPage(`/recommend?user=${await newShopper()}`);
  await page.getByRole("button", { name: /^Why\?/ }).first().click();
  const panel = page.getByRole("dialog");
  await panel.getByRole("img", { name: /^The path in the graph/ }).waitFor();
  // The same path in words, for those who do not see it.
  expect(await panel.getByRole("listitem").count()).toBeGreaterThan(1);
  await panel.getByRole("button", { name: "Show as a table" }).click();
  const figures = await panel.getByRole("table").locator("tbody tr td:last-child").allTextContents();
  const values = figures.map(Number);
  const sum = values.slice(0, -1).reduce((total, value) => total + value, 0);
  // Each figure is rounded to three decimals.
  expect(Math.abs(sum - values.at(-1)!)).toBeLessThan(0.001 * values.length);
  await panel.getByRole("link", { name: "Open in the graph" }).click();
  await page.getByRole("img", { name: /^Graph of/ }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/graph");
  expectNoFaults(page);
});

test("what if: takes a choice and a fact away, adds a product, and shows what moves", async () => {
  const page = await openPage(`/recommend?user=${await newShopper()}`);
  await cards(page).first().waitFor();
  const titles = () => cards(page).getByRole("link").allTextContents();
  const before = await titles();
  await page.getByRole("button", { name: /^Suppose .* was not chosen/ }).first().click();
  await page.getByText(/^Supposing 1 change/).waitFor();
  await page.getByRole("button", { name: /^Suppose .* did not count/ }).first().click();
  await page.getByText(/^Supposing 2 change/).waitFor();
  expect(await titles()).not.toEqual(before);
  // The link says what is supposed.
  const link = page.url();
  await page.getByRole("button", { name: "As it is" }).click();
  await page.getByRole("button", { name: /^Why\?/ }).first().waitFor();
  await page.goto(link);
  await page.getByText(/^Supposing 2 change/).waitFor();
  await page.getByRole("button", { name: /count again$/ }).first().click();
  await page.getByText(/^Supposing 1 change/).waitFor();
  await page.getByPlaceholder("Name of a product").fill("case");
  await page.getByRole("option").first().click();
  await page.getByText(/^Supposing 2 change/).waitFor();
  expectNoFaults(page);
});

test("a like changes the next list, and what moved is marked", async () => {
  const page = await openPage(`/recommend?user=${await newShopper()}`);
  const first = await cards(page).getByRole("link").first().textContent();
  await page.getByRole("button", { name: /^I like/ }).first().click();
  await page.getByText(/changed the list: \d+ new/).waitFor();
  // What was chosen is not recommended again.
  await page.getByRole("region", { name: "Left the list" }).getByText(first!).waitFor();
  expect(await page.getByText(/^(▲|▼|★)?\s*(up \d+|down \d+|new)$/).count()).toBeGreaterThan(0);
  expectNoFaults(page);
});

test("an unknown shopper's likes count in the tab, by keyboard alone", async () => {
  const page = await openPage("/recommend");
  await page.getByText(/most popular products/).waitFor();
  const like = page.getByRole("button", { name: /^I like/ }).first();
  await like.focus();
  await page.keyboard.press("Enter");
  await page.getByText(/changed the list/).waitFor();
  const reason = page.getByRole("button", { name: /^Why\?/ }).first();
  await reason.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByRole("heading", { name: "All reasons" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(await reason.evaluate((button) => button === document.activeElement)).toBe(true);
  await page.getByRole("button", { name: "Forget what I chose in this tab" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Nothing chosen yet.").waitFor();
  expectNoFaults(page);
});
