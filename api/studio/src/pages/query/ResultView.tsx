import { Button, Group, MultiSelect, SegmentedControl, Select, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { type ChartChoice, guessChart, numberColumns } from "../../components/rowsChart";
import { RowsView } from "../../components/RowsView";
import { download, type FILES, type Rows, type Statement } from "../../data/cypher";

/** What of a result is shown; in the address. */
export interface ResultState {
  shown?: "table" | "chart";
  chart?: "bar" | "line";
  x?: string;
  y?: string[];
  series?: string;
}

interface Props {
  label: string;
  answer: { rows?: Rows; error?: string; asking: boolean };
  statement: Statement;
  view: ResultState;
  change: (part: ResultState, options?: { replace?: boolean }) => void;
  columns?: readonly { name: string; description: string }[];
}

/** Rows as a table or a chart, and as files. */
export function ResultView({ label, answer, statement, view, change, columns }: Props) {
  const { t } = useTranslation("query");
  const { rows } = answer;
  const guess = rows?.rows.length ? guessChart(rows) : undefined;
  const choice: ChartChoice | undefined = guess && {
    chart: view.chart ?? guess.chart,
    x: view.x ?? guess.x,
    y: view.y ?? guess.y,
    series: view.series ?? (view.x || view.y ? undefined : guess.series),
  };
  const drawn = choice && view.shown !== "table" && (view.shown === "chart" || rows!.rows.length > 1);
  const save = (kind: keyof typeof FILES) =>
    download(statement, kind).catch((error: Error) => notifications.show({ color: "red", title: t("notSaved"), message: error.message }));
  return (
    <Stack gap="sm">
      {rows && rows.rows.length > 0 && !answer.error && (
        <Group justify="space-between">
          {choice ? (
            <SegmentedControl
              aria-label={t("shownAs")}
              value={drawn ? "chart" : "table"}
              data={[
                { value: "chart", label: t("chart") },
                { value: "table", label: t("table") },
              ]}
              onChange={(shown) => change({ shown: shown as "table" | "chart" }, { replace: true })}
            />
          ) : (
            <span />
          )}
          <Group gap="xs">
            {(["csv", "parquet"] as const).map((kind) => (
              <Button key={kind} variant="default" size="xs" leftSection={<IconDownload size={14} />} onClick={() => void save(kind)}>
                {t(kind)}
              </Button>
            ))}
          </Group>
        </Group>
      )}
      {drawn && choice && <ChartControls rows={rows!} choice={choice} change={change} />}
      <RowsView label={label} answer={answer} choice={drawn ? choice : undefined} />
      {columns && rows && rows.rows.length > 0 && (
        <details>
          <summary>{t("meaning")}</summary>
          <dl>
            {columns.map((one) => (
              <div key={one.name}>
                <dt>
                  <b>{one.name}</b>
                </dt>
                <dd>{one.description}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </Stack>
  );
}

interface ControlsProps {
  rows: Rows;
  choice: ChartChoice;
  change: Props["change"];
}

function ChartControls({ rows, choice, change }: ControlsProps) {
  const { t } = useTranslation("query");
  const figures = numberColumns(rows);
  const set = (part: Partial<ResultState>) =>
    change({ chart: choice.chart, x: choice.x, y: choice.y, series: choice.series ?? undefined, shown: "chart", ...part }, { replace: true });
  return (
    <Group align="end" gap="sm">
      <Select
        label={t("kind")}
        w={110}
        allowDeselect={false}
        value={choice.chart}
        data={[
          { value: "bar", label: t("bar") },
          { value: "line", label: t("line") },
        ]}
        onChange={(chart) => set({ chart: chart as "bar" | "line" })}
      />
      <Select label={t("x")} w={150} allowDeselect={false} value={choice.x} data={rows.columns} onChange={(x) => x && set({ x })} />
      <MultiSelect label={t("y")} miw={170} maw={360} value={choice.y} data={figures} onChange={(y) => y.length && set({ y })} />
      <Select
        label={t("series")}
        w={150}
        clearable
        value={choice.series ?? null}
        data={rows.columns.filter((name) => name !== choice.x && !figures.includes(name))}
        onChange={(series) => set({ series: series ?? undefined, y: choice.y.slice(0, 1) })}
      />
    </Group>
  );
}
