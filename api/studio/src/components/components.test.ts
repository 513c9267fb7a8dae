import { expect, test } from "vitest";
import { nameOfKey } from "./attributes";
import { formatMoney } from "./MoneyText";
import { splitMarked } from "./MarkedText";
import { firstLetters, isShown } from "./tile";
import { offsets } from "./Waterfall";

test("letters of a tile", () => {
  expect(firstLetters("samsung Galaxy S7")).toBe("SG");
  expect(firstLetters("燕麦奶 1 升")).toBe("燕麦");
  expect(firstLetters("--")).toBe("");
});

test("money in the reader's language", () => {
  expect(formatMoney({ amount: "1299.5", currencyCode: "EUR" }, "en")).toBe("€1,299.50");
  expect(formatMoney({ amount: "12", currencyCode: "CNY" }, "zh")).toBe("¥12.00");
  expect(formatMoney({ amount: "7.5", currencyCode: null }, "en")).toBe("7.50");
});

test("spans count code points, and those that overlap join", () => {
  const parts = splitMarked("😀 red and blue", [
    { start: 10, end: 14 },
    { start: 2, end: 5 },
    { start: 4, end: 7 },
  ]);
  expect(parts.filter((part) => part.marked).map((part) => part.text)).toEqual(["red", " a", "blue"]);
  expect(parts.map((part) => part.text).join("")).toBe("😀 red and blue");
});

test("each bar of a waterfall begins where the one before it ends", () => {
  const steps = [3, -2, -4].map((value) => ({ name: "", value }));
  expect(offsets(steps)).toEqual([0, 1, -3, -3]);
});

test("names of keys", () => {
  expect(nameOfKey("brand:dynex")).toBe("dynex");
  expect(nameOfKey("category:audio/headphones")).toBe("headphones");
  expect(nameOfKey("value:colour=red")).toBe("red");
  expect(nameOfKey("product:shop:1")).toBe("shop:1");
});

test("pictures from elsewhere are shown where the server lets them in", () => {
  const shown = (url: string) => isShown(url, "https://shop.example", ["https://cdn.example"]);
  expect(shown("/pictures/1.jpg")).toBe(true);
  expect(shown("https://cdn.example/1.jpg")).toBe(true);
  expect(shown("https://other.example/1.jpg")).toBe(false);
  expect(shown("javascript:alert(1)")).toBe(false);
  expect(shown("https://")).toBe(false);
});
