// The list of the chosen shopper or of this tab, how it moved, and what changes it.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useQuery, useSubscription } from "urql";
import { useEvents } from "../../data/events";
import { useShopper } from "../../data/shopper";
import { addTabChoice, useTabHistory } from "../../data/tabHistory";
import { locale } from "../../i18n";
import { compareLists, type Moves } from "./moves";
import { ForYouDocument, type ForYouQuery, ListChangedDocument } from "./Recommend.generated";

export type Item = ForYouQuery["recommendations"]["items"][number];

export const FIRST = 18;

/** What changed the list last: a product's title, or null for something done elsewhere. */
export interface LastChange {
  title: string | null;
  moves: Moves;
}

/** Lists as they were shown last, by shopper: a product's page may lie between two of them. */
const shown = new Map<string, { items: readonly Item[]; title: string | null }>();

export function useForYou() {
  const { userKey } = useShopper();
  const tab = useTabHistory();
  const events = useEvents();
  const session = useMemo(
    () => (userKey ? null : tab.map(({ productKey, time }) => ({ productKey, time }))),
    [userKey, tab],
  );
  const query = useQuery({
    query: ForYouDocument,
    variables: { first: FIRST, userKey, session, locale: locale() },
    requestPolicy: "cache-and-network",
  });
  const [state, refresh] = query;
  const items = state.data?.recommendations.items;
  const [last, setLast] = useState<LastChange & { gone: readonly Item[] }>();
  const who = userKey ?? "";

  useEffect(() => setLast(undefined), [who]);
  useEffect(() => {
    if (!items || state.stale || state.fetching) return;
    const before = shown.get(who);
    const keys = items.map((item) => item.product.key);
    const was = before?.items.map((item) => item.product.key);
    if (before && was && was.join() === keys.join() && before.title === null) return;
    if (before && was) {
      const moves = compareLists(was, keys);
      const gone = before.items.filter((item) => moves.left.includes(item.product.key));
      setLast({ title: before.title, moves, gone });
    }
    shown.set(who, { items, title: null });
  }, [items, state.stale, state.fetching, who]);

  const remember = useCallback(
    (title: string) => {
      const before = shown.get(who);
      if (before) shown.set(who, { ...before, title });
    },
    [who],
  );
  const again = useRef(refresh);
  again.current = refresh;

  useSubscription(
    { query: ListChangedDocument, variables: { userKey: userKey ?? "", first: FIRST }, pause: !userKey },
    (_, pushed) => {
      const now = pushed.recommendationsChanged.items.map((item) => item.productKey).join();
      const known = shown.get(who)?.items.map((item) => item.product.key).join();
      if (known !== undefined && now !== known) again.current({ requestPolicy: "network-only" });
      return pushed;
    },
  );

  const servedId = state.data?.recommendations.servedId;
  const act = useCallback(
    async (kind: "LIKE" | "DISMISS" | "CLICK", item: Item) => {
      const { key, title } = item.product;
      remember(title ?? key);
      const place = { servedId, position: item.position };
      if (!userKey && kind !== "DISMISS") addTabChoice(key, title ?? key);
      if (kind === "CLICK") return events.click(key, place);
      await events.record(kind, key, place);
      if (userKey) again.current({ requestPolicy: "network-only" });
    },
    [events, remember, servedId, userKey],
  );
  return { query, last, act };
}
