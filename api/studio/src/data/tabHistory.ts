// What an unknown shopper chose: kept in this tab, sent with each question, and never recorded.
import { useSyncExternalStore } from "react";

export interface TabChoice {
  productKey: string;
  title: string;
  time: string;
}

const KEPT = "choices";
const MOST = 50;
const listeners = new Set<() => void>();
let choices: readonly TabChoice[] = read();

function read(): TabChoice[] {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "[]") as TabChoice[];
  } catch {
    return [];
  }
}

function keep(next: readonly TabChoice[]): void {
  choices = next;
  sessionStorage.setItem(KEPT, JSON.stringify(next));
  for (const listener of listeners) listener();
}

/** Adds a choice, or moves it to the front. */
export function addTabChoice(productKey: string, title: string): void {
  const others = choices.filter((one) => one.productKey !== productKey);
  keep([{ productKey, title, time: new Date().toISOString() }, ...others].slice(0, MOST));
}

export function forgetTabChoices(): void {
  keep([]);
}

/** The choices of this tab, the latest first. */
export function useTabHistory(): readonly TabChoice[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => choices,
  );
}
