import { Alert, Select, SimpleGrid, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Chart } from "../../components/Chart";
import { GateNotice } from "../../components/GateNotice";
import { Loaded } from "../../components/Loaded";
import { RowsView } from "../../components/RowsView";
import { useRows } from "../../data/cypher";
import { useSession } from "../../data/session";
import { locale } from "../../i18n";
import {
  BrandOverviewDocument,
  CategoryOverviewDocument,
  DashboardsDocument,
  InsightSubjectsDocument,
  type OverviewFieldsFragment,
} from "./Insights.generated";
import { Opinions } from "./Opinions";
import { Figure, Panel } from "../../components/Panel";
import { type Change, type InsightsView, periodOf } from "./period";
import { PriceBandsChart } from "./PriceBandsChart";
import { percent } from "./ShopOverview";

interface Props {
  view: InsightsView;
  change: Change;
}

/** A brand or a category in numbers. */
export function SubjectOverview({ view, change }: Props) {
  const { t } = useTranslation("insights");
  const isBrand = view.subject.startsWith("brand:");
  return (
    <Stack>
      <SubjectSelect subject={view.subject} choose={(subject) => change({ subject })} />
      {!view.subject && <Text c="dimmed">{t("subject.none")}</Text>}
      {view.subject && (isBrand ? <Brand key={view.subject} view={view} /> : <Category key={view.subject} view={view} />)}
    </Stack>
  );
}

/** Finds brands and categories by the first letters of their names. */
function SubjectSelect({ subject, choose }: { subject: string; choose: (key: string) => void }) {
  const { t } = useTranslation("insights");
  const [text, setText] = useState("");
  const [query] = useDebouncedValue(text.trim(), 150);
  const [{ data }] = useQuery({ query: InsightSubjectsDocument, variables: { query }, pause: !query });
  const found = (data?.suggestions ?? []).map((one) => ({ value: one.key, label: `${one.text} · ${t(`subject.${one.kind}`)}` }));
  const known = found.some((one) => one.value === subject) || !subject ? found : [{ value: subject, label: nameOf(subject) }, ...found];
  return (
    <Select
      label={t("subject.label")}
      placeholder={t("subject.placeholder")}
      searchable
      maw={420}
      value={subject || null}
      data={known}
      filter={({ options }) => options}
      nothingFoundMessage={query ? t("subject.unknown") : undefined}
      onSearchChange={setText}
      onChange={(key) => key && choose(key)}
    />
  );
}

function nameOf(key: string): string {
  return key.slice(key.indexOf(":") + 1);
}

function Brand({ view }: { view: InsightsView }) {
  const { weeks, until } = periodOf(view);
  const found = useQuery({ query: BrandOverviewDocument, variables: { key: view.subject, weeks, until } });
  return (
    <Loaded query={found} lines={12}>
      {({ brandOverview }) => <Overview view={view} overview={brandOverview} />}
    </Loaded>
  );
}

function Category({ view }: { view: InsightsView }) {
  const { may } = useSession();
  const { weeks, until } = periodOf(view);
  const found = useQuery({ query: CategoryOverviewDocument, variables: { key: view.subject, weeks, until } });
  return (
    <Loaded query={found} lines={12}>
      {({ categoryOverview }) => (
        <>
          <Overview view={view} overview={categoryOverview} />
          {may("cypher:read") && <MissingAttributes category={view.subject} />}
        </>
      )}
    </Loaded>
  );
}

function Overview({ view, overview }: { view: InsightsView; overview: OverviewFieldsFragment }) {
  const { t } = useTranslation("insights");
  const trend = (value: number | null, digits: number) =>
    value === null ? undefined : t("aWeek", { value: `${value > 0 ? "+" : ""}${value.toFixed(digits)}` });
  return (
    <Stack>
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <Figure label={t("products")} value={overview.products.toLocaleString()} />
        <Figure label={t("stars")} value={overview.averageRating?.toFixed(2) ?? "–"} note={t("reviewCount", { count: overview.ratings.reduce((sum, one) => sum + one.count, 0) })} />
        <Figure label={t("events")} value={overview.events.toLocaleString()} note={trend(overview.eventsTrend, 1)} />
        <Figure label={t("shareOfEvents")} value={percent(overview.shareOfEvents)} />
      </SimpleGrid>
      <Weeks overview={overview} />
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Panel title={t("prices.title")} hint={t("prices.hint")}>
          <PriceBandsChart bands={overview.pricesByCurrency} />
        </Panel>
        <Stars ratings={overview.ratings} />
      </SimpleGrid>
      <Opinions view={view} subject={view.subject} />
    </Stack>
  );
}

function Weeks({ overview: { weeks } }: { overview: OverviewFieldsFragment }) {
  const { t } = useTranslation("insights");
  return (
    <Panel title={t("byWeek.title")} hint={t("byWeek.hint")}>
      {weeks.length ? (
        <Chart
          label={t("byWeek.title")}
          option={{
            grid: { left: 8, right: 8, top: 36, bottom: 8, containLabel: true },
            legend: { type: "scroll", top: 0 },
            tooltip: { trigger: "axis", renderMode: "richText" },
            xAxis: { type: "category", data: weeks.map((one) => one.week) },
            yAxis: [{ type: "value" }, { type: "value", min: 0, max: 5, splitLine: { show: false } }],
            series: [
              { name: t("events"), type: "bar", data: weeks.map((one) => one.events) },
              { name: t("reviews"), type: "bar", data: weeks.map((one) => one.reviews) },
              { name: t("stars"), type: "line", yAxisIndex: 1, connectNulls: true, data: weeks.map((one) => one.rating) },
            ],
          }}
          table={{
            head: [t("week"), t("events"), t("reviews"), t("stars"), t("positive"), t("negative"), t("topic")],
            rows: weeks.map((one) => [
              one.week,
              one.events,
              one.reviews,
              one.rating?.toFixed(2) ?? "–",
              one.positive,
              one.negative,
              one.topics.map((topic) => topic.name).join(", "),
            ]),
          }}
        />
      ) : (
        <Alert color="blue">{t("byWeek.none")}</Alert>
      )}
    </Panel>
  );
}

function Stars({ ratings }: { ratings: OverviewFieldsFragment["ratings"] }) {
  const { t } = useTranslation("insights");
  return (
    <Panel title={t("starsTitle")}>
      {ratings.length ? (
        <Chart
          label={t("starsTitle")}
          height="small"
          option={{
            color: ["#f08c00"],
            grid: { left: 8, right: 40, top: 4, bottom: 4, containLabel: true },
            xAxis: { type: "value" },
            yAxis: { type: "category", inverse: true, data: ratings.map((one) => `${one.stars} ★`) },
            series: [{ type: "bar", label: { show: true, position: "right" }, data: ratings.map((one) => one.count) }],
          }}
          table={{ head: [t("stars"), t("reviews")], rows: ratings.map((one) => [one.stars, one.count]) }}
        />
      ) : (
        <Text c="dimmed">{t("noReviews")}</Text>
      )}
    </Panel>
  );
}

function MissingAttributes({ category }: { category: string }) {
  const { t } = useTranslation("insights");
  const [{ data }] = useQuery({ query: DashboardsDocument, variables: { locale: locale() } });
  const answer = useRows(data?.analystGate.on ? { saved: "missing_attributes", parameters: { category } } : null);
  return (
    <Panel title={t("missing.title")} hint={t("missing.hint")}>
      {data && !data.analystGate.on ? <GateNotice /> : <RowsView label={t("missing.title")} answer={answer} />}
    </Panel>
  );
}
