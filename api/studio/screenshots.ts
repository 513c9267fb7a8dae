// Takes pictures of every page for docs/: STUDIO_URL=… npx vite-node screenshots.ts
import { mkdirSync } from "node:fs";
import { closeBrowser, openPage, type View } from "./tests/browser";

const FOLDER = "../../docs/assets/studio";
const PRODUCT = "product:grocery:oatly-oat-milk-1";
const PAGES: Record<string, string> = {
  shop: "/shop",
  product: `/product/${PRODUCT}`,
  recommend: "/recommend",
  graph: `/graph/${PRODUCT}`,
  feeds: "/feeds",
  review: "/review",
  insights: "/insights",
  query: "/query",
  models: "/models",
  operate: "/operate",
};
const VIEWS: Record<string, View> = {
  wide: {},
  dark: { scheme: "dark", language: "zh" },
  phone: { phone: true },
};

mkdirSync(FOLDER, { recursive: true });
for (const [name, path] of Object.entries(PAGES))
  for (const [kind, view] of Object.entries(VIEWS)) {
    const page = await openPage(path, view);
    await page.waitForLoadState("networkidle");
    await page.screenshot({ path: `${FOLDER}/${name}-${kind}.jpg`, type: "jpeg", quality: 45 });
    await page.context().close();
  }
await closeBrowser();
