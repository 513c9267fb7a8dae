import { expect, test } from "vitest";
import type { Rows } from "../data/cypher";
import { drawRows, guessChart, numberColumns } from "./rowsChart";

const shares: Rows = {
  columns: ["week", "brand", "share"],
  rows: [
    ["2026-03-02", "Acme", 0.25],
    ["2026-03-02", "Zeta", 0.75],
    ["2026-03-09", "Acme", 1],
  ],
  truncated: false,
  milliseconds: 1,
  notifications: [],
};

test("figures are what is a number in each row", () => {
  expect(numberColumns(shares)).toEqual(["share"]);
  expect(numberColumns({ ...shares, rows: [["a", "b", null]] })).toEqual([]);
});

test("repeated times become lines, one for each value of the next column", () => {
  expect(guessChart(shares)).toEqual({ chart: "line", x: "week", y: ["share"], series: "brand" });
  expect(guessChart({ ...shares, columns: ["name", "a", "b"], rows: [["x", 1, 2]] })).toEqual({
    chart: "bar",
    x: "name",
    y: ["a", "b"],
    series: undefined,
  });
  expect(guessChart({ ...shares, columns: ["a"], rows: [["x"]] })).toBeUndefined();
});

test("series have the order of their sums, and gaps where there is no row", () => {
  const { series, xAxis } = drawRows(shares, guessChart(shares)!) as {
    series: { name: string; data: (number | null)[] }[];
    xAxis: { data: string[] };
  };
  expect(xAxis.data).toEqual(["2026-03-02", "2026-03-09"]);
  expect(series.map(({ name, data }) => [name, data])).toEqual([
    ["Acme", [0.25, 1]],
    ["Zeta", [0.75, null]],
  ]);
});
