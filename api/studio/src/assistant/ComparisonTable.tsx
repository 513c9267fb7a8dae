import { Table } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Cite } from "./AnsweredTurn";
import type { AnswerPartsFragment } from "./Assistant.generated";
import classes from "./Assistant.module.css";
import type { Citation } from "./conversation";

interface Props {
  table: NonNullable<AnswerPartsFragment["table"]>;
  sources: readonly Citation[];
  onCite: (number: number) => void;
}

/** Products side by side; each cell names its sources. */
export function ComparisonTable({ table, sources, onCite }: Props) {
  const { t } = useTranslation("assistant");
  return (
    <Table.ScrollContainer
      minWidth={Math.max(300, table.columns.length * 130)}
      type="native"
      tabIndex={0}
      role="group"
      aria-label={t("table")}
    >
      <Table withRowBorders striped captionSide="top" fz="xs" className={classes.table} aria-label={t("table")}>
        <Table.Thead>
          <Table.Tr>
            {table.columns.map((column, place) => (
              <Table.Th key={place} scope="col" dir="auto">
                {column}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {table.rows.map((row, line) => (
            <Table.Tr key={line}>
              {row.cells.map((cell, place) =>
                place === 0 ? (
                  <Table.Th key={place} scope="row">
                    {cell}
                  </Table.Th>
                ) : (
                  <Table.Td key={place} dir="auto">
                    {cell}{" "}
                    {row.sources[place]?.map((number) => (
                      <Cite
                        key={number}
                        number={number}
                        source={sources.find((one) => one.number === number)}
                        onOpen={onCite}
                      />
                    ))}
                  </Table.Td>
                ),
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
