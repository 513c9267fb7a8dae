import type { Page } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { closeBrowser, expectAccessible, expectNoFaults, openPage } from "./browser";

afterAll(closeBrowser);

const SAMSUNG = '/graph?start=["brand:samsung"]&open=["brand:samsung"]';

/** Numbers of nodes and edges that the page says it draws. */
async function counts(page: Page, nodes: RegExp = /^(\d+) nodes, (\d+) edges$/) {
  const text = (await page.getByText(nodes).textContent())!;
  return nodes.exec(text)!.slice(1).map(Number) as [number, number];
}

test.each([
  { language: "en", scheme: "light", phone: false },
  { language: "zh", scheme: "dark", phone: true },
] as const)("is accessible and without faults: $language, $scheme, phone $phone", async (view) => {
  const page = await openPage(`${SAMSUNG}&selected="brand:samsung"`, view);
  const zh = view.language === "zh";
  await page.getByRole("img", { name: zh ? /^图谱：26/ : /^Graph of 26 nodes/ }).waitFor();
  await page.getByRole("region", { name: zh ? "所选节点" : "Chosen node" }).waitFor();
  await expectAccessible(page);
  await page.getByText(zh ? "表格" : "Table", { exact: true }).click();
  await page.getByRole("table", { name: zh ? "节点" : "Nodes" }).waitFor();
  await expectAccessible(page);
  await page.getByRole("button", { name: zh ? "筛选" : "Filters" }).click();
  await page.getByRole("slider").waitFor();
  await expectAccessible(page);
  expectNoFaults(page);
});

test("finds, expands, filters and collapses, and the link shows the same", async () => {
  const page = await openPage("/graph");
  await page.getByPlaceholder(/^Find a product/).fill("dynex");
  await page.getByRole("option", { name: /Dynex.*Brand/ }).click();
  await page.getByRole("img", { name: /^Graph of/ }).waitFor();
  const [, one] = await counts(page, /^([1-9]\d+) nodes, (\d+) edges$/);
  expect(one).toBe(25);
  const details = page.getByRole("region", { name: "Chosen node" });
  // A product of the brand, and its own facts.
  await details.getByRole("button", { name: /^Dynex/ }).first().click();
  await details.getByRole("button", { name: "Expand" }).click();
  await page.getByText(/^(?!26 )\d+ nodes, \d+ edges$/).waitFor();
  await details.getByRole("button", { name: /^Sources of/ }).first().click();
  await details.getByText("Records that say so").waitFor();
  await page.getByRole("button", { name: "Filters" }).click();
  await page.getByText("in category", { exact: true }).last().click();
  await page.getByText(/^3 nodes, 1 edges$/).waitFor();
  const link = page.url();
  await page.goto(link);
  await page.getByText(/^3 nodes, 1 edges$/).waitFor();
  await details.getByRole("button", { name: "Collapse" }).click();
  await page.getByText(/^2 nodes, 0 edges$/).waitFor();
  expectNoFaults(page);
});

test("joins two nodes by shortest paths, finds alike, and gives the statement", async () => {
  const page = await openPage('/graph?from="brand:samsung"&to="brand:dynex"&selected="brand:samsung"');
  await page.getByText("8 paths").waitFor();
  await page.getByRole("region", { name: "Chosen node" }).getByRole("button", { name: /^Samsung -/ }).first().click();
  await page.getByRole("button", { name: "Find alike" }).click();
  await page.getByRole("button", { name: "Hide alike" }).waitFor();
  await page.getByRole("region", { name: "Chosen node" }).getByText("alike →").first().waitFor();
  await page.getByRole("button", { name: "Neo4j Browser" }).click();
  const statement = await page.getByLabel("Cypher statement").textContent();
  expect(statement).toContain("allShortestPaths");
  expect(statement).not.toContain("CO_PREFERRED");
  const link = await page.getByRole("link", { name: /^Open Neo4j Browser/ }).getAttribute("href");
  expect(decodeURIComponent(link!)).toContain(statement);
  expectNoFaults(page);
});

test("is used by keyboard alone, in rows", async () => {
  const page = await openPage(`${SAMSUNG}&view="table"`);
  const table = page.getByRole("table", { name: "Nodes" });
  await table.waitFor();
  const product = table.getByRole("button", { name: /^Expand Samsung/ }).first();
  await product.focus();
  await page.keyboard.press("Enter");
  await table.getByRole("button", { name: /^Collapse Samsung -/ }).waitFor();
  // Its own facts come to the 25 products of the brand.
  await page.getByText(/^(?!26 )\d+ nodes, \d+ edges$/).waitFor();
  const details = page.getByRole("region", { name: "Chosen node" });
  await details.getByRole("button", { name: /^Sources of/ }).first().focus();
  await page.keyboard.press("Enter");
  await details.getByText("Records that say so").waitFor();
  expectNoFaults(page);
});
