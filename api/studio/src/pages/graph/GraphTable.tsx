import { Badge, Button, Group, Pagination, Stack, Table, Text, Title, UnstyledButton } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useGraphNames } from "../../components/relations";
import classes from "./Graph.module.css";
import { Certainty } from "./NodeDetails";
import type { Actions } from "./useActions";
import type { Graph } from "./useGraph";

const ROWS = 50;

/** The same view in rows: nodes with what can be done, and edges with how sure they are. */
export function GraphTable({ graph, actions }: { graph: Graph; actions: Actions }) {
  const { t } = useTranslation("graph");
  const { labelName } = useGraphNames();
  const name = (key: string) => graph.names.get(key)?.name ?? key;
  return (
    <Stack gap="xl">
      <Paged title={t("nodes")} count={graph.nodes.length} head={[t("name"), t("label"), t("actions")]}>
        {(from, to) =>
          graph.nodes.slice(from, to).map((node) => (
            <Table.Tr key={node.key}>
              <Table.Th scope="row" fw={500}>
                <UnstyledButton className={classes.other} onClick={() => actions.select(node.key)}>
                  <Text size="sm" dir="auto">
                    {node.name ?? node.key}
                  </Text>
                </UnstyledButton>
              </Table.Th>
              <Table.Td>
                <Badge variant="light" tt="none">
                  {labelName(node.label)}
                </Badge>
              </Table.Td>
              <Table.Td>
                <Button
                  size="compact-xs"
                  variant="default"
                  aria-label={t(actions.isOpen(node.key) ? "collapseNode" : "expandNode", { name: name(node.key) })}
                  onClick={() => actions.toggle(node.key)}
                >
                  {t(actions.isOpen(node.key) ? "collapse" : "expand")}
                </Button>
              </Table.Td>
            </Table.Tr>
          ))
        }
      </Paged>
      <Paged
        title={t("edges")}
        count={graph.edges.length}
        head={[t("from"), t("relation"), t("to"), t("certainty")]}
      >
        {(from, to) =>
          graph.edges.slice(from, to).map((edge) => (
            <Table.Tr key={`${edge.head} ${edge.relation} ${edge.tail}`}>
              <Table.Td dir="auto">{name(edge.head)}</Table.Td>
              <Table.Td>{edge.name}</Table.Td>
              <Table.Td dir="auto">{name(edge.tail)}</Table.Td>
              <Table.Td>
                <Certainty edge={edge} />
              </Table.Td>
            </Table.Tr>
          ))
        }
      </Paged>
    </Stack>
  );
}

interface PagedProps {
  title: string;
  count: number;
  head: string[];
  children: (from: number, to: number) => ReactNode;
}

function Paged({ title, count, head, children }: PagedProps) {
  const { t } = useTranslation("graph");
  const [page, setPage] = useState(1);
  const pages = Math.max(1, Math.ceil(count / ROWS));
  const shown = Math.min(page, pages);
  return (
    <section aria-label={title}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h5">
          {title} ({count})
        </Title>
        {pages > 1 && (
          <Pagination
            size="sm"
            total={pages}
            value={shown}
            onChange={setPage}
            getItemProps={(number) => ({ "aria-label": t("page", { number }) })}
            getControlProps={(control) => ({ "aria-label": t(`pages.${control}`) })}
          />
        )}
      </Group>
      <Table.ScrollContainer minWidth={480} type="native" tabIndex={0} role="group" aria-label={title}>
        <Table striped aria-label={title}>
          <Table.Thead>
            <Table.Tr>
              {head.map((text) => (
                <Table.Th key={text} scope="col">
                  {text}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>{children((shown - 1) * ROWS, shown * ROWS)}</Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </section>
  );
}
