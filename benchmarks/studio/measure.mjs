// Lighthouse over the pages of a running Studio, printed as JSON.
//
//     cd benchmarks/studio && npm ci --ignore-scripts && node measure.mjs http://127.0.0.1:8000
//
// Of each page: the scores of a cold load at a desk without throttling, and on a phone with Lighthouse's
// (a processor four times as slow, 1.6 Mbit/s), times in milliseconds, kilobytes sent. Of the shop also how
// long the answer to a typed letter takes to be drawn. CHROMIUM names the browser.
import { startFlow } from "lighthouse";
import desktop from "lighthouse/core/config/desktop-config.js";
import puppeteer from "puppeteer-core";
import pages from "../../api/studio/src/pages.json" with { type: "json" };

const [address = "http://127.0.0.1:8000"] = process.argv.slice(2);
const listed = pages.filter((one) => one.listed).map((one) => one.path);
const SCORES = ["performance", "accessibility", "best-practices", "seo"];
const TIMES = {
  first_paint: "first-contentful-paint",
  largest_paint: "largest-contentful-paint",
  blocked: "total-blocking-time",
  interaction: "interaction-to-next-paint",
};
const unthrottled = {
  ...desktop,
  settings: { ...desktop.settings, throttlingMethod: "provided", onlyCategories: SCORES },
};
const phone = { extends: "lighthouse:default", settings: { onlyCategories: SCORES } };

function figures({ lhr }) {
  const { audits, categories } = lhr;
  const found = {};
  for (const name of SCORES) if (categories[name]) found[name] = categories[name].score;
  for (const [name, id] of Object.entries(TIMES))
    if (audits[id]?.numericValue != null) found[name] = Math.round(audits[id].numericValue);
  if (audits["cumulative-layout-shift"]) found.layout_shift = +audits["cumulative-layout-shift"].numericValue.toFixed(3);
  const sent = audits["total-byte-weight"]?.numericValue;
  if (sent != null) found.kilobytes = Math.round(sent / 1000);
  return found;
}

async function measurePages(browser, paths, config) {
  const page = await browser.newPage();
  const flow = await startFlow(page, { config });
  for (const path of paths) await flow.navigate(`${address}/${path}`);
  const { steps } = await flow.createFlowResult();
  await page.close();
  return Object.fromEntries(paths.map((path, n) => [path, figures(steps[n])]));
}

/** Types into the search box of the shop as a person does. */
async function measureTyping(browser) {
  const page = await browser.newPage();
  await page.goto(`${address}/shop`, { waitUntil: "networkidle0" });
  const flow = await startFlow(page, { config: unthrottled });
  await flow.startTimespan();
  const box = await page.waitForSelector("input[role=combobox]");
  await box.type("apple juice", { delay: 80 });
  await page.waitForNetworkIdle();
  await flow.endTimespan();
  const { steps } = await flow.createFlowResult();
  await page.close();
  const { interaction, blocked, layout_shift } = figures(steps[0]);
  return { interaction, blocked, layout_shift };
}

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  const result = {
    desk: await measurePages(browser, listed, unthrottled),
    phone: await measurePages(browser, ["shop", "recommend"], phone),
    typing: await measureTyping(browser),
  };
  console.log(JSON.stringify(result, null, 1));
} finally {
  await browser.close();
}
