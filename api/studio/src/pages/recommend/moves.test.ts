import { expect, test } from "vitest";
import { compareLists, isMoved } from "./moves";

test("what comes, rises, falls and leaves", () => {
  const moves = compareLists(["a", "b", "c", "d"], ["c", "a", "e", "d"]);
  expect(Object.fromEntries(moves.byKey)).toEqual({
    c: { kind: "up", places: 2 },
    a: { kind: "down", places: 1 },
    e: { kind: "new", places: 0 },
    d: { kind: "same", places: 0 },
  });
  expect(moves.left).toEqual(["b"]);
  expect(moves.counts).toEqual({ come: 1, up: 1, down: 1, leave: 1 });
  expect(isMoved(moves)).toBe(true);
  expect(isMoved(compareLists(["a"], ["a"]))).toBe(false);
});
