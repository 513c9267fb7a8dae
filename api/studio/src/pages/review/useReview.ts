// The items that the reviewer holds: claimed in small numbers, decided at once on the page and sent
// in the background, those pressed meanwhile together.
import { useCallback, useEffect, useRef, useState } from "react";
import { useClient } from "urql";
import { credentials } from "../../data/credentials";
import type { ReviewVerdict } from "../../data/schema";
import {
  ClaimReviewItemsDocument,
  DecideReviewItemsDocument,
  ReleaseReviewItemsDocument,
  type ReviewCaseFragment,
  UndoReviewDocument,
} from "./Review.generated";

export interface ReviewFilter {
  kind: string | null;
  attribute: string | null;
  category: string | null;
}

export interface Decision {
  verdict: ReviewVerdict;
  correction: string | null;
}

export interface Entry {
  item: ReviewCaseFragment;
  /** What was decided on this page; undefined while it waits. */
  decision?: Decision;
}

interface State {
  entries: Entry[];
  current: number;
  selected: ReadonlySet<string>;
  /** Keys of each decision made here, the last one last. */
  history: string[][];
  loading: boolean;
  /** Whether there was nothing more to claim. */
  ended: boolean;
}

type Action =
  | { type: "claimed"; items: readonly ReviewCaseFragment[]; fresh: boolean; ended: boolean }
  | { type: "loading" }
  | { type: "moved"; to: number }
  | { type: "toggled"; key: string }
  | { type: "cleared" }
  | { type: "decided"; keys: string[]; decision: Decision }
  | { type: "reopened"; keys: string[]; items?: readonly ReviewCaseFragment[] };

const CLAIM = 20;
const FEW = 8;
const NOTHING: State = {
  entries: [],
  current: 0,
  selected: new Set(),
  history: [],
  loading: true,
  ended: false,
};

export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case "loading":
      return { ...state, loading: true };
    case "claimed": {
      const known = new Set(action.fresh ? [] : state.entries.map((entry) => entry.item.key));
      const added = action.items.filter((item) => !known.has(item.key)).map((item) => ({ item }));
      const entries = action.fresh ? added : [...state.entries, ...added];
      const before = action.fresh ? NOTHING : state;
      const waits = before.entries[before.current] && !before.entries[before.current]?.decision;
      const current = waits ? before.current : nextOpen(entries, before.current);
      return { ...before, entries, current, loading: false, ended: action.ended };
    }
    case "moved":
      return { ...state, current: Math.max(0, Math.min(action.to, state.entries.length - 1)) };
    case "toggled": {
      const selected = new Set(state.selected);
      if (!selected.delete(action.key)) selected.add(action.key);
      return { ...state, selected };
    }
    case "cleared":
      return { ...state, selected: new Set() };
    case "decided": {
      const entries = state.entries.map((entry) =>
        action.keys.includes(entry.item.key) ? { ...entry, decision: action.decision } : entry,
      );
      return {
        ...state,
        entries,
        selected: new Set(),
        history: [...state.history, action.keys],
        current: nextOpen(entries, state.current),
      };
    }
    case "reopened": {
      const fresh = new Map(action.items?.map((item) => [item.key, item]));
      const entries = state.entries.map((entry) =>
        action.keys.includes(entry.item.key)
          ? { item: fresh.get(entry.item.key) ?? entry.item }
          : entry,
      );
      const first = entries.findIndex((entry) => entry.item.key === action.keys[0]);
      return {
        ...state,
        entries,
        history: state.history.filter((keys) => !keys.some((key) => action.keys.includes(key))),
        current: first < 0 ? state.current : first,
      };
    }
  }
}

/** The next entry that waits, from a place on and then from the start; the place itself if none does. */
export function nextOpen(entries: Entry[], from: number): number {
  for (let step = 0; step < entries.length; step++) {
    const place = (from + step) % entries.length;
    if (!entries[place]?.decision) return place;
  }
  return Math.min(from, Math.max(entries.length - 1, 0));
}

interface Sent {
  key: string;
  decision: Decision;
}

