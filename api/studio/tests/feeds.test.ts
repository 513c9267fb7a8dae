import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { closeBrowser, dropFile, expectAccessible, expectNoFaults, openPage } from "./browser";

afterAll(closeBrowser);

const SLOW = 120_000;
const TAG = Date.now().toString(36);
const SHOPIFY = `Handle,Title,Body (HTML),Vendor,Product Category,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Status
lamp-${TAG},Zephyrine lamp ${TAG},<p>Warm light</p>,Nordlicht,Home > Lamps,TRUE,Title,Default Title,L-${TAG},4,deny,25.00,active
vase-${TAG},Zephyrine vase ${TAG},<p><script>alert(1)</script>Blue glass</p>,Nordlicht,Home > Vases,TRUE,Title,Default Title,V-${TAG},2,deny,18.00,active
`;
const TABLE = `sku,name,maker,price
A-${TAG},Red kettle,Acme,20.00
B-${TAG},,Acme,21.00
`;

describe("a feed", () => {
  test("is dropped, mapped, tried, run, found by search, and taken back", async () => {
    const page = await openPage("/feeds");
    page.setDefaultTimeout(SLOW);
    await dropFile(page, "products_export_1.csv", SHOPIFY);
    await page.getByText("shopify_products").first().waitFor();
    await page.getByRole("textbox", { name: "Currency" }).fill("EUR");
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByRole("article").filter({ hasText: `Zephyrine vase ${TAG}` }).getByText("€18.00").waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Bring it in" }).click();
    await page.getByText("finished").waitFor();
    await page.getByRole("region", { name: "Examples" }).getByText(`Zephyrine lamp ${TAG}`).waitFor();
    await expectAccessible(page);
    const run = page.url();

    await page.getByRole("link", { name: "Look for them in the shop" }).click();
    await vi.waitFor(
      async () => {
        // The full-text index takes a moment; a search that found nothing is kept by the page.
        await page.reload();
        await page.getByRole("combobox", { name: "Search the shop" }).fill(`zephyrine lamp ${TAG}`);
        await page.getByText(`Zephyrine lamp ${TAG}`).first().waitFor({ timeout: 5_000 });
      },
      { timeout: SLOW, interval: 500 },
    );

    await page.goto(run);
    await page.getByRole("button", { name: "Roll back …" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("2 records that it added go").waitFor();
    await dialog.getByText(`Zephyrine vase ${TAG}`).waitFor();
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Roll back" }).click();
    await page.waitForURL((url) => url.href !== run);
    await page.getByText("removed", { exact: true }).waitFor();
    await page.goto(run);
    await page.getByText("is rolled back already").waitFor();
    expectNoFaults(page);
  }, 600_000);

  test("has its rejected rows corrected and downloaded, on a phone, in Chinese, by keyboard", async () => {
    const page = await openPage("/feeds", { language: "zh", scheme: "dark", phone: true });
    page.setDefaultTimeout(SLOW);
    await dropFile(page, "table.csv", TABLE);
    await page.getByRole("textbox", { name: "数据源名称" }).fill(`table-${TAG}`);
    await page.getByRole("combobox", { name: "“品牌”的列" }).or(page.getByRole("textbox", { name: "“品牌”的列" })).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Escape");
    await expectAccessible(page);
    await page.getByRole("button", { name: "导入" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("已完成").waitFor();

    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "下载 CSV" }).press("Enter");
    const folder = mkdtempSync(join(tmpdir(), "feeds-"));
    await (await saved).saveAs(join(folder, "rejected.csv"));
    expect(readFileSync(join(folder, "rejected.csv"), "utf-8")).toContain("missing");

    await page.getByRole("button", { name: "更正第 3 行" }).press("Enter");
    await page.getByRole("textbox", { name: "name" }).fill("Green kettle");
    await page.keyboard.press("Enter");
    await page.getByText("修正 1 行，仍失败 0 行。").waitFor();
    await expectAccessible(page);
    expectNoFaults(page);
  }, 600_000);

  test("that is no feed is refused in words", async () => {
    const page = await openPage("/feeds");
    page.setDefaultTimeout(SLOW);
    const file = join(mkdtempSync(join(tmpdir(), "feeds-")), "picture.png");
    writeFileSync(file, Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3, 255, 254]));
    await page.getByLabel("Choose a file").setInputFiles(file);
    await page.getByRole("alert").getByText("picture.png").waitFor();
    expectNoFaults(page);
  }, 300_000);
});
