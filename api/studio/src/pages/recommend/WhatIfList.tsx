import { SimpleGrid, Stack, Text } from "@mantine/core";
import { useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Loaded } from "../../components/Loaded";
import { useGlide } from "../../components/useGlide";
import { useShopper } from "../../data/shopper";
import { useTabHistory } from "../../data/tabHistory";
import { locale } from "../../i18n";
import { LeftProducts, MovedCard } from "./cards";
import { compareLists } from "./moves";
import { ForYouIfDocument, type ForYouIfQuery } from "./Recommend.generated";
import { FIRST } from "./useForYou";
import { countChanges, type Supposed } from "./supposed";

/** The list as it would be, and how that differs from the list as it is. */
export function WhatIfList({ supposed }: { supposed: Supposed }) {
  const { userKey } = useShopper();
  const tab = useTabHistory();
  const session = useMemo(
    () => (userKey ? null : tab.map(({ productKey, time }) => ({ productKey, time }))),
    [userKey, tab],
  );
  const query = useQuery({
    query: ForYouIfDocument,
    variables: {
      first: FIRST,
      userKey,
      session,
      without: supposed.without.map((one) => one.key),
      with: supposed.with.map((one) => one.key),
      withoutFacts: supposed.facts.map((one) => one.key),
      locale: locale(),
    },
    requestPolicy: "cache-and-network",
  });
  const kept = useRef<ForYouIfQuery>(undefined);
  kept.current = query[0].data ?? kept.current;
  const shown = kept.current ? [{ ...query[0], data: kept.current }, query[1]] : query;
  return (
    <Loaded query={shown as typeof query} lines={8}>
      {({ whatIf }) => <Standings standings={whatIf.standings} changes={countChanges(supposed)} />}
    </Loaded>
  );
}

type Standing = ForYouIfQuery["whatIf"]["standings"][number];

function Standings({ standings, changes }: { standings: readonly Standing[]; changes: number }) {
  const { t } = useTranslation("recommend");
  const list = useRef<HTMLDivElement>(null);
  const after = standings.filter((one) => one.rankAfter !== null);
  const before = standings
    .filter((one) => one.rankBefore !== null)
    .sort((a, b) => a.rankBefore! - b.rankBefore!);
  const moves = compareLists(
    before.map((one) => one.product.key),
    after.map((one) => one.product.key),
  );
  useGlide(list, after.map((one) => one.product.key).join());
  const left = before.filter((one) => moves.left.includes(one.product.key));
  return (
    <Stack>
      <Text size="sm" role="status">
        {after.length
          ? t("whatIf.result", { count: changes, ...moves.counts })
          : t("whatIf.nothing")}
      </Text>
      <SimpleGrid ref={list} cols={{ base: 2, sm: 3, xl: 4 }} spacing="md">
        {after.map(({ product, scoreBefore, scoreAfter }) => (
          <MovedCard key={product.key} product={product} move={moves.byKey.get(product.key)}>
            <Text size="xs" c="dimmed" mt="xs">
              {t("whatIf.score", {
                before: scoreBefore?.toFixed(3) ?? "–",
                after: scoreAfter?.toFixed(3),
              })}
            </Text>
          </MovedCard>
        ))}
      </SimpleGrid>
      <LeftProducts products={left.map((one) => one.product)} />
    </Stack>
  );
}
