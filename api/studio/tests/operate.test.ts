import { afterAll, describe, expect, test } from "vitest";
import { ADDRESS, closeBrowser, expectAccessible, expectNoFaults, openPage } from "./browser";

afterAll(closeBrowser);

async function ask(query: string, variables: Record<string, unknown> = {}): Promise<Record<string, never>> {
  const answer = await fetch(`${ADDRESS}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  return ((await answer.json()) as { data: Record<string, never> }).data;
}

describe("operation", () => {
  test("shows health, checks with remedies, and slow statements", async () => {
    const page = await openPage("/operate");
    await page.getByText("Ready", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Run the checks" }).click();
    await page.getByRole("cell", { name: "server", exact: true }).waitFor();
    const slow = page.getByRole("region", { name: "Slow statements" });
    await slow.getByRole("button", { name: "Show as a table" }).click();
    await slow.getByRole("columnheader", { name: "Mean, ms" }).waitFor();
    await expectAccessible(page);
    expectNoFaults(page);
  });

  test("erases a shopper after the key was repeated, and proves it", async () => {
    const userKey = `user:web:${crypto.randomUUID().replaceAll("-", "")}`;
    const { products } = (await ask("{ products(first: 1) { nodes { key } } }")) as unknown as {
      products: { nodes: { key: string }[] };
    };
    await ask(
      "mutation($input: RecordEventInput!) { recordEvent(input: $input) { __typename } }",
      { input: { source: "web", id: crypto.randomUUID(), kind: "VIEW", userKey, productKey: products.nodes[0]!.key } },
    );
    const page = await openPage("/operate");
    await page.getByRole("textbox", { name: "The shopper’s pseudonym" }).fill(userKey);
    await page.getByRole("button", { name: "See what is known" }).click();
    await page.getByText("Known: 1 events, 0 reviews, 1 products chosen.").waitFor();
    const erase = page.getByRole("button", { name: "Erase for good" });
    expect(await erase.isDisabled()).toBe(true);
    await page.getByRole("textbox", { name: "Type the pseudonym again to confirm" }).fill(userKey);
    await erase.click();
    await page.getByText("1 record went.").waitFor();
    await page.getByText("Looked up again: nothing is known.").waitFor();
    await expectAccessible(page);
    expectNoFaults(page);
  });

  test.each([
    { language: "zh", scheme: "dark", phone: true },
    { language: "zh", scheme: "light", phone: false },
  ] as const)("is accessible: $language, $scheme, phone $phone", async (view) => {
    const page = await openPage("/operate", view);
    await page.getByText("就绪", { exact: true }).waitFor();
    await expectAccessible(page);
    expectNoFaults(page);
  });
});
