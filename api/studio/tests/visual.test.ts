// How six pages look, beside pictures of how they looked: BASELINES=write takes them anew.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Page } from "playwright-core";
import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { closeBrowser, openPage } from "./browser";
import { keyOf, offeredShopper, pageOf, withdrawAll, writeTeapots } from "./fixture";

const FOLDER = resolve(import.meta.dirname, "baselines");
/** Pictures of a quarter of the size show form and colours, and little of which fonts a machine has. */
const SCALE = 0.25;
/** Share of pixels that may differ: fonts, times, counts. */
const MOST = 0.04;

beforeAll(writeTeapots);

afterAll(async () => {
  await withdrawAll();
  await closeBrowser();
});

const article = (page: Page) => page.getByRole("article").first().waitFor();

const PAGES: Record<string, { path: string | (() => Promise<string>); drawn: (page: Page) => Promise<void>; dark?: boolean }> = {
  shop: { path: "/shop?q=apple%20juice", drawn: article },
  product: { path: pageOf(keyOf("t1")), drawn: (page) => page.getByText("Great quality.").waitFor() },
  recommend: { path: async () => `/recommend?user=${await offeredShopper()}`, drawn: article, dark: true },
  feeds: { path: "/feeds", drawn: (page) => page.getByText("Drop a file here, or choose one").waitFor() },
  query: { path: "/query", drawn: (page) => page.getByRole("heading", { level: 2 }).first().waitFor() },
  insights: {
    path: "/insights?until=2026-04-10",
    drawn: (page) => page.getByRole("img").first().waitFor(),
    dark: true,
  },
};

test.each(Object.entries(PAGES))("%s looks as before", async (name, { path, drawn, dark }) => {
  const address = typeof path === "string" ? path : await path();
  const page = await openPage(address, { scale: SCALE, scheme: dark ? "dark" : "light" });
  await drawn(page);
  await page.waitForLoadState("networkidle");
  // Which products are shown differs from model to model.
  const mask = [page.getByRole("article").locator("img, svg")];
  const seen = PNG.sync.read(await page.screenshot({ animations: "disabled", caret: "hide", mask, maskColor: "#888" }));
  const file = `${FOLDER}/${name}.png`;
  if (process.env.BASELINES === "write") {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, PNG.sync.write(seen));
  }
  expect(existsSync(file), `${file} is missing; BASELINES=write takes it`).toBe(true);
  const before = PNG.sync.read(readFileSync(file));
  expect([seen.width, seen.height]).toEqual([before.width, before.height]);
  const differing = pixelmatch(before.data, seen.data, undefined, seen.width, seen.height, { threshold: 0.2 });
  const share = differing / (seen.width * seen.height);
  if (share > MOST) {
    const folder = resolve(import.meta.dirname, "../../../build/web-differences");
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/${name}.png`, PNG.sync.write(seen));
  }
  expect(share, `${name} looks different; see build/web-differences`).toBeLessThanOrEqual(MOST);
});
