// The basket, kept in this browser. Nothing is ordered: the demo's shop has no till.
import { useSyncExternalStore } from "react";

export interface BasketLine {
  key: string;
  quantity: number;
  /** The list that the product was found in, for the events that follow. */
  servedId?: string;
}

const KEPT = "basket";
const MOST_LINES = 100;
const MOST_PIECES = 99;
const listeners = new Set<() => void>();
let lines: readonly BasketLine[] | undefined;

/** Reads what was kept; what is malformed is left out. */
export function readBasket(kept: string | null): BasketLine[] {
  let given: unknown;
  try {
    given = JSON.parse(kept ?? "[]");
  } catch {
    return [];
  }
  if (!Array.isArray(given)) return [];
  return (given as Partial<BasketLine>[])
    .filter((line) => typeof line?.key === "string" && Number.isInteger(line.quantity) && line.quantity! > 0)
    .slice(0, MOST_LINES)
    .map(({ key, quantity, servedId }) => ({
      key: key!,
      quantity: Math.min(MOST_PIECES, quantity!),
      ...(typeof servedId === "string" && { servedId }),
    }));
}

/** The lines with a number of pieces of one product; 0 takes it out. */
export function withQuantity(all: readonly BasketLine[], line: BasketLine): BasketLine[] {
  const quantity = Math.min(MOST_PIECES, Math.trunc(line.quantity));
  if (!(quantity > 0)) return all.filter((one) => one.key !== line.key);
  const changed = { ...line, quantity };
  return all.some((one) => one.key === line.key)
    ? all.map((one) => (one.key === line.key ? { ...one, ...changed } : one))
    : [...all, changed].slice(0, MOST_LINES);
}

function current(): readonly BasketLine[] {
  lines ??= readBasket(localStorage.getItem(KEPT));
  return lines;
}

function keep(next: readonly BasketLine[]): void {
  lines = next;
  localStorage.setItem(KEPT, JSON.stringify(next));
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  const fromOtherTab = (event: StorageEvent) => {
    if (event.key !== KEPT) return;
    lines = undefined;
    listener();
  };
  listeners.add(listener);
  addEventListener("storage", fromOtherTab);
  return () => {
    listeners.delete(listener);
    removeEventListener("storage", fromOtherTab);
  };
}

export function useBasket() {
  const all = useSyncExternalStore(subscribe, current);
  return {
    lines: all,
    pieces: all.reduce((sum, line) => sum + line.quantity, 0),
    add: (key: string, servedId?: string) => {
      const quantity = (current().find((line) => line.key === key)?.quantity ?? 0) + 1;
      keep(withQuantity(current(), { key, quantity, ...(servedId && { servedId }) }));
    },
    change: (key: string, quantity: number) => keep(withQuantity(current(), { key, quantity })),
    empty: () => keep([]),
  };
}
