import { Button, Group, List, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { IconAffiliate } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type GraphEdge, type GraphNode, GraphView } from "../../components/GraphView";
import { useGraphNames } from "../../components/relations";
import { SidePanel } from "../../components/SidePanel";
import { Waterfall } from "../../components/Waterfall";
import classes from "./ReasonPanel.module.css";
import type { ReasonPartsFragment } from "./Recommend.generated";

export interface ExplainedItem {
  score: number;
  product: { key: string; title: string | null };
  shortReasons: readonly { text: string }[];
  reasons: readonly ReasonPartsFragment[];
}

/** Why an item is in the list: its paths in the graph, and what adds up to its score. */
export function ReasonPanel({ item, onClose }: { item: ExplainedItem | undefined; onClose: () => void }) {
  const { t } = useTranslation("recommend");
  return (
    <SidePanel
      opened={item !== undefined}
      onClose={onClose}
      position="right"
      size="wide"
      title={t("reasonTitle", { title: item?.product.title ?? "" })}
    >
      {item && <Reasons item={item} key={item.product.key} />}
    </SidePanel>
  );
}

function Reasons({ item }: { item: ExplainedItem }) {
  const { t } = useTranslation("recommend");
  const [picked, setPicked] = useState<number>();
  const title = item.product.title ?? item.product.key;
  const drawing = usePaths(item.reasons, picked);
  const steps = useMemo(
    () => item.reasons.map((reason) => ({ name: reason.text, value: reason.contribution })),
    [item],
  );
  const start = item.reasons.find((reason) => reason.path.length)?.path[0]?.key;
  return (
    <Stack>
      {item.shortReasons[0] && <Text dir="auto">{item.shortReasons[0].text}</Text>}
      {drawing.nodes.length ? (
        <GraphView
          label={t("pathLabel", { title })}
          nodes={drawing.nodes}
          edges={drawing.edges}
          marked={drawing.marked}
        />
      ) : (
        <Text c="dimmed">{t("noPath")}</Text>
      )}
      <Title order={2} size="h5">
        {t("parts")}
      </Title>
      <Waterfall
        label={t("partsLabel", { title })}
        steps={steps}
        heads={{ step: t("part"), value: t("value"), sum: t("sum") }}
        onPick={setPicked}
      />
      <Title order={2} size="h5">
        {t("reasons")}
      </Title>
      <List spacing={4} listStyleType="none" classNames={{ item: classes.item }}>
        {item.reasons.map((reason, place) => (
          <List.Item key={place}>
            <UnstyledButton
              className={classes.reason}
              aria-pressed={place === picked}
              onClick={() => setPicked(place === picked ? undefined : place)}
            >
              <Text size="sm" dir="auto">
                {reason.text}
              </Text>
              <Text size="sm" fw={600} className={classes.value}>
                {`${reason.contribution > 0 ? "+" : ""}${reason.contribution.toFixed(3)}`}
              </Text>
            </UnstyledButton>
          </List.Item>
        ))}
      </List>
      <Group>
        {start && (
          <Button
            component={Link}
            to="/graph"
            search={{ from: start, to: item.product.key } as never}
            variant="default"
            leftSection={<IconAffiliate size={16} />}
          >
            {t("openGraph")}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

/** Nodes and edges of all paths, or of the picked reason's. */
function usePaths(reasons: readonly ReasonPartsFragment[], picked: number | undefined) {
  const { relationName } = useGraphNames();
  return useMemo(() => {
    const nodes = new Map<string, GraphNode>();
    const edges = new Map<string, GraphEdge>();
    const marked = new Set<string>();
    const shown = picked === undefined ? reasons : reasons.slice(picked, picked + 1);
    for (const { path, contribution } of shown) {
      path.forEach((step, place) => {
        nodes.set(step.key, { key: step.key, label: step.label, name: step.name });
        if (place === 0 || place === path.length - 1) marked.add(step.key);
        const before = path[place - 1];
        if (!before) return;
        const [head, tail] = step.forward ? [before.key, step.key] : [step.key, before.key];
        const relation = step.relation ? relationName(step.relation) : "";
        edges.set(`${head} ${relation} ${tail}`, {
          head,
          relation,
          tail,
          uncertain: contribution < 0 || step.relation === "CO_PREFERRED",
        });
      });
    }
    return { nodes: [...nodes.values()], edges: [...edges.values()], marked: [...marked] };
  }, [reasons, picked, relationName]);
}
