import { Skeleton, useComputedColorScheme, VisuallyHidden } from "@mantine/core";
import type { Core, ElementDefinition } from "cytoscape";
import { useEffect, useRef, useState } from "react";
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
  /** Drawn dashed: a model's guess, or below full confidence. */
  uncertain?: boolean;
}

interface Props {
  /** What it shows, for those who do not see it. */
  label: string;
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
  /** Keys of nodes drawn larger: where one began, what one chose. */
  marked?: readonly string[];
  onSelect?: (node: GraphNode) => void;
  onOpen?: (node: GraphNode) => void;
  tall?: boolean;
}

/** Nodes and edges drawn by Cytoscape.js; nodes that stay keep their places when others come. */
export function GraphView({ label, nodes, edges, marked = [], onSelect, onOpen, tall }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const graph = useRef<Core>(undefined);
  const [loaded, setLoaded] = useState(false);
  const dark = useComputedColorScheme("light") === "dark";
  const handlers = useRef({ onSelect, onOpen });
  handlers.current = { onSelect, onOpen };

  useEffect(() => {
    let ended = false;
    void import("./cytoscape").then(({ createGraph }) => {
      if (ended || !place.current) return;
      const drawn = createGraph(place.current);
      const nodeAt = (event: { target: { data: (name: string) => unknown } }) =>
        event.target.data("node") as GraphNode;
      drawn.on("tap", "node", (event) => handlers.current.onSelect?.(nodeAt(event)));
      drawn.on("dbltap", "node", (event) => handlers.current.onOpen?.(nodeAt(event)));
      graph.current = drawn;
      setLoaded(true);
    });
    return () => {
      ended = true;
      graph.current?.destroy();
    };
  }, []);

  useEffect(() => {
    const drawn = graph.current;
    if (!loaded || !drawn) return;
    const wanted = new Map(elementsOf(nodes, edges).map((element) => [element.data.id!, element]));
    const before = drawn.nodes().length;
    drawn.batch(() => {
      drawn.elements().forEach((element) => {
        if (!wanted.has(element.id())) element.remove();
      });
      for (const [id, element] of wanted)
        if (drawn.getElementById(id).empty()) drawn.add(element);
    });
    void import("./cytoscape").then(({ arrange }) => {
      if (!drawn.destroyed()) arrange(drawn, before === 0);
    });
  }, [loaded, nodes, edges]);

  useEffect(() => {
    const drawn = graph.current;
    if (!loaded || !drawn) return;
    void import("./cytoscape").then(({ styleOf }) => drawn.style(styleOf(dark)));
  }, [loaded, dark]);

  useEffect(() => {
    graph.current?.nodes().forEach((node) => {
      node.toggleClass("marked", marked.includes(node.id()));
    });
  }, [loaded, marked, nodes]);

  return (
    <div className={tall ? classes.tall : classes.frame}>
      {!loaded && <Skeleton height="100%" />}
      <div ref={place} className={classes.place} role="img" aria-label={label} />
      <VisuallyHidden component="ul">
        {edges.map((edge) => (
          <li key={edgeId(edge)}>
            {nameOf(nodes, edge.head)} {edge.relation} {nameOf(nodes, edge.tail)}
          </li>
        ))}
      </VisuallyHidden>
    </div>
  );
}

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
        data: { id: edgeId(edge), source: edge.head, target: edge.tail, relation: edge.relation },
        classes: edge.uncertain ? "uncertain" : "",
      })),
  ];
}

function edgeId({ head, relation, tail }: GraphEdge): string {
  return `${head} ${relation} ${tail}`;
}

function nameOf(nodes: readonly GraphNode[], key: string): string {
  return nodes.find((node) => node.key === key)?.name ?? key;
}

function shorten(name: string): string {
  const characters = [...name];
  return characters.length > 32 ? `${characters.slice(0, 31).join("")}…` : name;
}
