// Charts of a query's rows: which column is drawn as what.
import type { EChartsCoreOption } from "echarts/core";
import type { Cell, Rows } from "../data/cypher";

export interface ChartChoice {
  chart: "bar" | "line";
  /** Column of the categories or times. */
  x: string;
  /** Columns of the figures. */
  y: string[];
  /** Column whose values each have a bar or line of their own. */
  series?: string | null;
}

/** As many as the palette has colours. */
const MOST_SERIES = 9;

/** The columns of a result that hold figures. */
export function numberColumns({ columns, rows }: Rows): string[] {
  return columns.filter(
    (_, at) => rows.some((row) => typeof row[at] === "number") && rows.every((row) => row[at] === null || typeof row[at] === "number"),
  );
}

/** A chart that suits a result: its first text column across, its first figures up; none where a table says more. */
export function guessChart(result: Rows): ChartChoice | undefined {
  const figures = numberColumns(result);
  const x = result.columns.find((name) => !figures.includes(name));
  if (!x || !figures.length) return undefined;
  const at = result.columns.indexOf(x);
  const times = result.rows.every((row) => /^\d{4}-\d\d(-\d\d)?/.test(String(row[at])));
  const repeated = new Set(result.rows.map((row) => String(row[at]))).size < result.rows.length;
  const series = repeated ? result.columns.find((name) => name !== x && !figures.includes(name)) : undefined;
  // Bars of many kinds at many places are no picture.
  if (series && !times && new Set(result.rows.map((row) => cellText(row[result.columns.indexOf(series)] ?? null))).size > MOST_SERIES)
    return undefined;
  return { chart: times ? "line" : "bar", x, y: figures.slice(0, series ? 1 : 3), series };
}

export function cellText(value: Cell): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The rows as bars or lines; series beyond the nine largest are left out. */
export function drawRows(result: Rows, { chart, x, y, series }: ChartChoice): EChartsCoreOption {
  const at = (name: string) => result.columns.indexOf(name);
  const across = [...new Set(result.rows.map((row) => cellText(row[at(x)] ?? null)))];
  const lines = new Map<string, (number | null)[]>();
  for (const row of result.rows)
    for (const name of y) {
      const line = series ? cellText(row[at(series)] ?? null) : name;
      if (!lines.has(line)) lines.set(line, across.map(() => null));
      lines.get(line)![across.indexOf(cellText(row[at(x)] ?? null))] = row[at(name)] as number | null;
    }
  const total = (values: (number | null)[]) => values.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  const drawn = [...lines].sort(([, a], [, b]) => (series ? total(b) - total(a) : 0)).slice(0, MOST_SERIES);
  const flat = chart === "bar";
  const names = { type: "category", data: across, axisLabel: { hideOverlap: true, width: 160, overflow: "truncate" } };
  const figures = { type: "value", axisLabel: { hideOverlap: true } };
  return {
    grid: { left: 8, right: 24, top: drawn.length > 1 ? 36 : 12, bottom: 8, containLabel: true },
    legend: drawn.length > 1 ? { type: "scroll", top: 0 } : undefined,
    tooltip: { trigger: "axis", renderMode: "richText" },
    // Bars lie, so that long names can be read.
    xAxis: flat ? figures : names,
    yAxis: flat ? { ...names, inverse: true } : figures,
    dataZoom: across.length > 20 ? [{ type: "inside", [flat ? "yAxisIndex" : "xAxisIndex"]: 0, startValue: 0, endValue: 19 }] : [],
    series: drawn.map(([name, data]) => ({ name, type: chart, data, showSymbol: across.length < 40, connectNulls: true })),
  };
}
