import { expect, test } from "vitest";
import { pairFields } from "./Evidence";
import type { ReviewCaseFragment } from "./Review.generated";
import { type Entry, nextOpen, reduce } from "./useReview";

const item = (key: string) => ({ key }) as ReviewCaseFragment;
const start = {
  entries: ["a", "b", "c"].map((key): Entry => ({ item: item(key) })),
  current: 0,
  selected: new Set<string>(),
  history: [],
  loading: false,
  ended: false,
};
const accept = { verdict: "ACCEPT", correction: null } as const;

test("the next question that waits, from here on and then from the start", () => {
  const entries: Entry[] = [{ item: item("a") }, { item: item("b"), decision: accept }, { item: item("c"), decision: accept }];
  expect(nextOpen(entries, 1)).toBe(0);
  expect(nextOpen(entries.map((one) => ({ ...one, decision: accept })), 1)).toBe(1);
  expect(nextOpen([], 3)).toBe(0);
});

test("a decision moves on, clears the selection and can be taken back", () => {
  const selected = reduce(start, { type: "toggled", key: "b" });
  const decided = reduce(selected, { type: "decided", keys: ["a"], decision: accept });
  expect([decided.current, decided.selected.size, decided.history]).toEqual([1, 0, [["a"]]]);
  const back = reduce(decided, { type: "reopened", keys: ["a"] });
  expect([back.current, back.entries[0]?.decision, back.history]).toEqual([0, undefined, []]);
});

test("what is claimed again is not listed twice", () => {
  const more = reduce(start, { type: "claimed", items: [item("c"), item("d")], fresh: false, ended: false });
  expect(more.entries.map((one) => one.item.key)).toEqual(["a", "b", "c", "d"]);
  const fresh = reduce(more, { type: "claimed", items: [item("e")], fresh: true, ended: true });
  expect([fresh.entries.length, fresh.current, fresh.ended]).toEqual([1, 0, true]);
});

test("fields of two records stand beside each other, and only stated ones differ", () => {
  const record = (fields: [string, string][]) =>
    ({ key: "", title: "", imageUrl: null, fields: fields.map(([name, text]) => ({ name, text })) });
  const rows = pairFields(
    record([["brand", "Acme"], ["colour", "red"], ["colour", "blue"]]),
    record([["brand", "ACME"], ["colour", "red"], ["weight", "1 kg"]]),
  );
  expect(rows.map((row) => [row.name, row.left, row.right, row.differs])).toEqual([
    ["brand", "Acme", "ACME", false],
    ["colour", "red, blue", "red", true],
    ["weight", null, "1 kg", false],
  ]);
});
