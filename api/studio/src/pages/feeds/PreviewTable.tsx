import { Alert, Box, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { FeedPreviewQuery } from "./Feeds.generated";
import classes from "./feeds.module.css";

/** The first rows as they stand in the feed, with how full each column is. */
export function PreviewTable({ preview }: { preview: FeedPreviewQuery["feedPreview"] }) {
  const { t } = useTranslation("feeds");
  return (
    <>
      <Text c="dimmed" size="sm">
        {t("sampled", { count: preview.rowsRead })} {t("columnCount", { count: preview.columns.length })}
      </Text>
      {preview.unreadable > 0 && (
        <Alert color="yellow">{t("unreadable", { count: preview.unreadable })}</Alert>
      )}
      {preview.notes.map((note) => (
        <Alert key={note} color="yellow">
          {note}
        </Alert>
      ))}
      <Box className={classes.scroll} tabIndex={0} role="region" aria-label={t("firstRows")}>
        <Table stickyHeader striped withColumnBorders fz="sm">
          <Table.Thead>
            <Table.Tr>
              {preview.columns.map((column) => (
                <Table.Th key={column.name} className={classes.cell}>
                  {column.name}
                  <Text size="xs" c="dimmed" fw={400}>
                    {t("filled", { share: Math.round((100 * column.filled) / Math.max(1, preview.rowsRead)) })}
                  </Text>
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {preview.cells.map((row, line) => (
              <Table.Tr key={line}>
                {row.map((cell, column) => (
                  <Table.Td key={column} className={classes.cell} dir="auto">
                    {cell}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Box>
    </>
  );
}
