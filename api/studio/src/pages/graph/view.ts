// What the page shows; all of it is in the address.
import type { EdgeFilter } from "../../data/schema";

export const RELATIONS = [
  "HAS_BRAND",
  "IN_CATEGORY",
  "HAS_VALUE",
  "ALSO_BOUGHT",
  "ALSO_VIEWED",
  "BOUGHT_TOGETHER",
  "COMPATIBLE_WITH",
  "PART_OF",
  "USED_FOR",
  "CHILD_OF",
  "VALUE_OF",
] as const;

export interface GraphState {
  /** Nodes that are drawn whatever is collapsed. */
  start: readonly string[];
  /** Nodes whose neighbours are drawn. */
  open: readonly string[];
  /** Products whose like are drawn. */
  alike: readonly string[];
  /** Ends of the shortest paths that are drawn. */
  from: string;
  to: string;
  /** Relations that are followed; none for all. */
  relations: readonly string[];
  /** Least confidence, 0 to 1. */
  confidence: number;
  origin: "all" | "stated" | "guessed";
  /** Neighbours of a node that are read at once. */
  most: number;
  selected: string;
  view: "drawing" | "table";
}

export const FIRST_STATE: GraphState = {
  start: [],
  open: [],
  alike: [],
  from: "",
  to: "",
  relations: [],
  confidence: 0,
  origin: "all",
  most: 25,
  selected: "",
  view: "drawing",
};

export function edgeFilter({ relations, confidence, origin }: GraphState): EdgeFilter {
  return {
    relations: relations.length ? [...relations] : null,
    minConfidence: confidence,
    imputed: origin === "all" ? null : origin === "guessed",
  };
}

/** Number of conditions on edges. */
export function countConditions({ relations, confidence, origin }: GraphState): number {
  return Number(relations.length > 0) + Number(confidence > 0) + Number(origin !== "all");
}

const quoted = (text: string) => `'${text.replace(/\\/g, "\\\\").replace(/'/g, "\\'")}'`;

/** The same view as a statement for Neo4j Browser. */
export function cypherOf(state: GraphState): string {
  const types = (state.relations.length ? state.relations : RELATIONS).join("|");
  const parts: string[] = [];
  const keys = [...new Set([...state.start, ...state.open])];
  if (keys.length)
    parts.push(
      `MATCH p = (n:Product|Brand|Category|Attribute|Value)-[:${types}]-()\n` +
        `WHERE n.key IN [${keys.map(quoted).join(", ")}]\nRETURN p LIMIT ${keys.length * state.most}`,
    );
  if (state.from && state.to)
    parts.push(
      `MATCH p = allShortestPaths(\n  (:Product|Brand|Category|Attribute|Value {key: ${quoted(state.from)}})` +
        `-[:${types}*..4]-\n  (:Product|Brand|Category|Attribute|Value {key: ${quoted(state.to)}}))\nRETURN p LIMIT 8`,
    );
  return parts.join("\nUNION\n");
}
