import { expect, test } from "vitest";
import { ablations, calibrationOf, figuresOf, learningCurves } from "./measures";

test("figures are sorted by how much was measured by them", () => {
  const figures = figuresOf({ "a/ndcg@10": 0.2, "b/ndcg@10": 0.1, embedded: 7, history: [{ loss: 1 }], a: { recall: 0.5 } });
  expect([...figures].map(([metric, by]) => [metric, [...by]])).toEqual([
    ["ndcg@10", [["a", 0.2], ["b", 0.1]]],
    ["embedded", [["", 7]]],
    ["recall", [["a", 0.5]]],
  ]);
  expect(figuresOf(null).size).toBe(0);
});

test("curves leave out clocks and figures of one epoch", () => {
  const history = [{ epoch: 1, loss: 2, seconds: 3 }, { epoch: 2, loss: 1, mrr: 0.3 }];
  expect(learningCurves({ history })).toEqual({ epochs: [1, 2], curves: [{ name: "loss", values: [2, 1] }] });
  expect(learningCurves({})).toBeUndefined();
});

test("ablations come from the card, or from choices on validation", () => {
  expect(ablations({ ablation: { full: { mrr: 0.3 }, none: { mrr: 0.1 } } }, {})).toEqual([
    { name: "full", value: 0.3 },
    { name: "none", value: 0.1 },
  ]);
  expect(ablations({}, { tuned: { validation: { none: 0.1, text: 0.2 } } })[0]).toEqual({ name: "text", value: 0.2 });
  expect(ablations(null, null)).toEqual([]);
});

test("the expected calibration error weighs bins by their counts", () => {
  const bins = { supposed: [0.2, 0.9], true: [0.4, 0.9], counts: [1, 3] };
  expect(calibrationOf({ calibration: bins })?.error).toBeCloseTo(0.05);
  expect(calibrationOf({})).toBeUndefined();
});
