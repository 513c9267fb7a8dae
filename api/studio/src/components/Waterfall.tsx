import { Chart } from "./Chart";

export interface Step {
  name: string;
  /** What it adds to the sum; negative takes away. */
  value: number;
}

interface Props {
  label: string;
  steps: Step[];
  /** Heading of the steps, of their values, and name of the sum. */
  heads: { step: string; value: string; sum: string };
  onPick?: (step: number) => void;
}

/** Contributions that add up to a sum, each drawn from where the one before it ends. */
export function Waterfall({ label, steps, heads, onPick }: Props) {
  const sum = steps.reduce((total, step) => total + step.value, 0);
  const names = [...steps.map((step) => step.name), heads.sum];
  return (
    <Chart
      label={label}
      height={steps.length > 8 ? "tall" : "medium"}
      onPick={onPick && ((index) => index < steps.length && onPick(index))}
      table={{
        head: [heads.step, heads.value],
        rows: [...steps.map((step) => [step.name, step.value.toFixed(3)]), [heads.sum, sum.toFixed(3)]],
      }}
      option={{
        grid: { left: 8, right: 56, top: 8, bottom: 8, containLabel: true },
        xAxis: { type: "value", axisLabel: { hideOverlap: true } },
        yAxis: {
          type: "category",
          inverse: true,
          data: names,
          axisLabel: { width: 220, overflow: "truncate" },
        },
        series: [
          { type: "bar", stack: "steps", silent: true, itemStyle: { color: "transparent" }, data: offsets(steps) },
          ...(["up", "down"] as const).map((direction) => ({
            type: "bar",
            stack: "steps",
            itemStyle: { color: direction === "up" ? "#4263eb" : "#e8590c", borderRadius: 3 },
            label: {
              show: true,
              position: "right",
              formatter: ({ dataIndex }: { dataIndex: number }) => signed(steps[dataIndex]?.value ?? sum),
            },
            data: [...steps.map((step) => step.value), sum].map((value) =>
              direction === "up" ? (value >= 0 ? value : "-") : value < 0 ? -value : "-",
            ),
          })),
        ],
      }}
    />
  );
}

/** Where each bar begins: the lower end of what its step spans, and 0 for the sum. */
export function offsets(steps: Step[]): number[] {
  let reached = 0;
  const starts = steps.map(({ value }) => {
    const from = Math.min(reached, reached + value);
    reached += value;
    return from;
  });
  return [...starts, Math.min(0, reached)];
}

function signed(value: number): string {
  return `${value > 0 ? "+" : ""}${value.toFixed(3)}`;
}
