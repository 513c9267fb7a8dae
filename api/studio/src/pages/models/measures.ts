// The measured quality of a version, in the shapes that charts want.

/** Parts of a card's metrics that have a chart of their own. */
const NESTED = ["history", "calibration", "ablation", "relations"];

export type Tree = { readonly [name: string]: unknown };

export function asTree(value: unknown): Tree {
  return value && typeof value === "object" && !Array.isArray(value) ? (value as Tree) : {};
}

/** Figures by metric, then by what was measured: `kg-ease/ndcg@10` is ndcg@10 of kg-ease. */
export function figuresOf(metrics: unknown): Map<string, Map<string, number>> {
  const found = new Map<string, Map<string, number>>();
  const walk = (tree: Tree, path: string[]) => {
    for (const [name, value] of Object.entries(tree)) {
      const steps = [...path, ...name.split("/")];
      if (!path.length && NESTED.includes(name)) continue;
      if (typeof value === "number") {
        const metric = steps.at(-1)!;
        if (!found.has(metric)) found.set(metric, new Map());
        found.get(metric)!.set(steps.slice(0, -1).join("/"), value);
      } else walk(asTree(value), steps);
    }
  };
  walk(asTree(metrics), []);
  return new Map([...found].sort(([a, one], [b, other]) => other.size - one.size || a.localeCompare(b)));
}

/** Values by epoch of each figure that a training recorded. */
export function learningCurves(metrics: unknown): { epochs: number[]; curves: { name: string; values: (number | null)[] }[] } | undefined {
  const history = asTree(metrics).history;
  if (!Array.isArray(history) || history.length < 2) return undefined;
  const steps = history.map(asTree);
  const names = [...new Set(steps.flatMap((step) => Object.keys(step)))].filter((name) => name !== "epoch" && name !== "seconds");
  const number = (value: unknown) => (typeof value === "number" ? value : null);
  const curves = names
    .map((name) => ({ name, values: steps.map((step) => number(step[name])) }))
    .filter(({ values }) => values.filter((value) => value !== null).length > 1);
  return { epochs: steps.map((step, at) => number(step.epoch) ?? at + 1), curves };
}

/** What a version was compared with on validation: variants of the graph, or choices that were tried. */
export function ablations(metrics: unknown, config: unknown): { name: string; value: number }[] {
  const variants = Object.entries(asTree(asTree(metrics).ablation)).flatMap(([name, row]) => {
    const value = typeof row === "number" ? row : Object.values(asTree(row)).find((one) => typeof one === "number");
    return typeof value === "number" ? [{ name, value }] : [];
  });
  if (variants.length) return variants;
  const validation = asTree(asTree(asTree(config).tuned).validation);
  return Object.entries(validation)
    .flatMap(([name, value]) => (typeof value === "number" ? [{ name, value }] : []))
    .sort((a, b) => b.value - a.value);
}

export interface Calibration {
  supposed: number[];
  true: number[];
  counts: number[];
  /** Expected calibration error. */
  error: number;
}

export function calibrationOf(metrics: unknown): Calibration | undefined {
  const bins = asTree(asTree(metrics).calibration);
  const { supposed, true: found, counts } = bins as { supposed?: number[]; true?: number[]; counts?: number[] };
  if (!supposed || !found || !counts) return undefined;
  const total = counts.reduce((sum, count) => sum + count, 0) || 1;
  const error = counts.reduce((sum, count, at) => sum + Math.abs(supposed[at]! - found[at]!) * count, 0) / total;
  return { supposed, true: found, counts, error };
}
