import { expect, test } from "vitest";
import { cutSentence, safeAddress } from "./evidence";
import { variantFor } from "./variants";

const variant = (key: string, Size: string, Colour: string) => ({
  key,
  selectedOptions: [
    { name: "Size", value: Size },
    { name: "Colour", value: Colour },
  ],
});

test("another value of an option leads to the variant that keeps most of the others", () => {
  const all = [variant("a", "S", "red"), variant("b", "M", "blue"), variant("c", "M", "red")];
  const own = all[0]!.selectedOptions;
  expect(variantFor(all, own, "Size", "M")).toEqual({ variant: all[2], exact: true });
  expect(variantFor(all, own, "Colour", "blue")).toEqual({ variant: all[1], exact: false });
  expect(variantFor(all, own, "Size", "XL")).toBeNull();
});

test("the sentence around a span, by code points", () => {
  const text = "😀 New. It has 2.5 GB of memory! Buy it.";
  const start = [...text].join("|").split("|").indexOf("2");
  const cut = cutSentence(text, { start, end: start + 6 })!;
  expect(cut.text).toBe("It has 2.5 GB of memory!");
  expect([...cut.text].slice(cut.span.start, cut.span.end).join("")).toBe("2.5 GB");
  expect(cutSentence("颜色：红。尺寸：大。", { start: 8, end: 9 })?.text).toBe("尺寸：大。");
  expect(cutSentence("x".repeat(10_000), { start: 5_000, end: 5_001 })?.text).toHaveLength(321);
  expect(cutSentence("short", { start: 3, end: 30 })).toBeNull();
  expect(cutSentence("short", { start: 3, end: 3 })).toBeNull();
});

test("only web addresses are linked to", () => {
  expect(safeAddress("https://shop.example/1")).toBe("https://shop.example/1");
  expect(safeAddress("javascript:alert(1)")).toBeNull();
  expect(safeAddress(" javascript:alert(1)//https://a")).toBeNull();
  expect(safeAddress("data:text/html,x")).toBeNull();
  expect(safeAddress(null)).toBeNull();
});
