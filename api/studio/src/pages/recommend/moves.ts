// How a list moved: what came, rose, fell and left.

export interface Move {
  kind: "new" | "up" | "down" | "same";
  /** Places it moved by; 0 for what is new. */
  places: number;
}

export interface Moves {
  byKey: ReadonlyMap<string, Move>;
  /** Keys that left, in their old order. */
  left: readonly string[];
  counts: { come: number; up: number; down: number; leave: number };
}

export function compareLists(before: readonly string[], after: readonly string[]): Moves {
  const places = new Map(before.map((key, place) => [key, place]));
  const byKey = new Map<string, Move>();
  after.forEach((key, place) => {
    const was = places.get(key);
    if (was === undefined) byKey.set(key, { kind: "new", places: 0 });
    else if (was > place) byKey.set(key, { kind: "up", places: was - place });
    else if (was < place) byKey.set(key, { kind: "down", places: place - was });
    else byKey.set(key, { kind: "same", places: 0 });
  });
  const left = before.filter((key) => !byKey.has(key));
  const count = (kind: Move["kind"]) => [...byKey.values()].filter((one) => one.kind === kind).length;
  return {
    byKey,
    left,
    counts: { come: count("new"), up: count("up"), down: count("down"), leave: left.length },
  };
}

export const isMoved = ({ counts }: Moves): boolean =>
  counts.come + counts.up + counts.down + counts.leave > 0;
