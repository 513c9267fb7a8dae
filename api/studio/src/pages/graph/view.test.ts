import { expect, test } from "vitest";
import { countConditions, cypherOf, edgeFilter, FIRST_STATE } from "./view";

test("conditions on edges", () => {
  expect(edgeFilter(FIRST_STATE)).toEqual({ relations: null, minConfidence: 0, imputed: null });
  const narrow = { ...FIRST_STATE, relations: ["HAS_BRAND"], confidence: 0.5, origin: "stated" as const };
  expect(edgeFilter(narrow)).toEqual({ relations: ["HAS_BRAND"], minConfidence: 0.5, imputed: false });
  expect(countConditions(narrow)).toBe(3);
});

test("the same view as a statement; keys cannot leave their quotes", () => {
  const text = cypherOf({ ...FIRST_STATE, open: ["brand:o'neill\\"], relations: ["HAS_BRAND"] });
  expect(text).toContain("-[:HAS_BRAND]-()");
  expect(text).toContain("['brand:o\\'neill\\\\']");
  expect(text).not.toContain("CO_PREFERRED");
});
