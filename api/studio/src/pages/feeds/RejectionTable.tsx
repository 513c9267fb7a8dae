import { Badge, Box, Button, Code, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { RejectedRowsQuery } from "./Runs.generated";
import classes from "./feeds.module.css";

export type Rejection = RejectedRowsQuery["rejectedRows"]["rows"][number];

interface Props {
  rows: readonly Rejection[];
  /** Opens a row for its correction; rows that cannot be replayed have none. */
  onCorrect?: (row: Rejection) => void;
  /** Lines that were written after all. */
  repaired?: ReadonlySet<number>;
}

/** Rows and values that were rejected, each with its reason. */
export function RejectionTable({ rows, onCorrect, repaired }: Props) {
  const { t } = useTranslation("feeds");
  return (
    <Box style={{ overflowX: "auto" }} tabIndex={0} role="region" aria-label={t("rejectedList")}>
      <Table verticalSpacing="xs" miw={{ base: 0, sm: 560 }}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("line")}</Table.Th>
            <Table.Th>{t("what")}</Table.Th>
            <Table.Th>{t("why")}</Table.Th>
            {onCorrect && <Table.Th>{t("action")}</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, n) => (
            <Table.Tr key={n}>
              <Table.Td className={classes.figure}>{row.line}</Table.Td>
              <Table.Td>
                <Badge variant="light" color={row.scope === "row" ? "red" : "orange"} tt="none">
                  {t(`scope.${row.scope}`)}
                </Badge>
                {row.field && (
                  <Text size="xs" c="dimmed">
                    {t(`fields.${row.field}`, { defaultValue: row.field })}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                <Text size="sm" fw={600}>
                  {t(`reasons.${row.reason}`, { defaultValue: row.reason })}
                </Text>
                <Text size="sm">{row.detail}</Text>
                {row.text && (
                  <Code className={classes.row} dir="auto">
                    {row.text.length > 240 ? `${row.text.slice(0, 240)}…` : row.text}
                  </Code>
                )}
              </Table.Td>
              {onCorrect && (
                <Table.Td>
                  {repaired?.has(row.line) ? (
                    <Badge variant="light" color="green" tt="none">
                      {t("repaired")}
                    </Badge>
                  ) : row.scope === "row" && row.fields ? (
                    <Button
                      size="compact-sm"
                      variant="light"
                      aria-label={t("correctLine", { line: row.line })}
                      onClick={() => onCorrect(row)}
                    >
                      {t("correct")}
                    </Button>
                  ) : null}
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}
