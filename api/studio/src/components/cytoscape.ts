// Cytoscape.js with its layout; loaded with the first drawing.
import cytoscape, { type Core, type ElementDefinition, type StylesheetJson } from "cytoscape";
import fcose from "cytoscape-fcose";
import { LABEL_COLOURS } from "./labelColours";

cytoscape.use(fcose);

export function createGraph(container: HTMLElement): Core {
  addStyles();
  return cytoscape({ container, minZoom: 0.1, maxZoom: 3, hideEdgesOnViewport: false, textureOnViewport: false });
}

/** Cytoscape adds this style element itself, without the nonce, unless it is there. */
function addStyles(): void {
  const id = "__________cytoscape_stylesheet";
  if (document.getElementById(id)) return;
  const style = document.createElement("style");
  style.id = id;
  style.nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
  style.textContent = ".__________cytoscape_container { position: relative; }";
  document.head.append(style);
}

/**
 * Makes a drawing have these elements; those that stay keep their places, and new nodes begin
 * beside a neighbour.
 *
 * @returns Whether nodes or edges came or went.
 */
export function update(graph: Core, elements: readonly ElementDefinition[]): boolean {
  const wanted = new Map(elements.map((element) => [element.data.id!, element]));
  const gone = graph.elements().filter((element) => !wanted.has(element.id()));
  const fresh: ElementDefinition[] = [];
  graph.batch(() => {
    gone.remove();
    for (const [id, element] of wanted) {
      const drawn = graph.getElementById(id);
      if (drawn.empty()) fresh.push(element);
      else drawn.classes(`${element.classes as string}${drawn.hasClass("marked") ? " marked" : ""}`);
    }
    const places = startPlaces(graph, fresh);
    graph.add(fresh.map((element) => ({ ...element, position: places.get(element.data.id!) })));
  });
  return fresh.length > 0 || gone.nonempty();
}

/** Places on a ring around a neighbour that is drawn already. */
function startPlaces(graph: Core, fresh: readonly ElementDefinition[]) {
  const places = new Map<string, { x: number; y: number }>();
  fresh.forEach(({ data }, turn) => {
    if (!data.source || !data.target) return;
    for (const [one, other] of [
      [data.source, data.target],
      [data.target, data.source],
    ] as const) {
      const known = graph.getElementById(other);
      if (places.has(one) || known.empty() || graph.getElementById(one).nonempty()) continue;
      const { x, y } = known.position();
      places.set(one, { x: x + 80 * Math.cos(turn * 2.4), y: y + 80 * Math.sin(turn * 2.4) });
    }
  });
  return places;
}

const ANIMATED = 150;
/** Number of nodes beyond which labels may overlap, and places are only roughly best. */
const LABELLED = 120;
const MANY = 600;
/** A few nodes are not drawn larger than this to fill the frame. */
const LARGEST_ZOOM = 1.25;

/** Arranges the nodes; those that were there move little. */
export function arrange(graph: Core, anew: boolean): void {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const many = graph.nodes().length > MANY;
  graph.one("layoutstop", () => {
    if (graph.zoom() > LARGEST_ZOOM) {
      graph.zoom(LARGEST_ZOOM);
      graph.center();
    }
  });
  graph
    .layout({
      name: "fcose",
      animate: !still && graph.nodes().length < ANIMATED,
      animationDuration: 400,
      randomize: anew,
      quality: many ? "draft" : "default",
      nodeDimensionsIncludeLabels: graph.nodes().length < LABELLED,
      nodeSeparation: 90,
      idealEdgeLength: 90,
      nodeRepulsion: 6000,
      numIter: many ? 300 : 1500,
      padding: 24,
      // eslint-disable-next-line @typescript-eslint/no-explicit-any
    } as any)
    .run();
}

export function styleOf(dark: boolean): StylesheetJson {
  const text = dark ? "#e9ecef" : "#212529";
  const ground = dark ? "#242424" : "#ffffff";
  return [
    {
      selector: "node",
      style: {
        label: "data(name)",
        width: 22,
        height: 22,
        "font-size": 10,
        color: text,
        "text-wrap": "wrap",
        "text-max-width": "110px",
        "text-valign": "bottom",
        "text-margin-y": 4,
        "text-outline-color": ground,
        "text-outline-width": 2,
        "min-zoomed-font-size": 6,
        "background-color": "#868e96",
      },
    },
    ...Object.entries(LABEL_COLOURS).map(([label, colour]) => ({
      selector: `node.${label}`,
      style: { "background-color": colour },
    })),
    { selector: "node.marked", style: { width: 34, height: 34, "border-width": 3, "border-color": text } },
    { selector: "node:selected", style: { "border-width": 3, "border-color": "#fab005" } },
    {
      selector: "edge",
      style: {
        label: "data(relation)",
        width: 1.4,
        "curve-style": "bezier",
        "target-arrow-shape": "triangle",
        "arrow-scale": 0.8,
        "line-color": dark ? "#5c5f66" : "#adb5bd",
        "target-arrow-color": dark ? "#5c5f66" : "#adb5bd",
        "font-size": 8,
        color: dark ? "#a6a7ab" : "#5c5f66",
        "text-rotation": "autorotate",
        "text-outline-color": ground,
        "text-outline-width": 2,
        "min-zoomed-font-size": 8,
      },
    },
    { selector: "edge.uncertain", style: { "line-style": "dashed" } },
    {
      selector: "edge.imputed",
      style: {
        "line-style": "dotted",
        width: 2.2,
        "line-color": dark ? "#da77f2" : "#9c36b5",
        "target-arrow-color": dark ? "#da77f2" : "#9c36b5",
      },
    },
    {
      selector: "edge.strong",
      style: {
        width: 4,
        "line-color": dark ? "#fcc419" : "#e67700",
        "target-arrow-color": dark ? "#fcc419" : "#e67700",
      },
    },
    { selector: "edge:selected", style: { "line-color": "#fab005", "target-arrow-color": "#fab005" } },
  ];
}
