// What is supposed: kept in the address with its names, so that the link says what it supposes.

export interface Named {
  key: string;
  name: string;
}

export interface Supposed {
  /** Products that count as never chosen. */
  without: readonly Named[];
  /** Products that count as chosen. */
  with: readonly Named[];
  /** Facts that count for nothing. */
  facts: readonly Named[];
}

export const NOTHING_SUPPOSED: Supposed = { without: [], with: [], facts: [] };

export function countChanges(supposed: Supposed): number {
  return supposed.without.length + supposed.with.length + supposed.facts.length;
}
