import { NativeSelect, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Chart } from "../../components/Chart";
import { Panel } from "../../components/Panel";
import { ablations, calibrationOf, figuresOf, learningCurves } from "./measures";
import type { Version } from "./KindPage";

const GRID = { left: 8, right: 56, top: 8, bottom: 8, containLabel: true };
const shorten = (value: number) => (Number.isInteger(value) ? value.toLocaleString() : value.toPrecision(3));

/** What was measured when the version was made, beside the baselines that were measured with it. */
export function FiguresPanel({ chosen, versions }: { chosen: Version; versions: Version[] }) {
  const { t } = useTranslation("models");
  const figures = figuresOf(chosen.metrics);
  const [wanted, setWanted] = useState<string>();
  const metric = wanted && figures.has(wanted) ? wanted : ([...figures.keys()].find((name) => name.startsWith("ndcg")) ?? [...figures.keys()][0]);
  if (!metric)
    return (
      <Panel title={t("figures.title")}>
        <Text c="dimmed">{t("figures.none")}</Text>
      </Panel>
    );
  const others = versions.filter((one) => one !== chosen && figuresOf(one.metrics).has(metric)).slice(0, 3);
  const systems = [...figures.get(metric)!].sort(([, a], [, b]) => b - a).map(([name]) => name);
  const columns = [chosen, ...others].map((version) => ({
    name: t("version", { version: version.version }),
    values: systems.map((system) => figuresOf(version.metrics).get(metric)?.get(system) ?? null),
  }));
  const names = systems.map((system) => system || t(`kinds.${chosen.kind}`, chosen.kind));
  return (
    <Panel
      title={t("figures.title")}
      hint={t("figures.hint")}
      aside={
        <NativeSelect
          aria-label={t("figures.metric")}
          value={metric}
          data={[...figures.keys()]}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
      }
    >
      <Chart
        label={`${t("figures.title")}: ${metric}`}
        option={{
          grid: { ...GRID, top: others.length ? 32 : 8 },
          legend: others.length ? { top: 0 } : undefined,
          xAxis: { type: "value" },
          yAxis: { type: "category", inverse: true, data: names },
          series: columns.map((column) => ({
            name: column.name,
            type: "bar",
            barMaxWidth: 22,
            data: column.values,
            label: { show: true, position: "right", formatter: ({ value }: { value: number }) => shorten(value) },
          })),
        }}
        table={{
          head: [metric, ...columns.map((column) => column.name)],
          rows: names.map((name, at) => [name, ...columns.map((column) => column.values[at] ?? "–")]),
        }}
      />
    </Panel>
  );
}

/** What happens when parts are left out, or which choices were tried on validation. */
export function AblationPanel({ chosen }: { chosen: Version }) {
  const { t } = useTranslation("models");
  const rows = ablations(chosen.metrics, chosen.config);
  if (!rows.length) return null;
  return (
    <Panel title={t("ablation.title")} hint={t("ablation.hint")}>
      <Chart
        label={t("ablation.title")}
        option={{
          grid: GRID,
          xAxis: { type: "value" },
          yAxis: { type: "category", inverse: true, data: rows.map((one) => one.name) },
          series: [
            {
              type: "bar",
              barMaxWidth: 18,
              data: rows.map((one) => one.value),
              label: { show: true, position: "right", formatter: ({ value }: { value: number }) => shorten(value) },
            },
          ],
        }}
        table={{ head: [t("ablation.variant"), t("ablation.value")], rows: rows.map((one) => [one.name, shorten(one.value)]) }}
      />
    </Panel>
  );
}

/** Loss and figures on validation by epoch, where the training recorded them. */
export function CurvesPanel({ chosen }: { chosen: Version }) {
  const { t } = useTranslation("models");
  const found = learningCurves(chosen.metrics);
  if (!found?.curves.length) return null;
  const { epochs, curves } = found;
  return (
    <Panel title={t("curves.title")} hint={t("curves.hint")}>
      <Chart
        label={t("curves.title")}
        option={{
          grid: { ...GRID, top: 36, right: 8 },
          legend: { type: "scroll", top: 0 },
          tooltip: { trigger: "axis", renderMode: "richText" },
          xAxis: { type: "category", data: epochs },
          yAxis: [{ type: "value", scale: true }, { type: "value", scale: true, splitLine: { show: false } }],
          series: curves.map((one) => ({ name: one.name, type: "line", showSymbol: false, yAxisIndex: one.name === "loss" ? 0 : 1, data: one.values })),
        }}
        table={{
          head: [t("curves.epoch"), ...curves.map((one) => one.name)],
          rows: epochs.map((epoch, at) => [epoch, ...curves.map((one) => one.values[at] ?? "–")]),
        }}
      />
    </Panel>
  );
}

/** How far probabilities can be trusted: what was supposed against what was true. */
export function CalibrationPanel({ chosen }: { chosen: Version }) {
  const { t } = useTranslation("models");
  const bins = calibrationOf(chosen.metrics);
  if (!bins) return null;
  return (
    <Panel title={t("calibration.title")} hint={t("calibration.hint", { error: bins.error.toFixed(4) })}>
      <Chart
        label={t("calibration.title")}
        option={{
          grid: { ...GRID, right: 24 },
          xAxis: { type: "value", min: 0, max: 1 },
          yAxis: { type: "value", min: 0, max: 1 },
          series: [
            { type: "line", showSymbol: false, silent: true, lineStyle: { type: "dashed" }, data: [[0, 0], [1, 1]] },
            { type: "line", data: bins.supposed.map((supposed, at) => [supposed, bins.true[at]]) },
          ],
        }}
        table={{
          head: [t("calibration.supposed"), t("calibration.true"), t("calibration.count")],
          rows: bins.supposed.map((supposed, at) => [shorten(supposed), shorten(bins.true[at]!), bins.counts[at]!]),
        }}
      />
    </Panel>
  );
}
