// A server with authentication: signing in by an API key, and keys that are made and revoked on the page.
import type { Page } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { closeBrowser, expectAccessible, expectNoFaults, openPage } from "./browser";

afterAll(closeBrowser);

/** The same graph, served to owners of keys; `make test-web` starts it. */
const SERVER = process.env.STUDIO_KEYS_URL ?? "";
const ADMIN = process.env.STUDIO_ADMIN_KEY ?? "";

async function signIn(page: Page, key: string): Promise<void> {
  await page.getByRole("button", { name: "Sign in" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("API key").fill(key);
  await dialog.getByLabel("API key").press("Enter");
}

describe.runIf(SERVER)("with API keys", () => {
  test("a key is made, shown once, signs in with its scopes only, and is revoked", async () => {
    const page = await openPage("/shop", { server: SERVER });
    await page.getByRole("button", { name: "Sign in" }).first().waitFor();
    expect(await page.getByRole("link", { name: "Operation" }).count()).toBe(0);
    await signIn(page, ADMIN);
    await page.getByRole("link", { name: "Operation" }).click();

    const name = `till-${Date.now().toString(36)}`;
    const keys = page.getByRole("region", { name: "API keys" });
    await keys.getByRole("textbox", { name: "Name of a new key" }).fill(name);
    await keys.getByRole("textbox", { name: "What it may do" }).click();
    await page.getByRole("option", { name: "catalog:read" }).click();
    await page.keyboard.press("Escape");
    await keys.getByRole("button", { name: "Make the key" }).click();
    const key = await keys.getByRole("status").locator("code").textContent();
    await expectAccessible(page);

    const other = await openPage("/shop", { server: SERVER });
    await signIn(other, key!);
    await other.getByRole("article").first().waitFor();
    expect(await other.getByRole("link", { name: "Operation" }).count()).toBe(0);

    await page.reload();
    await keys.getByRole("cell", { name, exact: true }).waitFor();
    expect(await page.getByText(key!).count()).toBe(0);
    await keys.getByRole("button", { name: `Revoke the key of ${name}` }).click();
    await keys.getByRole("button", { name: `Really revoke the key of ${name}?` }).click();
    await keys.getByRole("cell", { name, exact: true }).waitFor({ state: "detached" });
    expectNoFaults(page);

    await other.reload();
    await other.getByRole("button", { name: "Sign in" }).first().waitFor();
    expect(await other.getByRole("article").count()).toBe(0);
  });
});
