// What can be done with nodes of the drawing; all of it changes the address.
import { useMemo } from "react";
import type { GraphState } from "./view";

const without = (all: readonly string[], key: string) => all.filter((one) => one !== key);
const toggled = (all: readonly string[], key: string) =>
  all.includes(key) ? without(all, key) : [...all, key];

export function useActions(state: GraphState, change: (part: Partial<GraphState>) => void) {
  return useMemo(
    () => ({
      isOpen: (key: string) => state.open.includes(key),
      isStart: (key: string) => state.start.includes(key),
      isAlikeOpen: (key: string) => state.alike.includes(key),
      select: (key: string) => change({ selected: key }),
      /** Draws a node with its neighbours, beside what is drawn. */
      begin: (key: string) =>
        change({
          start: [...without(state.start, key), key],
          open: [...without(state.open, key), key],
          selected: key,
        }),
      /** Expands or collapses; a node that is collapsed stays. */
      toggle: (key: string) =>
        change({
          open: toggled(state.open, key),
          start: state.start.includes(key) ? state.start : [...state.start, key],
          selected: key,
        }),
      toggleAlike: (key: string) =>
        change({
          alike: toggled(state.alike, key),
          start: state.start.includes(key) ? state.start : [...state.start, key],
          selected: key,
        }),
      pathFrom: (key: string) => change({ from: key }),
      pathTo: (key: string) => change({ to: key }),
      remove: (key: string) =>
        change({
          start: without(state.start, key),
          open: without(state.open, key),
          alike: without(state.alike, key),
          selected: "",
        }),
    }),
    [state, change],
  );
}

export type Actions = ReturnType<typeof useActions>;
