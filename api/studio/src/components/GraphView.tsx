import { ActionIcon, Skeleton, useComputedColorScheme, VisuallyHidden } from "@mantine/core";
import { IconFocusCentered, IconMinus, IconPlus } from "@tabler/icons-react";
import type { Core, ElementDefinition } from "cytoscape";
import { memo, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./GraphView.module.css";

export interface GraphNode {
  key: string;
  label: string;
  name: string | null;
}

export interface GraphEdge {
  head: string;
  relation: string;
  tail: string;
  /** What is written at it, in place of the relation. */
  name?: string;
  /** Drawn dashed: below full confidence, or no fact at all. */
  uncertain?: boolean;
  /** Drawn dotted in a colour of its own: a model's guess that no record states. */
  imputed?: boolean;
  /** Drawn thick: part of a path. */
  strong?: boolean;
}

interface Props {
  /** What it shows, for those who do not see it. */
  label: string;
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
  /** Keys of nodes drawn larger: where one began, what one chose. */
  marked?: readonly string[];
  onSelect?: (node: GraphNode) => void;
  onSelectEdge?: (edge: GraphEdge) => void;
  onOpen?: (node: GraphNode) => void;
  tall?: boolean;
  /** False where the page itself lists the edges for those who do not see them. */
  listed?: boolean;
}

/** Nodes and edges drawn by Cytoscape.js; nodes that stay keep their places when others come. */
export function GraphView(props: Props) {
  const { label, nodes, edges, marked, tall, listed = true } = props;
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const graph = useRef<Core>(undefined);
  const [loaded, setLoaded] = useState(false);
  const dark = useComputedColorScheme("light") === "dark";
  const handlers = useRef(props);
  handlers.current = props;

  useEffect(() => {
    let ended = false;
    let watch: ResizeObserver | undefined;
    void import("./cytoscape").then(({ createGraph }) => {
      if (ended || !place.current) return;
      const drawn = createGraph(place.current);
      type Tapped = { target: { data: (name: string) => unknown } };
      drawn.on("tap", "node", (event: Tapped) =>
        handlers.current.onSelect?.(event.target.data("node") as GraphNode),
      );
      drawn.on("tap", "edge", (event: Tapped) =>
        handlers.current.onSelectEdge?.(event.target.data("edge") as GraphEdge),
      );
      drawn.on("dbltap", "node", (event: Tapped) =>
        handlers.current.onOpen?.(event.target.data("node") as GraphNode),
      );
      graph.current = drawn;
      // A panel that slides in has no size at first.
      watch = new ResizeObserver(() => {
        const unseen = drawn.width() === 0 || drawn.height() === 0;
        drawn.resize();
        if (unseen) drawn.fit(undefined, 32);
      });
      watch.observe(place.current);
      setLoaded(true);
    });
    return () => {
      ended = true;
      watch?.disconnect();
      graph.current?.destroy();
    };
  }, []);

  useEffect(() => {
    const drawn = graph.current;
    if (!loaded || !drawn) return;
    void import("./cytoscape").then(({ styleOf }) => {
      if (!drawn.destroyed()) drawn.style(styleOf(dark));
    });
  }, [loaded, dark]);

  useEffect(() => {
    const drawn = graph.current;
    if (!loaded || !drawn) return;
    void import("./cytoscape").then(({ arrange, update }) => {
      if (drawn.destroyed()) return;
      const anew = drawn.nodes().empty();
      if (update(drawn, elementsOf(nodes, edges))) arrange(drawn, anew);
    });
  }, [loaded, nodes, edges]);

  useEffect(() => {
    const chosen = new Set(marked);
    // After the update above, which also waits for the module.
    void import("./cytoscape").then(() => {
      graph.current?.batch(() =>
        graph.current?.nodes().forEach((node) => {
          node.toggleClass("marked", chosen.has(node.id()));
        }),
      );
    });
  }, [loaded, marked, nodes]);

  const zoom = (factor: number) => {
    const drawn = graph.current;
    if (!drawn) return;
    const middle = { x: drawn.width() / 2, y: drawn.height() / 2 };
    drawn.zoom({ level: drawn.zoom() * factor, renderedPosition: middle });
  };
  return (
    <div className={tall ? classes.tall : classes.frame}>
      {!loaded && <Skeleton height="100%" />}
      <div ref={place} className={classes.place} role="img" aria-label={label} />
      <ActionIcon.Group className={classes.tools} orientation="vertical">
        <ActionIcon variant="default" size="md" aria-label={t("zoomIn")} onClick={() => zoom(1.4)}>
          <IconPlus size={16} />
        </ActionIcon>
        <ActionIcon variant="default" size="md" aria-label={t("zoomOut")} onClick={() => zoom(1 / 1.4)}>
          <IconMinus size={16} />
        </ActionIcon>
        <ActionIcon
          variant="default"
          size="md"
          aria-label={t("fit")}
          onClick={() => graph.current?.fit(undefined, 32)}
        >
          <IconFocusCentered size={16} />
        </ActionIcon>
      </ActionIcon.Group>
      {listed && <EdgeList nodes={nodes} edges={edges} />}
    </div>
  );
}

/** The edges in words, for those who do not see the drawing. */
const EdgeList = memo(function EdgeList({ nodes, edges }: Pick<Props, "nodes" | "edges">) {
  const names = useMemo(() => new Map(nodes.map((node) => [node.key, node.name])), [nodes]);
  return (
    <VisuallyHidden component="ul">
      {edges.map((edge) => (
        <li key={edgeId(edge)}>
          {names.get(edge.head) ?? edge.head} {edge.name ?? edge.relation} {names.get(edge.tail) ?? edge.tail}
        </li>
      ))}
    </VisuallyHidden>
  );
});

function elementsOf(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): ElementDefinition[] {
  const keys = new Set(nodes.map((node) => node.key));
  return [
    ...nodes.map((node) => ({
      data: { id: node.key, name: shorten(node.name ?? node.key), node },
      classes: node.label,
    })),
    ...edges
      .filter((edge) => keys.has(edge.head) && keys.has(edge.tail))
      .map((edge) => ({
        data: { id: edgeId(edge), source: edge.head, target: edge.tail, relation: edge.name ?? edge.relation, edge },
        classes: [edge.uncertain && "uncertain", edge.imputed && "imputed", edge.strong && "strong"]
          .filter(Boolean)
          .join(" "),
      })),
  ];
}

function edgeId({ head, relation, tail }: GraphEdge): string {
  return `${head} ${relation} ${tail}`;
}

function shorten(name: string): string {
  const characters = [...name];
  return characters.length > 32 ? `${characters.slice(0, 31).join("")}…` : name;
}
