// A few products with variants, reviews and hostile texts, written and withdrawn by the public API.
import { expect } from "vitest";
import { ADDRESS } from "./browser";

export const SOURCE = "webtest";
export const SHOPPER = `user:${SOURCE}:${"5".repeat(32)}`;
export const keyOf = (id: string) => `product:${SOURCE}:${id}`;
export const pageOf = (key: string) => `/product/${encodeURIComponent(key)}`;

export async function ask<D>(query: string, variables: object = {}): Promise<D> {
  const answer = await fetch(`${ADDRESS}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await answer.json()) as { data: D; errors?: unknown };
  expect(errors).toBeUndefined();
  return data;
}

/** The last of the demo's shoppers, who buys groceries. */
export async function offeredShopper(): Promise<string> {
  const page = await (await fetch(ADDRESS)).text();
  const found = [...page.matchAll(/user:simulated:\w+/g)].at(-1);
  expect(found).toBeDefined();
  return found![0];
}

const UPSERT = `mutation ($input: UpsertProductInput!) { upsertProduct(input: $input) {
  ... on UpsertedProduct { key } ... on MutationError { message path } } }`;
const REVIEW = `mutation ($input: WriteReviewInput!) { writeReview(input: $input) {
  ... on WrittenReview { key } ... on MutationError { message path } } }`;
const WITHDRAW = `mutation ($input: WithdrawProductInput!) { withdrawProduct(input: $input) {
  __typename ... on MutationError { message } } }`;

const written = new Set<string>();

export async function writeProduct(input: { id: string; title: string } & Record<string, unknown>): Promise<string> {
  written.add(input.id);
  const { upsertProduct } = await ask<{ upsertProduct: object }>(UPSERT, {
    input: { source: SOURCE, ...input },
  });
  expect(upsertProduct).toEqual({ key: keyOf(input.id) });
  return keyOf(input.id);
}

export async function writeReview(productKey: string, number: number, rating: number, text: string): Promise<void> {
  const userKey = `user:${SOURCE}:${String(number).padStart(32, "0")}`;
  const { writeReview } = await ask<{ writeReview: { key?: string } }>(REVIEW, {
    input: { source: SOURCE, productKey, userKey, rating, text, title: `Review ${number}` },
  });
  expect(writeReview.key).toBeDefined();
}

/** A teapot in two sizes and colours, of which one is sold out, with reviews. */
export async function writeTeapots(): Promise<void> {
  const one = (id: string, Size: string, Colour: string, more: object = {}) =>
    writeProduct({
      id,
      title: `Quillonware teapot ${Size} ${Colour}`,
      description: "A teapot of stoneware. Made by hand.",
      brand: "Quillonware",
      categories: [["Kitchen", "Teapots"]],
      attributes: [{ name: "material", value: "stoneware" }],
      price: 24.5,
      currency: "EUR",
      availability: "in stock",
      quantity: 7,
      group: "teapot",
      groupTitle: "Quillonware teapot",
      options: [
        { name: "Size", value: Size },
        { name: "Colour", value: Colour },
      ],
      ...more,
    });
  await one("t1", "small", "red", { salePrice: 19.9 });
  await one("t2", "large", "red", { price: 31 });
  await one("t3", "large", "blue", { price: 31, availability: "out of stock", quantity: 0 });
  await writeReview(keyOf("t1"), 1, 5, "Pours well and looks lovely.");
  await writeReview(keyOf("t1"), 2, 5, "Great quality.");
  await writeReview(keyOf("t1"), 3, 2, "The lid fell off.");
}

const BIDI = "\u202e";
/** What closes no tag is no markup to the server, which takes markup out of texts. */
export const HOSTILE_TITLE = `"'<svg/onload=alert(1) ${BIDI}evil javascript:alert(1) {{count}}`;

/** A product whose texts try to be more than texts. */
export async function writeHostile(): Promise<void> {
  await writeProduct({
    id: "hostile",
    title: HOSTILE_TITLE,
    description: `&lt;script&gt;window.hacked = 1&lt;/script&gt; javascript:alert(1) ${"long".repeat(2_500)}`,
    brand: `"><svg onload=alert(1)>`,
    categories: [["&lt;i&gt;Kitchen", "javascript:alert(1)"]],
    attributes: [{ name: "material", value: "</td><script>window.hacked = 1</script>" }],
    price: 1,
    currency: "EUR",
    availability: "in stock",
    imageUrl: "https://pictures.invalid/1.png",
    media: [{ url: "https://pictures.invalid/1.png", alt: `"><img src=x onerror=alert(1)>` }],
    url: "https://shop.invalid/<script>",
  });
  await writeReview(keyOf("hostile"), 9, 1, `<a href="javascript:alert(1)">click</a> ${BIDI}${"x".repeat(5_000)}`);
}

export async function withdrawAll(): Promise<void> {
  for (const id of written) await ask(WITHDRAW, { input: { source: SOURCE, id } });
  await ask(`mutation ($input: EraseUserInput!) { eraseUser(input: $input) { __typename } }`, {
    input: { userKey: SHOPPER },
  });
  written.clear();
}
