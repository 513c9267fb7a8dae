// A newcomer's way through the product: how many clicks it takes, from the first page to an own product found.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Locator, Page } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { ADDRESS, closeBrowser, dropFile, expectNoFaults, openPage } from "./browser";

afterAll(closeBrowser);

/** The feed to drop; NEWCOMER_FEED names another one, whose first product is then looked for. */
const FEED = process.env.NEWCOMER_FEED ?? "../../tests/mapping_cases/en/shopify_export.csv";
const MOST_CLICKS = 10;
const SLOW = 120_000;

/** A person at the page, whose clicks and typed texts are counted. */
class Newcomer {
  clicks = 0;
  texts = 0;

  constructor(readonly page: Page) {}

  async click(target: Locator): Promise<void> {
    await target.click();
    this.clicks += 1;
  }

  async type(target: Locator, text: string): Promise<void> {
    await target.fill(text);
    this.texts += 1;
  }
}

const searchBox = (page: Page) => page.getByRole("combobox", { name: "Search the shop" });

test("from the first page to a reason, a what-if, and products of one's own", async () => {
  const page = await openPage("/");
  page.setDefaultTimeout(SLOW);
  const newcomer = new Newcomer(page);

  await newcomer.type(searchBox(page), "apple juice");
  await newcomer.click(page.getByRole("article").getByRole("link", { name: /apple/i }).first());
  await page.getByRole("heading", { level: 2, name: /apple/i }).waitFor();

  await seeReason(newcomer);
  await suppose(newcomer);
  await bringIn(newcomer);

  console.log(JSON.stringify({ feed: basename(FEED), clicks: newcomer.clicks, texts: newcomer.texts, drops: 1 }));
  expect(newcomer.clicks).toBeLessThanOrEqual(MOST_CLICKS);
  expectNoFaults(page);
}, 600_000);

/** The first like makes the list the newcomer's, and its first reason is drawn. */
async function seeReason(newcomer: Newcomer): Promise<void> {
  const { page } = newcomer;
  await newcomer.click(page.getByRole("link", { name: "For you" }));
  await newcomer.click(page.getByRole("button", { name: /^I like/ }).first());
  await page.getByText(/changed the list/).waitFor();
  await newcomer.click(page.getByRole("button", { name: /^Why\?/ }).first());
  const panel = page.getByRole("dialog");
  await panel.getByRole("img", { name: /^The path in the graph/ }).waitFor();
  await newcomer.click(panel.getByRole("button", { name: "Close" }));
  await panel.waitFor({ state: "detached" });
}

/** Without what was chosen the list is another one. */
async function suppose(newcomer: Newcomer): Promise<void> {
  const { page } = newcomer;
  await newcomer.click(page.getByRole("button", { name: /^Suppose .* was not chosen/ }).first());
  await page.getByText(/^Supposing 1 change|Without all this/).first().waitFor();
}

/** Drops the feed, brings it in as it was mapped, and finds its first product. */
async function bringIn(newcomer: Newcomer): Promise<void> {
  const { page } = newcomer;
  await newcomer.click(page.getByRole("link", { name: "Feeds" }));
  await dropFile(page, basename(FEED), readFileSync(FEED, "utf-8"));
  await newcomer.type(page.getByRole("textbox", { name: "Currency" }), "SEK");
  await newcomer.click(page.getByRole("button", { name: "Bring it in" }));
  await page.getByText("finished").waitFor();
  const run = `run:${new URL(page.url()).pathname.split("/").at(-1)}`;
  try {
    const title = (await page.getByRole("region", { name: "Examples" }).getByRole("link").first().textContent())!;
    await newcomer.click(page.getByRole("link", { name: "Look for them in the shop" }));
    await newcomer.type(searchBox(page), title);
    await page.getByRole("article").filter({ hasText: title }).first().waitFor();
  } finally {
    await expect.poll(() => rollBack(run), { timeout: SLOW }).toBe("StartedRun"); // one run at a time
  }
}

/** Takes back what the run wrote; null while another run goes on. */
async function rollBack(run: string): Promise<string | null> {
  const query = "mutation ($input: RunInput!) { rollBackRun(input: $input) { __typename } }";
  const answer = await fetch(`${ADDRESS}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables: { input: { run } } }),
  });
  const { data } = (await answer.json()) as { data: { rollBackRun: { __typename: string } } | null };
  return data?.rollBackRun.__typename ?? null;
}
