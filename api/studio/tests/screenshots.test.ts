// Pictures of every page for docs/: SCREENSHOTS=../../docs/assets/studio, and the demo in STUDIO_URL.
import { mkdirSync } from "node:fs";
import { afterAll, test } from "vitest";
import { closeBrowser, openPage, type View } from "./browser";
import { offeredShopper } from "./fixture";

afterAll(closeBrowser);

const FOLDER = process.env.SCREENSHOTS ?? "";
const MILK = "product:grocery:oatly-oat-milk-1";
const VIEWS: Record<string, View> = {
  wide: {},
  dark: { scheme: "dark", language: "zh" },
  phone: { phone: true },
};

test.runIf(FOLDER)(
  "takes a picture of each page, wide, dark in Chinese, and on a phone",
  async () => {
    mkdirSync(FOLDER, { recursive: true });
    const opened = encodeURIComponent(JSON.stringify([MILK, "brand:oatly"]));
    const pages: Record<string, string> = {
      shop: "/shop?query=apple%20juice",
      product: `/product/${MILK}`,
      recommend: `/recommend?user=${await offeredShopper()}`,
      graph: `/graph?open=${opened}`,
      feeds: "/feeds",
      review: "/review",
      insights: "/insights?until=2026-04-10",
      query: "/query",
      models: "/models",
      operate: "/operate",
    };
    for (const [name, path] of Object.entries(pages))
      for (const [kind, view] of Object.entries(VIEWS)) {
        const page = await openPage(path, view);
        await page.waitForLoadState("networkidle");
        await page.screenshot({ path: `${FOLDER}/${name}-${kind}.jpg`, type: "jpeg", quality: 35 });
        await page.context().close();
      }
  },
  300_000,
);
