import { copyFileSync } from "node:fs";
import react from "@vitejs/plugin-react";
import license from "rollup-plugin-license";
import { defineConfig } from "vitest/config";

const server = process.env.STUDIO_SERVER ?? "http://127.0.0.1:8000";

// The API serves the built files under /studio/ and puts a nonce in place of this text.
const NONCE = "catalograph-nonce";

const outDir = process.env.STUDIO_OUTPUT ?? "../catalograph/api/console/studio";

export default defineConfig({
  plugins: [
    react(),
    // The licences of what is built in go with it.
    license({ thirdParty: { output: `${outDir}/LICENSES.txt` } }),
    {
      name: "page-list",
      // The API reads which addresses the page has.
      closeBundle: () => copyFileSync("src/pages.json", `${outDir}/pages.json`),
    },
  ],
  base: "/",
  html: { cspNonce: NONCE },
  build: {
    outDir,
    emptyOutDir: true,
    assetsDir: "studio",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    chunkSizeWarningLimit: 1200,
  },
  server: { proxy: { "/graphql": { target: server, ws: true }, "/cypher": server } },
  test: {
    projects: [
      { extends: true, test: { name: "unit", include: ["src/**/*.test.{ts,tsx}"] } },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["tests/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
    ],
  },
});
