import { Alert, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Chart } from "../../components/Chart";
import { Loaded } from "../../components/Loaded";
import { OpinionOverviewDocument, type OpinionOverviewQuery } from "./Insights.generated";
import { Panel } from "../../components/Panel";
import { type InsightsView, periodOf } from "./period";
import { percent } from "./ShopOverview";

/** What reviews say over time, by topic, and complaints that rose. */
export function Opinions({ view, subject = null }: { view: InsightsView; subject?: string | null }) {
  const { t } = useTranslation("insights");
  const { days, until } = periodOf(view);
  const found = useQuery({ query: OpinionOverviewDocument, variables: { subject, days, until } });
  return (
    <Loaded query={found} lines={8}>
      {({ opinionTrends, opinionAlerts }) => (
        <SimpleGrid cols={{ base: 1, lg: 2 }}>
          <Panel title={t("opinions.title")} hint={t("opinions.hint")}>
            {opinionTrends.some((one) => one.points.length) ? (
              <TrendLines trends={opinionTrends} />
            ) : (
              <Text c="dimmed">{t("opinions.none")}</Text>
            )}
          </Panel>
          <Stack>
            <Panel title={t("topics.title")} hint={t("topics.hint")}>
              <TopicBars trends={opinionTrends} />
            </Panel>
            <Panel title={t("alerts.title")} hint={t("alerts.hint")}>
              <Alerts alerts={opinionAlerts} />
            </Panel>
          </Stack>
        </SimpleGrid>
      )}
    </Loaded>
  );
}

type Trends = OpinionOverviewQuery["opinionTrends"];

function TrendLines({ trends }: { trends: Trends }) {
  const { t } = useTranslation("insights");
  const weeks = [...new Set(trends.flatMap((trend) => trend.points.map((point) => point.start)))].sort();
  const name = (trend: Trends[number]) => trend.name ?? t("opinions.all");
  const at = (trend: Trends[number], week: string) => trend.points.find((point) => point.start === week);
  return (
    <Chart
      label={t("opinions.title")}
      height="medium"
      option={{
        grid: { left: 8, right: 16, top: 36, bottom: 8, containLabel: true },
        legend: { type: "scroll", top: 0 },
        tooltip: { trigger: "axis", renderMode: "richText" },
        xAxis: { type: "category", data: weeks },
        yAxis: { type: "value", min: 0, max: 1, axisLabel: { formatter: (value: number) => `${Math.round(value * 100)} %` } },
        series: trends.map((trend) => ({
          name: name(trend),
          type: "line",
          connectNulls: true,
          lineStyle: { width: trend.topic ? 1.5 : 3 },
          data: weeks.map((week) => at(trend, week)?.negativeShare ?? null),
        })),
      }}
      table={{
        head: [t("week"), ...trends.map(name)],
        rows: weeks.map((week) => [week, ...trends.map((trend) => percent(at(trend, week)?.negativeShare ?? null))]),
      }}
    />
  );
}

function TopicBars({ trends }: { trends: Trends }) {
  const { t } = useTranslation("insights");
  const topics = trends.filter((trend) => trend.topic && trend.total.reviews > 0);
  if (!topics.length) return <Text c="dimmed">{t("topics.none")}</Text>;
  return (
    <Chart
      label={t("topics.title")}
      height="small"
      option={{
        color: ["#2f9e44", "#e03131"],
        grid: { left: 8, right: 16, top: 28, bottom: 4, containLabel: true },
        legend: { top: 0 },
        tooltip: { trigger: "axis", renderMode: "richText" },
        xAxis: { type: "value" },
        yAxis: { type: "category", inverse: true, data: topics.map((one) => one.name) },
        series: (["positive", "negative"] as const).map((side) => ({
          name: t(side),
          type: "bar",
          stack: "opinions",
          data: topics.map((one) => one.total[side]),
        })),
      }}
      table={{
        head: [t("topic"), t("positive"), t("negative")],
        rows: topics.map((one) => [one.name ?? "", one.total.positive, one.total.negative]),
      }}
    />
  );
}

function Alerts({ alerts }: { alerts: OpinionOverviewQuery["opinionAlerts"] }) {
  const { t } = useTranslation("insights");
  if (!alerts.length) return <Text c="dimmed">{t("alerts.none")}</Text>;
  return (
    <Stack gap="xs">
      {alerts.slice(0, 6).map((one) => (
        <Alert
          key={`${one.topic} ${one.since}`}
          color={one.until ? "gray" : "red"}
          icon={<IconAlertTriangle size={18} />}
          title={`${one.name ?? t("opinions.all")} · ${one.until ? t("alerts.ended", { since: one.since, until: one.until }) : t("alerts.since", { since: one.since })}`}
        >
          {t("alerts.figures", {
            days: one.days,
            negative: one.recentNegative,
            reviews: one.recent,
            earlierNegative: one.earlierNegative,
            earlier: one.earlier,
          })}
        </Alert>
      ))}
    </Stack>
  );
}
