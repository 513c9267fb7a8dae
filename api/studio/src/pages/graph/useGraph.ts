// Nodes and edges of a view: each expanded node's neighbourhood, paths, and products alike.
import { useEffect, useMemo, useState } from "react";
import { useClient } from "urql";
import type { GraphEdge, GraphNode } from "../../components/GraphView";
import { useGraphNames } from "../../components/relations";
import {
  AlikeProductsDocument,
  type DrawingPartsFragment,
  NeighbourhoodDocument,
  ShortestPathsDocument,
} from "./Graph.generated";
import { edgeFilter, type GraphState } from "./view";

export interface Edge extends GraphEdge {
  confidence: number | null;
  assertionId: string | null;
}

interface Read {
  drawings: { key: string; drawing: DrawingPartsFragment }[];
  paths: readonly DrawingPartsFragment[];
  alike: { key: string; products: { key: string; title: string | null }[] }[];
}

const NOTHING: Read = { drawings: [], paths: [], alike: [] };

export interface Graph {
  nodes: readonly GraphNode[];
  edges: readonly Edge[];
  names: ReadonlyMap<string, GraphNode>;
  /** Edges of an expanded node that fit, drawn or not. */
  totals: ReadonlyMap<string, number>;
  paths: number;
  reading: boolean;
  failure: string | undefined;
}

export function useGraph(state: GraphState): Graph {
  const [read, setRead] = useState<Read>(NOTHING);
  const [reading, setReading] = useState(false);
  const [failure, setFailure] = useState<string>();
  const { relationName } = useGraphNames();
  const client = useClient();
  const wanted = JSON.stringify([
    state.start, state.open, state.alike, state.from, state.to, state.most, edgeFilter(state),
  ]);

  useEffect(() => {
    let ended = false;
    setReading(true);
    void readAll(client, state).then((found) => {
      if (ended) return;
      setReading(false);
      if (typeof found === "string") setFailure(found);
      else {
        setFailure(undefined);
        setRead(found);
      }
    });
    return () => {
      ended = true;
    };
    // `wanted` is all that is read of the state.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [client, wanted]);

  return useMemo(
    () => ({ ...merge(read, relationName), reading, failure }),
    [read, relationName, reading, failure],
  );
}

async function readAll(client: ReturnType<typeof useClient>, state: GraphState): Promise<Read | string> {
  const filter = edgeFilter(state);
  const opened = new Set(state.open);
  const keys = [...new Set([...state.open, ...state.start])];
  const read = NOTHING.drawings.slice();
  const answers = await Promise.all([
    ...keys.map(async (key) => {
      const first = opened.has(key) ? state.most : 1;
      const { data, error } = await client.query(NeighbourhoodDocument, { key, first, filter });
      const drawing = data?.neighbourhood;
      if (drawing) {
        const alone = { totalCount: drawing.totalCount, nodes: drawing.nodes.slice(0, 1), edges: [] };
        read.push({ key, drawing: opened.has(key) ? drawing : alone });
      }
      return error;
    }),
  ]);
  const alike = await Promise.all(
    state.alike.map(async (key) => {
      const { data } = await client.query(AlikeProductsDocument, { key });
      const items = data?.productRecommendations.items ?? [];
      return { key, products: items.map((item) => item.product) };
    }),
  );
  const ends = state.from && state.to ? { from: state.from, to: state.to, filter } : undefined;
  const joined = ends && (await client.query(ShortestPathsDocument, ends));
  const error = [...answers, joined?.error].find((one) => one !== undefined);
  if (error) return error.graphQLErrors[0]?.message ?? error.message;
  return { drawings: read, paths: joined?.data?.paths ?? [], alike };
}

function merge({ drawings, paths, alike }: Read, relationName: (name: string) => string) {
  const names = new Map<string, GraphNode>();
  const edges = new Map<string, Edge>();
  const add = ({ nodes, edges: found }: DrawingPartsFragment, strong: boolean) => {
    for (const { key, label, name } of nodes) names.set(key, { key, label, name });
    for (const { head, relation, tail, confidence, imputed, assertionId } of found) {
      const id = `${head} ${relation} ${tail}`;
      edges.set(id, {
        head, relation, tail, confidence, imputed, assertionId,
        name: relationName(relation),
        uncertain: !imputed && confidence !== null && confidence < 1,
        strong: strong || edges.get(id)?.strong,
      });
    }
  };
  for (const { drawing } of drawings) add(drawing, false);
  for (const drawing of paths) add(drawing, true);
  for (const { key, products } of alike)
    for (const product of products) {
      if (!names.has(product.key))
        names.set(product.key, { key: product.key, label: "Product", name: product.title });
      edges.set(`${key} ALIKE ${product.key}`, {
        head: key, relation: "ALIKE", tail: product.key, confidence: null, assertionId: null,
        name: relationName("ALIKE"), uncertain: true,
      });
    }
  return {
    nodes: [...names.values()],
    edges: [...edges.values()],
    names,
    totals: new Map(drawings.map(({ key, drawing }) => [key, drawing.totalCount])),
    paths: paths.length,
  };
}