export function useReview(
  filter: ReviewFilter,
  reviewer: string,
  { onFailed, onChanged }: { onFailed: (message: string) => void; onChanged: () => void },
) {
  const client = useClient();
  const [state, setState] = useState(NOTHING);
  // Changed at once, not with the next drawing: a second key may come before that.
  const latest = useRef(state);
  const dispatch = useCallback((action: Action) => {
    latest.current = reduce(latest.current, action);
    setState(latest.current);
  }, []);
  const waiting = useRef<Sent[]>([]);
  const sending = useRef<Promise<void>>(Promise.resolve());
  const claiming = useRef(false);
  const unsaved = useRef(0);

  const claim = useCallback(
    async (fresh: boolean) => {
      if (claiming.current && !fresh) return;
      claiming.current = true;
      if (fresh) dispatch({ type: "loading" });
      // What is decided here and not yet there still counts as held there.
      const first = fresh ? CLAIM : Math.min(CLAIM + unsaved.current, 100);
      const { data, error } = await client
        .mutation(ClaimReviewItemsDocument, { input: { ...filter, first, reviewer } })
        .toPromise();
      claiming.current = false;
      const result = data?.claimReviewItems;
      if (result?.__typename === "ClaimedReviewItems")
        dispatch({ type: "claimed", items: result.items, fresh, ended: result.items.length < first });
      else {
        dispatch({ type: "claimed", items: [], fresh, ended: true });
        onFailed(error?.message ?? result?.message ?? "");
      }
    },
    [client, filter, reviewer, onFailed, dispatch],
  );

  // What is left undecided is free for others at once, also when the page is closed.
  useEffect(() => {
    const release = () => {
      const keys = latest.current.entries.filter((one) => !one.decision).map((one) => one.item.key);
      if (keys.length)
        void client
          .mutation(
            ReleaseReviewItemsDocument,
            { input: { keys: keys.slice(0, 200), reviewer } },
            { fetchOptions: { headers: credentials(), keepalive: true } },
          )
          .toPromise();
    };
    void claim(true);
    window.addEventListener("pagehide", release);
    return () => {
      window.removeEventListener("pagehide", release);
      release();
    };
  }, [claim, client, reviewer]);

  const open = state.entries.filter((entry) => !entry.decision).length;
  useEffect(() => {
    if (!state.loading && !state.ended && open < FEW) void claim(false);
  }, [open, state.loading, state.ended, claim]);

  const flush = useCallback(() => {
    sending.current = sending.current.then(async () => {
      const batch = waiting.current.splice(0, 200);
      if (!batch.length) return;
      const send = async (some: Sent[]) => {
        const decisions = some.map(({ key, decision }) => ({ key, ...decision }));
        const { data, error } = await client
          .mutation(DecideReviewItemsDocument, { input: { decisions, reviewer } })
          .toPromise();
        const result = data?.decideReviewItems;
        if (result?.__typename === "DecidedReviewItems") return;
        if (some.length > 1) {
          for (const one of some) await send([one]); // all or none: find the one that fails
          return;
        }
        dispatch({ type: "reopened", keys: some.map((one) => one.key) });
        onFailed(error?.message ?? result?.message ?? "");
      };
      await send(batch);
      unsaved.current -= batch.length;
      onChanged();
    });
    return sending.current;
  }, [client, reviewer, onFailed, onChanged, dispatch]);

  const decide = useCallback(
    (keys: string[], decision: Decision) => {
      if (!keys.length) return;
      dispatch({ type: "decided", keys, decision });
      unsaved.current += keys.length;
      waiting.current.push(...keys.map((key) => ({ key, decision })));
      void flush();
    },
    [flush, dispatch],
  );

  const undo = useCallback(async () => {
    const keys = latest.current.history.at(-1);
    if (!keys) return undefined;
    await flush();
    const { data, error } = await client
      .mutation(UndoReviewDocument, { input: { keys, reviewer } })
      .toPromise();
    const result = data?.undoReview;
    if (result?.__typename !== "UndoneReviewItems") {
      onFailed(error?.message ?? result?.message ?? "");
      return undefined;
    }
    dispatch({ type: "reopened", keys, items: result.items });
    onChanged();
    return result.items[0];
  }, [client, flush, reviewer, onFailed, onChanged, dispatch]);

  return {
    ...state,
    open,
    /** The state of this moment, for keys that come faster than the page is drawn. */
    peek: () => latest.current,
    decide,
    undo,
    reload: () => void claim(true),
    move: (to: number) => dispatch({ type: "moved", to }),
    toggle: (key: string) => dispatch({ type: "toggled", key }),
    clear: () => dispatch({ type: "cleared" }),
  };
}
