import { Badge, Button, Card, Group, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import {
  IconArrowsMaximize, IconArrowsMinimize, IconCopy, IconFlag, IconFlagCheck, IconShoppingBag, IconX,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Loaded } from "../../components/Loaded";
import { productPath } from "../../components/ProductCard";
import { useGraphNames } from "../../components/relations";
import { Supports } from "../../components/supports";
import { AssertionSourcesDocument } from "./Graph.generated";
import classes from "./Graph.module.css";
import type { Actions } from "./useActions";
import type { Edge, Graph } from "./useGraph";

const MOST_EDGES = 30;

interface Props {
  graph: Graph;
  nodeKey: string;
  actions: Actions;
}

/** The chosen node: what can be done with it, and the facts drawn of it with their sources. */
export function NodeDetails({ graph, nodeKey, actions }: Props) {
  const { t } = useTranslation("graph");
  const { labelName } = useGraphNames();
  const node = graph.names.get(nodeKey);
  if (!node) return null;
  const edges = graph.edges.filter((edge) => edge.head === nodeKey || edge.tail === nodeKey);
  const opened = actions.isOpen(nodeKey);
  const total = graph.totals.get(nodeKey);
  return (
    <Card withBorder component="section" aria-label={t("details")} className={classes.details}>
      <Stack gap="sm">
        <Group gap="xs" justify="space-between" wrap="nowrap">
          <Badge variant="light" tt="none">
            {labelName(node.label)}
          </Badge>
          {total !== undefined && opened && (
            <Text size="xs" c="dimmed">
              {t("drawn", { count: Math.min(total, edges.length), total })}
            </Text>
          )}
        </Group>
        <Title order={2} size="h5" dir="auto">
          {node.name ?? node.key}
        </Title>
        <Text size="xs" c="dimmed" className={classes.key}>
          {node.key}
        </Text>
        <Group gap={6}>
          <Button
            size="compact-sm"
            variant="light"
            leftSection={opened ? <IconArrowsMinimize size={14} /> : <IconArrowsMaximize size={14} />}
            onClick={() => actions.toggle(nodeKey)}
          >
            {t(opened ? "collapse" : "expand")}
          </Button>
          {node.label === "Product" && (
            <Button
              size="compact-sm"
              variant="light"
              leftSection={<IconCopy size={14} />}
              onClick={() => actions.toggleAlike(nodeKey)}
            >
              {t(actions.isAlikeOpen(nodeKey) ? "hideAlike" : "findAlike")}
            </Button>
          )}
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconFlag size={14} />}
            onClick={() => actions.pathFrom(nodeKey)}
          >
            {t("pathFrom")}
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconFlagCheck size={14} />}
            onClick={() => actions.pathTo(nodeKey)}
          >
            {t("pathTo")}
          </Button>
          {node.label === "Product" && (
            <Button
              size="compact-sm"
              variant="default"
              component={Link}
              to={productPath(nodeKey)}
              leftSection={<IconShoppingBag size={14} />}
            >
              {t("openProduct")}
            </Button>
          )}
          {actions.isStart(nodeKey) && (
            <Button
              size="compact-sm"
              variant="subtle"
              color="red"
              leftSection={<IconX size={14} />}
              onClick={() => actions.remove(nodeKey)}
            >
              {t("remove")}
            </Button>
          )}
        </Group>
        <Text size="sm" fw={600}>
          {t("facts")}
        </Text>
        {edges.length === 0 && (
          <Text size="sm" c="dimmed">
            {t("noFacts")}
          </Text>
        )}
        <Stack gap={2}>
          {edges.slice(0, MOST_EDGES).map((edge) => (
            <Fact
              key={`${edge.head} ${edge.relation} ${edge.tail}`}
              edge={edge}
              graph={graph}
              nodeKey={nodeKey}
              onSelect={actions.select}
            />
          ))}
        </Stack>
        {edges.length > MOST_EDGES && (
          <Text size="xs" c="dimmed">
            {t("moreFacts", { count: edges.length - MOST_EDGES })}
          </Text>
        )}
      </Stack>
    </Card>
  );
}

interface FactProps {
  edge: Edge;
  graph: Graph;
  nodeKey: string;
  onSelect: (key: string) => void;
}

function Fact({ edge, graph, nodeKey, onSelect }: FactProps) {
  const { t } = useTranslation("graph");
  const [opened, setOpened] = useState(false);
  const outgoing = edge.head === nodeKey;
  const other = outgoing ? edge.tail : edge.head;
  const name = graph.names.get(other)?.name ?? other;
  return (
    <div className={classes.fact}>
      <Group gap={6} wrap="nowrap" align="baseline">
        <Text size="xs" c="dimmed" className={classes.relation}>
          {outgoing ? `${edge.name} →` : `← ${edge.name}`}
        </Text>
        <UnstyledButton className={classes.other} onClick={() => onSelect(other)}>
          <Text size="sm" lineClamp={2} dir="auto">
            {name}
          </Text>
        </UnstyledButton>
        <Certainty edge={edge} />
      </Group>
      {edge.assertionId && (
        <Button
          size="compact-xs"
          variant="subtle"
          aria-expanded={opened}
          aria-label={t("sourcesOf", { name: `${edge.name} ${name}` })}
          onClick={() => setOpened(!opened)}
        >
          {t("sources")}
        </Button>
      )}
      {opened && edge.assertionId && (
        <Sources
          assertionId={edge.assertionId}
          productKey={edge.head.startsWith("product:") ? edge.head : null}
        />
      )}
    </div>
  );
}

/** How sure a fact is, and whether a model guessed it. */
export function Certainty({ edge }: { edge: Edge }) {
  const { t } = useTranslation("graph");
  if (edge.imputed)
    return (
      <Badge size="sm" variant="outline" color="grape" tt="none">
        {t("guess", { percent: Math.round((edge.confidence ?? 0) * 100) })}
      </Badge>
    );
  if (edge.confidence === null) return null;
  return (
    <Text size="xs" c="dimmed">
      {Math.round(edge.confidence * 100)} %
    </Text>
  );
}

export function Sources({ assertionId, productKey }: { assertionId: string; productKey: string | null }) {
  const found = useQuery({ query: AssertionSourcesDocument, variables: { id: assertionId } });
  return (
    <Loaded query={found} lines={2}>
      {({ node }) =>
        node && "supports" in node && node.supports ? (
          <Supports supports={node.supports} productKey={productKey} />
        ) : null
      }
    </Loaded>
  );
}
