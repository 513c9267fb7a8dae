import { defaultParseSearch, defaultStringifySearch } from "@tanstack/react-router";
import { expect, test } from "vitest";
import { FIRST_VIEW, filterOf, isChosen, listChoices, readView, type ShopView, toggleChoice, withoutChoices } from "./view";

const VIEW: ShopView = {
  ...FIRST_VIEW,
  q: "100",
  back: ["brand:dynex@3"],
  brands: ["brand:dynex", "brand:lg"],
  availability: ["IN_STOCK"],
  attributes: { colour: ["value:colour=red"] },
  numbers: { memory: [8, 64, "GB"] },
  price: [10, null],
  currency: "EUR",
  rating: 4,
  stock: true,
  sort: "PRICE_ASC",
  pages: 3,
};

test("a view survives its address", () => {
  const address = defaultStringifySearch(VIEW as never);
  expect(readView(defaultParseSearch(address))).toEqual(VIEW);
  expect(readView({})).toEqual(FIRST_VIEW);
});

test("what is malformed in an address is left out", () => {
  const view = readView({
    q: 12,
    brands: "brand:lg",
    categories: [1, "category:tv"],
    availability: ["GONE", "IN_STOCK"],
    attributes: { colour: "red", size: [], memory: ["value:memory=8"] },
    numbers: { width: ["a", "b"], height: [1, "b", 3] },
    price: ["<b>", null],
    currency: "euro",
    rating: "4",
    stock: "yes",
    sort: "DROP",
    pages: 1e9,
  });
  expect(view).toEqual({
    ...FIRST_VIEW,
    q: "12",
    categories: ["category:tv"],
    availability: ["IN_STOCK"],
    attributes: { memory: ["value:memory=8"] },
    numbers: { height: [1, null, null] },
    pages: 20,
  });
});

test("a view asks the API", () => {
  expect(filterOf(FIRST_VIEW)).toBeNull();
  expect(filterOf(VIEW)).toEqual({
    brands: ["brand:dynex", "brand:lg"],
    availability: ["IN_STOCK"],
    attributes: [
      { attribute: "colour", values: ["value:colour=red"] },
      { attribute: "memory", min: 8, max: 64, unit: "GB" },
    ],
    price: { min: "10", max: null, currencyCode: "EUR" },
    currency: "EUR",
    ratingMin: 4,
    inStock: true,
  });
});

test("each choice of a facet can be made and taken back", () => {
  const choices = [
    { brands: ["brand:lg"] },
    { categories: ["category:tv"] },
    { communities: ["product:shop:1"] },
    { availability: ["IN_STOCK" as const] },
    { attributes: [{ attribute: "colour", values: ["value:colour=red"], min: null, max: null, unit: null }] },
    { attributes: [{ attribute: "memory", values: [], min: 8, max: 64, unit: "GB" }] },
    { price: { min: 5, max: 9.5, currencyCode: "EUR" } },
    { ratingMin: 4 },
    { currency: "EUR" },
  ];
  for (const choice of choices) {
    const made = { ...FIRST_VIEW, ...toggleChoice(FIRST_VIEW, choice) };
    expect(isChosen(FIRST_VIEW, choice)).toBe(false);
    expect(isChosen(made, choice)).toBe(true);
    expect(listChoices(made)).toEqual([choice]);
    const back = { ...made, ...toggleChoice(made, choice) };
    expect(withoutChoices(back)).toEqual(FIRST_VIEW);
    expect(listChoices({ ...back, currency: null })).toEqual([]);
  }
});
