import { SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Chart } from "../../components/Chart";
import { Loaded } from "../../components/Loaded";
import { useSession } from "../../data/session";
import { useShopper } from "../../data/shopper";
import { currentLanguage } from "../../i18n";
import { ShopperProfileDocument, type ShopperProfileQuery } from "./Insights.generated";
import { Figure, Panel } from "../../components/Panel";
import { PriceBandsChart } from "./PriceBandsChart";

/** What events and reviews say of a shopper: oneself, or one that a service names. */
export function ShopperOverview() {
  const { t } = useTranslation("insights");
  const { viewer, may } = useSession();
  const { userKey, choose } = useShopper();
  return (
    <Stack>
      {!viewer.userKey && may("users:any") && (
        <TextInput
          key={userKey}
          maw={520}
          label={t("shopper.key")}
          description={t("shopper.keyHint")}
          placeholder="user:shop:…"
          defaultValue={userKey ?? ""}
          onBlur={(event) => choose(event.currentTarget.value.trim() || null)}
          onKeyDown={(event) => event.key === "Enter" && choose(event.currentTarget.value.trim() || null)}
        />
      )}
      {userKey ? <Profile userKey={userKey} /> : <Text c="dimmed">{t("shopper.none")}</Text>}
    </Stack>
  );
}

function Profile({ userKey }: { userKey: string }) {
  const { t } = useTranslation("insights");
  const found = useQuery({ query: ShopperProfileDocument, variables: { userKey } });
  const day = (time: string | null) => (time ? new Date(time).toLocaleDateString(currentLanguage()) : "–");
  return (
    <Loaded query={found} lines={10}>
      {({ userProfile: profile }) =>
        profile ? (
          <Stack>
            <SimpleGrid cols={{ base: 2, md: 4 }}>
              <Figure
                label={t("events")}
                value={profile.events.reduce((sum, one) => sum + one.count, 0).toLocaleString()}
                note={t("shopper.between", { first: day(profile.firstSeen), last: day(profile.lastSeen) })}
              />
              <Figure label={t("shopper.products")} value={profile.products.toLocaleString()} />
              <Figure label={t("reviews")} value={profile.reviews.toLocaleString()} />
              <Figure label={t("shopper.given")} value={profile.averageRating?.toFixed(2) ?? "–"} />
            </SimpleGrid>
            <SimpleGrid cols={{ base: 1, lg: 2 }}>
              <Bars title={t("shopper.events")} counts={profile.events.map((one) => ({ name: t(`kinds.${one.kind}`, one.kind), count: one.count }))} />
              <Panel title={t("prices.title")} hint={t("shopper.prices")}>
                <PriceBandsChart bands={profile.pricesByCurrency} />
              </Panel>
              {(["brands", "categories", "values"] as const).map((kind) => (
                <Bars key={kind} title={t(`shopper.${kind}`)} counts={named(profile[kind])} />
              ))}
            </SimpleGrid>
          </Stack>
        ) : (
          <Text>{t("shopper.unknown")}</Text>
        )
      }
    </Loaded>
  );
}

type Counts = NonNullable<ShopperProfileQuery["userProfile"]>["brands"];

function named(counts: Counts): { name: string; count: number }[] {
  return counts.slice(0, 8).map((one) => ({ name: one.name ?? one.key, count: one.count }));
}

function Bars({ title, counts }: { title: string; counts: { name: string; count: number }[] }) {
  const { t } = useTranslation("insights");
  return (
    <Panel title={title}>
      {counts.length ? (
        <Chart
          label={title}
          height="small"
          option={{
            grid: { left: 8, right: 40, top: 4, bottom: 4, containLabel: true },
            xAxis: { type: "value", minInterval: 1 },
            yAxis: { type: "category", inverse: true, data: counts.map((one) => one.name), axisLabel: { width: 150, overflow: "truncate" } },
            series: [{ type: "bar", label: { show: true, position: "right" }, data: counts.map((one) => one.count) }],
          }}
          table={{ head: [title, t("number")], rows: counts.map((one) => [one.name, one.count]) }}
        />
      ) : (
        <Text c="dimmed">{t("nothing")}</Text>
      )}
    </Panel>
  );
}
