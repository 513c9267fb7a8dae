// A real browser for the suites: pages by size, language and colours, with their faults collected.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { expect } from "vitest";

export const ADDRESS = process.env.STUDIO_URL ?? "http://127.0.0.1:8000";
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");

export interface View {
  language?: "en" | "zh";
  scheme?: "light" | "dark";
  phone?: boolean;
  /** Pixels of a picture for each pixel of the page. */
  scale?: number;
  /** Another server than that of the suites. */
  server?: string;
  /** Origins that the page may ask or lead to, beside its server; faults of their pages do not count. */
  others?: string[];
}

let browser: Promise<Browser> | undefined;
const faults = new WeakMap<Page, string[]>();

/** Opens a page of the Studio in a context of its own. */
export async function openPage(path: string, view: View = {}): Promise<Page> {
  browser ??= chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const context = await (await browser).newContext({
    viewport: view.phone ? { width: 390, height: 844 } : { width: 1280, height: 860 },
    deviceScaleFactor: view.scale,
    locale: view.language === "zh" ? "zh-CN" : "en-GB",
    colorScheme: view.scheme ?? "light",
    reducedMotion: "reduce",
    acceptDownloads: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(55_000); // the machine may be busy
  const found: string[] = [];
  faults.set(page, found);
  const server = view.server ?? ADDRESS;
  const elsewhere = () => view.others?.some((origin) => page.url().startsWith(origin)) ?? false;
  page.on("console", (message) => {
    if (message.type() === "error" && !elsewhere()) found.push(message.text());
  });
  page.on("pageerror", (error) => found.push(String(error)));
  const known = [server, ...(view.others ?? []), "data:", "blob:"];
  page.on("request", (request) => {
    const url = request.url();
    if (!elsewhere() && !known.some((start) => url.startsWith(start)))
      found.push(`foreign request: ${url}`);
  });
  await page.goto(`${server}${path}`);
  return page;
}

/** Fails on errors in the console (violations of the content policy are among them) and requests elsewhere. */
export function expectNoFaults(page: Page): void {
  expect(faults.get(page)).toEqual([]);
}

/** Fails on what axe-core finds. */
export async function expectAccessible(page: Page): Promise<void> {
  const violations = await page.evaluate(async (source) => {
    // Evaluated by the debugger, which the page's content policy does not bind.
    if (!("axe" in window)) (0, eval)(source);
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    const result = await (window as any).axe.run(document, {
      resultTypes: ["violations"],
      rules: { "target-size": { enabled: true } }, // of WCAG 2.2, off by default
    });
    return result.violations.map((one: { id: string; nodes: { html: string }[] }) => ({
      id: one.id,
      nodes: one.nodes.map((node) => node.html.slice(0, 200)),
    }));
  }, AXE);
  expect(violations).toEqual([]);
}

/** Drops a file of text where the page of feeds takes one. */
export async function dropFile(page: Page, name: string, text: string): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([file, content]) => {
      const found = new DataTransfer();
      found.items.add(new File([content!], file!, { type: "text/csv" }));
      return found;
    },
    [name, text],
  );
  const zone = page.getByText("Drop a file here, or choose one").or(page.getByText("将文件拖到这里，或选择文件"));
  await zone.waitFor();
  await zone.dispatchEvent("drop", { dataTransfer: transfer });
}

export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
  browser = undefined;
}
