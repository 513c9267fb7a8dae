import { Alert, Button, Card, Group, Loader, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { GraphView } from "../../components/GraphView";
import { LABEL_COLOURS } from "../../components/labelColours";
import { Loaded } from "../../components/Loaded";
import { useGraphNames } from "../../components/relations";
import { useViewState } from "../../data/viewState";
import { addTexts } from "../../i18n";
import { BrowserLink } from "./BrowserLink";
import { EdgeFilters } from "./EdgeFilters";
import en from "./en.json";
import { StartsDocument } from "./Graph.generated";
import classes from "./Graph.module.css";
import { GraphTable } from "./GraphTable";
import { NodeDetails } from "./NodeDetails";
import { NodeSearch } from "./NodeSearch";
import { type Actions, useActions } from "./useActions";
import { type Graph, useGraph } from "./useGraph";
import { FIRST_STATE, type GraphState } from "./view";
import zh from "./zh.json";

addTexts("graph", { en, zh });

export default function GraphPage() {
  const { t } = useTranslation("graph");
  const [state, change] = useViewState(FIRST_STATE);
  const graph = useGraph(state);
  const actions = useActions(state, change);
  const empty = !state.start.length && !state.open.length && !(state.from && state.to);
  return (
    <Stack gap="sm">
      <div className={classes.tools}>
        <div className={classes.search}>
          <NodeSearch label={t("search")} onChoose={actions.begin} />
        </div>
        <EdgeFilters state={state} change={change} />
        <SegmentedControl
          aria-label={t("view")}
          value={state.view}
          onChange={(view) => change({ view: view as GraphState["view"] })}
          data={(["drawing", "table"] as const).map((name) => ({ value: name, label: t(`views.${name}`) }))}
        />
        <BrowserLink state={state} />
        {!empty && (
          <Button variant="subtle" onClick={() => change(FIRST_STATE)}>
            {t("clear")}
          </Button>
        )}
      </div>
      {empty ? (
        <Starts begin={actions.begin} />
      ) : (
        <>
          <PathEnds state={state} change={change} graph={graph} />
          {graph.failure && (
            <Alert color="red" role="alert">
              {graph.failure}
            </Alert>
          )}
          <Group gap="xs" mih={24}>
            <Text size="sm" c="dimmed" role="status">
              {t("counts", { nodes: graph.nodes.length, edges: graph.edges.length })}
            </Text>
            {graph.reading && <Loader size="xs" aria-label={t("loading", { ns: "shell" })} />}
          </Group>
          <div className={classes.columns}>
            {state.view === "table" ? (
              <GraphTable graph={graph} actions={actions} />
            ) : (
              <Drawing graph={graph} state={state} actions={actions} />
            )}
            {state.selected && graph.names.has(state.selected) ? (
              <NodeDetails key={state.selected} graph={graph} nodeKey={state.selected} actions={actions} />
            ) : (
              <Card withBorder>
                <Text size="sm" c="dimmed">
                  {t("hint")}
                </Text>
              </Card>
            )}
          </div>
        </>
      )}
    </Stack>
  );
}

interface DrawingProps {
  graph: Graph;
  state: GraphState;
  actions: Actions;
}

function Drawing({ graph, state, actions }: DrawingProps) {
  const { t } = useTranslation("graph");
  const marks = JSON.stringify([...state.open, state.from, state.to, state.selected]);
  const marked = useMemo(() => JSON.parse(marks) as string[], [marks]);
  return (
    <Stack gap="xs">
      <GraphView
        tall
        listed={false}
        label={t("drawing", { nodes: graph.nodes.length, edges: graph.edges.length })}
        nodes={graph.nodes}
        edges={graph.edges}
        marked={marked}
        onSelect={(node) => actions.select(node.key)}
        onSelectEdge={(edge) => actions.select(edge.head)}
        onOpen={(node) => actions.toggle(node.key)}
      />
      <Legend graph={graph} />
    </Stack>
  );
}

function Legend({ graph }: { graph: Graph }) {
  const { t } = useTranslation("graph");
  const { labelName } = useGraphNames();
  const labels = [...new Set(graph.nodes.map((node) => node.label))].sort();
  return (
    <div className={classes.legend}>
      {labels.map((label) => (
        <span key={label}>
          <svg width="12" height="12" className={classes.mark} aria-hidden>
            <circle cx="6" cy="6" r="5" fill={LABEL_COLOURS[label]} />
          </svg>
          {labelName(label)}
        </span>
      ))}
      {(["stated", "uncertain", "imputed", "strong"] as const).map((kind) => (
        <span key={kind}>
          <span className={classes.line} data-kind={kind} aria-hidden />
          {t(`lines.${kind}`)}
        </span>
      ))}
    </div>
  );
}

interface PathProps {
  state: GraphState;
  change: (part: Partial<GraphState>) => void;
  graph: Graph;
}

/** The two ends of the shortest paths; shown once one of them is chosen. */
function PathEnds({ state, change, graph }: PathProps) {
  const { t } = useTranslation("graph");
  const ends = Boolean(state.from && state.to);
  if (!state.from && !state.to) return null;
  return (
    <Card withBorder padding="xs" component="section" aria-label={t("paths")}>
      <Group gap="xs">
        <Text size="sm" fw={600}>
          {t("paths")}
        </Text>
        <NodeSearch label={t("pathStart")} value={state.from} known={graph.nodes} onChoose={(from) => change({ from })} />
        <NodeSearch label={t("pathEnd")} value={state.to} known={graph.nodes} onChoose={(to) => change({ to })} />
        <Text size="sm" c="dimmed" role="status">
          {ends && !graph.reading && t("pathCount", { count: graph.paths })}
        </Text>
        <Button size="compact-sm" variant="subtle" onClick={() => change({ from: "", to: "" })}>
          {t("noPath")}
        </Button>
      </Group>
    </Card>
  );
}

/** Where one may begin. */
function Starts({ begin }: { begin: (key: string) => void }) {
  const { t } = useTranslation("graph");
  const query = useQuery({ query: StartsDocument });
  return (
    <Stack maw={680} mt="xl" gap="md">
      <Title order={2} size="h3">
        {t("startTitle")}
      </Title>
      <Text c="dimmed">{t("startHint")}</Text>
      <Loaded query={query}>
        {({ categories, trending }) => (
          <Group gap="xs">
            {[
              ...categories.nodes,
              ...trending.map(({ product }) => ({ key: product.key, name: product.title })),
            ].map((one) => (
              <Button key={one.key} variant="light" radius="xl" maw="100%" onClick={() => begin(one.key)}>
                {one.name ?? one.key}
              </Button>
            ))}
          </Group>
        )}
      </Loaded>
    </Stack>
  );
}
