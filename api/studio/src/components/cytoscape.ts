// Cytoscape.js with its layout; loaded with the first drawing.
import cytoscape, { type Core, type StylesheetJson } from "cytoscape";
import fcose from "cytoscape-fcose";

cytoscape.use(fcose);

/** Colours of labels, the same as in the style sheet for Neo4j Browser. */
export const LABEL_COLOURS: Record<string, string> = {
  Product: "#4263eb",
  Brand: "#e8590c",
  Category: "#2b8a3e",
  Attribute: "#862e9c",
  Value: "#ae3ec9",
  User: "#c2255c",
  Review: "#e67700",
  Event: "#868e96",
  Source: "#495057",
  Assertion: "#0b7285",
};

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

/** Arranges the nodes; those that were there move little. */
export function arrange(graph: Core, anew: boolean): void {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  graph
    .layout({
      name: "fcose",
      animate: !still && graph.nodes().length < 400,
      animationDuration: 400,
      randomize: anew,
      quality: graph.nodes().length > 800 ? "draft" : "default",
      nodeSeparation: 90,
      idealEdgeLength: 90,
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
  ];
}
