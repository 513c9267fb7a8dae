// `tests.web.review_questions` has put questions into the queue of the demo.
import type { Page } from "playwright-core";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { closeBrowser, expectAccessible, expectNoFaults, openPage, type View } from "./browser";

const opened: Page[] = [];

async function open(path: string, view: View = {}): Promise<Page> {
  const page = await openPage(path, view);
  opened.push(page);
  return page;
}

// Pages are left as a person does: what they hold is free for others at once.
afterEach(async () => {
  for (const page of opened.splice(0)) {
    await page.goto("about:blank");
    await page.close();
  }
});
afterAll(closeBrowser);

interface Decided {
  key: string;
  wanted: number;
  decisions: { reviewer: string; verdict: string; correction: string | null }[];
}

async function ask<D>(page: Page, query: string): Promise<D> {
  const answer = await page.request.post(new URL("/graphql", page.url()).href, { data: { query } });
  const body = (await answer.json()) as { data: D; errors?: unknown };
  expect(body.errors).toBeUndefined();
  return body.data;
}

async function decidedBy(page: Page, reviewer: string): Promise<Decided[]> {
  const { reviewQueue } = await ask<{ reviewQueue: { nodes: Decided[] } }>(
    page,
    `{ reviewQueue(state: DECIDED, first: 100) {
      nodes { key wanted decisions { reviewer verdict correction } } } }`,
  );
  return reviewQueue.nodes.filter((one) => one.decisions.some((by) => by.reviewer === reviewer));
}

const reviewerOf = (page: Page) => page.evaluate(() => localStorage.getItem("reviewer") ?? "");

/** The open question: its section is named by its place in the list. */
const question = (page: Page) => page.getByRole("region", { name: /^(Question \d+ of|第 \d+ 个)/ });

async function waitForDecisions(page: Page, reviewer: string, count: number): Promise<Decided[]> {
  let found: Decided[] = [];
  await expect
    .poll(async () => (found = await decidedBy(page, reviewer)).length, { timeout: 40_000 })
    .toBe(count);
  return found;
}

describe("review", () => {
  test.each([
    { language: "en", scheme: "light", phone: false },
    { language: "zh", scheme: "dark", phone: true },
  ] as const)("is accessible and without faults: $language, $scheme, phone $phone", async (view) => {
    const page = await open("/review?kind=pair", view);
    await question(page).waitFor();
    await expectAccessible(page);
    await page.getByRole("textbox", { name: view.language === "zh" ? "问题类型" : "Kind of question" }).click();
    await page.getByRole("option").first().click();
    await question(page).waitFor();
    await expectAccessible(page);
    expectNoFaults(page);
  });

  test("a text with its evidence, two records side by side, and the keys", async () => {
    const page = await open("/review?kind=value");
    await question(page).waitFor();
    const shown = (await question(page).getByRole("heading").first().textContent()) ?? "";
    expect(await question(page).locator("mark").first().textContent()).toBe(shown.split(": ")[1]);
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    await page.goto(new URL("/review?kind=pair", page.url()).href);
    await question(page).getByRole("table").first().waitFor();
    expect(await question(page).getByRole("columnheader").count()).toBe(3);
    await question(page).getByText("What the score rests on").first().waitFor();
    expectNoFaults(page);
  });

  test("two at once get different questions", async () => {
    const pages = await Promise.all([1, 2].map(() => open("/review?kind=value&attribute=colour")));
    await Promise.all(pages.map((page) => question(page).waitFor()));
    const names = await Promise.all(pages.map(reviewerOf));
    expect(names[0]).not.toBe(names[1]);
    for (let n = 0; n < 5; n++) await Promise.all(pages.map((page) => page.keyboard.press("a")));
    const [one, two] = await Promise.all(
      pages.map((page, n) => waitForDecisions(page, names[n] ?? "", 5)),
    );
    const shared = one?.filter((mine) => two?.some((theirs) => theirs.key === mine.key)) ?? [];
    expect(shared.filter((item) => item.wanted < 2)).toEqual([]);
    for (const page of pages) expectNoFaults(page);
  });

  test("fifty values are decided by keyboard, with a correction, many at once, and an undo", { timeout: 180_000 }, async () => {
    const page = await open("/review?kind=value");
    await question(page).waitFor();
    const reviewer = await reviewerOf(page);
    const place = () => question(page).getAttribute("aria-label");
    // 1: a correction.
    await page.keyboard.press("c");
    await page.getByRole("textbox", { name: "The right value" }).fill("Turquoise");
    await page.keyboard.press("Enter");
    // 2 to 4: three selected, accepted together; then taken back, and rejected.
    for (let n = 0; n < 3; n++) {
      await page.keyboard.press("x");
      await page.keyboard.press("j");
    }
    await page.getByText("3 selected").waitFor();
    await page.keyboard.press("a");
    await waitForDecisions(page, reviewer, 4);
    await page.keyboard.press("u");
    await waitForDecisions(page, reviewer, 1);
    for (let n = 0; n < 3; n++) await page.keyboard.press("r");
    await waitForDecisions(page, reviewer, 4);
    // 5 to 50: one key each.
    for (let n = 4; n < 50; n++) {
      await question(page).waitFor();
      const before = await place();
      await page.keyboard.press(n % 4 ? "a" : "r");
      await expect.poll(place, { timeout: 30_000 }).not.toBe(before);
    }
    // One's own decisions: of two reviewers who differ, the verdict of the first is in force.
    const mine = (await waitForDecisions(page, reviewer, 50)).map((item) =>
      item.decisions.find((one) => one.reviewer === reviewer),
    );
    expect(mine.map((one) => one?.correction).filter(Boolean)).toEqual(["Turquoise"]);
    expect(mine.filter((one) => one?.verdict === "REJECT").length).toBe(15);
    await page.getByText(/\d+ of \d+ decided/).first().waitFor();
    expectNoFaults(page);
  });
});
