// Signing in by OpenID Connect, code with PKCE, at a real identity provider (oidc-provider) in this process.
import type { Server } from "node:http";
import Provider from "oidc-provider";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeBrowser, expectAccessible, expectNoFaults, openPage } from "./browser";

const SERVER = process.env.STUDIO_KEYS_URL ?? "";
const PORT = Number(process.env.OPENID_PORT ?? 0);
const ISSUER = `http://127.0.0.1:${PORT}`;
const SCOPE = "catalog:read recommend:read";

let listening: Server | undefined;

function startProvider(): Promise<Server> {
  const audience = process.env.OPENID_AUDIENCE!;
  const provider = new Provider(ISSUER, {
    clients: [
      {
        client_id: "studio",
        redirect_uris: [`${SERVER}/shop/signed-in`],
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    jwks: { keys: [JSON.parse(process.env.OPENID_KEY!)] },
    scopes: ["openid", ...SCOPE.split(" ")],
    pkce: { required: () => true },
    clientBasedCORS: (_, origin) => origin === SERVER,
    features: {
      devInteractions: { enabled: true }, // its pages take any name
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: SCOPE, audience, accessTokenFormat: "jwt" }),
      },
    },
  });
  return new Promise((resolve) => {
    const server = provider.listen(PORT, "127.0.0.1", () => resolve(server));
  });
}

describe.runIf(SERVER && PORT)("with OpenID Connect", () => {
  beforeAll(async () => {
    listening = await startProvider();
  });

  afterAll(async () => {
    await closeBrowser();
    listening?.closeAllConnections();
    await new Promise((resolve) => listening?.close(resolve));
  });

  test("one signs in with an account, has its scopes, and signs out", async () => {
    const page = await openPage("/shop", { server: SERVER, others: [ISSUER] });
    await page.getByRole("button", { name: "Sign in" }).first().click();
    await page.getByRole("button", { name: "Sign in with your account" }).click();
    await page.waitForURL((url) => url.origin === ISSUER);
    await page.locator("input[name=login]").fill("alice");
    await page.locator("input[name=password]").fill("anything");
    await page.locator("button[type=submit]").click();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.waitForURL((url) => url.origin === SERVER && url.pathname === "/shop");
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    await page.getByRole("article").first().waitFor();
    await page.getByRole("link", { name: "For you" }).waitFor();
    expect(await page.getByRole("link", { name: "Operation" }).count()).toBe(0);
    expect(new URL(page.url()).search).not.toContain("code=");
    await expectAccessible(page);

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in" }).first().waitFor();
    expectNoFaults(page);
  });
});
