import { expect, test } from "vitest";
import { readBasket, withQuantity } from "./basket";

test("what is malformed in a kept basket is left out", () => {
  const kept = [{ key: "a", quantity: 2 }, { key: 1, quantity: 1 }, { key: "b", quantity: -1 }, null, { key: "c", quantity: 1e6 }];
  expect(readBasket(JSON.stringify(kept))).toEqual([
    { key: "a", quantity: 2 },
    { key: "c", quantity: 99 },
  ]);
  expect(readBasket("{")).toEqual([]);
  expect(readBasket("{}")).toEqual([]);
  expect(readBasket(null)).toEqual([]);
});

test("lines come, change and go", () => {
  const one = withQuantity([], { key: "a", quantity: 1, servedId: "s" });
  expect(withQuantity(one, { key: "a", quantity: 3 })).toEqual([{ key: "a", quantity: 3, servedId: "s" }]);
  expect(withQuantity(one, { key: "b", quantity: 1 })).toHaveLength(2);
  expect(withQuantity(one, { key: "a", quantity: 0 })).toEqual([]);
  expect(withQuantity(one, { key: "a", quantity: Number.NaN })).toEqual([]);
});
