import { Alert, ScrollArea, Skeleton, Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Rows } from "../data/cypher";
import { Chart } from "./Chart";
import { cellText, type ChartChoice, drawRows } from "./rowsChart";
import classes from "./RowsView.module.css";

interface Props {
  label: string;
  answer: { rows?: Rows; error?: string; asking: boolean };
  /** How to draw them; as a table where there is nothing to draw. */
  choice?: ChartChoice;
}

/** The rows of a statement, as a chart or a table, with what the database noticed. */
export function RowsView({ label, answer: { rows, error, asking }, choice }: Props) {
  const { t } = useTranslation();
  if (error)
    return (
      <Alert color="red" role="alert" title={t("failed")}>
        <span className={classes.message}>{error}</span>
      </Alert>
    );
  if (!rows) return asking ? <Skeleton height={200} aria-label={t("loading")} role="status" /> : null;
  return (
    <Stack gap="xs" aria-busy={asking}>
      {rows.notifications.map((note) => (
        <Alert key={note.code + note.description} color={note.code === "EMPTY_RESULT" ? "blue" : "yellow"} title={note.title}>
          {note.description}
        </Alert>
      ))}
      {rows.rows.length > 0 &&
        (choice ? (
          <Chart
            label={label}
            height={rows.rows.length > 12 && choice.chart === "bar" ? "tall" : "medium"}
            option={drawRows(rows, choice)}
            table={{ head: rows.columns, rows: rows.rows.map((row) => row.map(cellText)) }}
          />
        ) : (
          <RowsTable label={label} rows={rows} />
        ))}
      <Text size="sm" c="dimmed" role="status">
        {t("rows", { count: rows.rows.length })}
        {rows.truncated && ` · ${t("truncated")}`} · {t("milliseconds", { ms: Math.round(rows.milliseconds) })}
      </Text>
    </Stack>
  );
}

function RowsTable({ label, rows: { columns, rows } }: { label: string; rows: Rows }) {
  return (
    <ScrollArea.Autosize mah={520} type="auto" viewportProps={{ tabIndex: 0, role: "region", "aria-label": label }}>
      <Table striped highlightOnHover stickyHeader>
        <Table.Thead>
          <Table.Tr>
            {columns.map((name) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, at) => (
            <Table.Tr key={at}>
              {row.map((value, column) => (
                <Table.Td key={column} className={typeof value === "number" ? classes.number : classes.text} dir="auto">
                  {typeof value === "number" ? value.toLocaleString(undefined, { maximumFractionDigits: 4 }) : cellText(value)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea.Autosize>
  );
}
