import { expect, test } from "vitest";
import { sumByCurrency } from "./totals";

const part = (amount: string, currencyCode: string | null, quantity = 1) => ({
  money: { amount, currencyCode },
  quantity,
});

test("sums are exact, and currencies stay apart", () => {
  expect(sumByCurrency([part("0.10", "EUR", 3), part("19.99", "USD"), part("0.2", "EUR")])).toEqual([
    { amount: "0.50", currencyCode: "EUR" },
    { amount: "19.99", currencyCode: "USD" },
  ]);
  expect(sumByCurrency([part("1200", "JPY", 2), part("0.05", null)])).toEqual([
    { amount: "2400", currencyCode: "JPY" },
    { amount: "0.05", currencyCode: null },
  ]);
  expect(sumByCurrency([])).toEqual([]);
});
