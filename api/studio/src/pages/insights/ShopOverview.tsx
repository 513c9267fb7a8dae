import { Anchor, Badge, Group, NativeSelect, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { GateNotice } from "../../components/GateNotice";
import { Loaded } from "../../components/Loaded";
import { ProductPicture } from "../../components/ProductPicture";
import { RowsView } from "../../components/RowsView";
import { useRows } from "../../data/cypher";
import type { TextSource } from "../../data/schema";
import { useSession } from "../../data/session";
import { locale } from "../../i18n";
import { DashboardsDocument, ModelConversionDocument, RisingTermsDocument, TrendingProductsDocument } from "./Insights.generated";
import { Opinions } from "./Opinions";
import { Panel } from "../../components/Panel";
import { type Change, type InsightsView, periodOf } from "./period";
import { Chart } from "../../components/Chart";
import classes from "./insights.module.css";

interface Props {
  view: InsightsView;
  change: Change;
}

/** The whole shop: what is trending, what reviews say, what terms rise, what converts. */
export function ShopOverview({ view, change }: Props) {
  const { may } = useSession();
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Trending view={view} />
        <Conversion />
      </SimpleGrid>
      <Opinions view={view} />
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Rising view={view} change={change} />
        {may("cypher:read") && <Funnel />}
      </SimpleGrid>
    </Stack>
  );
}

function Trending({ view }: { view: InsightsView }) {
  const { t } = useTranslation("insights");
  const { until } = periodOf(view);
  const days = Math.max(7, Math.round((view.weeks * 7) / 4));
  const found = useQuery({ query: TrendingProductsDocument, variables: { days, until, locale: locale() } });
  return (
    <Panel title={t("trending.title")} hint={t("trending.hint", { days })}>
      <Loaded query={found} lines={6}>
        {({ trending }) =>
          trending.length ? (
            <Table.ScrollContainer minWidth={320} maxHeight={380}>
              <Table verticalSpacing={6}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("product")}</Table.Th>
                    <Table.Th ta="right">{t("trending.recent")}</Table.Th>
                    <Table.Th ta="right">{t("trending.earlier")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {trending.map(({ product, recent, earlier }) => (
                    <Table.Tr key={product.key}>
                      <Table.Td>
                        <Group gap="sm" wrap="nowrap">
                          <div className={classes.thumb}>
                            <ProductPicture title={product.title} url={product.imageUrl} />
                          </div>
                          <Anchor component={Link} to={`/shop/${product.key}`} size="sm" lineClamp={2} dir="auto">
                            {product.title}
                          </Anchor>
                        </Group>
                      </Table.Td>
                      <Table.Td ta="right">{recent.toLocaleString()}</Table.Td>
                      <Table.Td ta="right">{earlier.toLocaleString()}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          ) : (
            <Text c="dimmed">{t("nothing")}</Text>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Conversion() {
  const { t } = useTranslation("insights");
  const found = useQuery({ query: ModelConversionDocument, variables: { kind: "PREFERENCE" } });
  return (
    <Panel title={t("conversion.title")} hint={t("conversion.hint")}>
      <Loaded query={found} lines={6}>
        {({ modelFeedback }) => {
          const versions = [...modelFeedback].reverse().filter((one) => one.lists > 0);
          if (!versions.length) return <Text c="dimmed">{t("conversion.none")}</Text>;
          const name = (one: (typeof versions)[number]) => `${t("version", { version: one.version })}${one.live ? ` (${t("live")})` : ""}`;
          return (
            <Chart
              label={t("conversion.title")}
              option={{
                grid: { left: 8, right: 16, top: 36, bottom: 8, containLabel: true },
                legend: { top: 0 },
                tooltip: { trigger: "axis", renderMode: "richText" },
                xAxis: { type: "category", data: versions.map(name) },
                yAxis: { type: "value", axisLabel: { formatter: (value: number) => `${Math.round(value * 100)} %` } },
                series: [
                  { name: t("conversion.clicked"), type: "bar", barMaxWidth: 48, data: versions.map((one) => one.clickThrough) },
                  { name: t("conversion.bought"), type: "bar", barMaxWidth: 48, data: versions.map((one) => one.conversion) },
                ],
              }}
              table={{
                head: [t("conversion.version"), t("conversion.lists"), t("conversion.clicked"), t("conversion.bought")],
                rows: versions.map((one) => [name(one), one.lists, percent(one.clickThrough), percent(one.conversion)]),
              }}
            />
          );
        }}
      </Loaded>
    </Panel>
  );
}

function Rising({ view, change }: Props) {
  const { t } = useTranslation("insights");
  const { days, until } = periodOf(view);
  const found = useQuery({
    query: RisingTermsDocument,
    variables: { source: view.source, subject: null, days: Math.min(days, 56), until },
  });
  return (
    <Panel
      title={t("rising.title")}
      hint={t("rising.hint")}
      aside={
        <NativeSelect
          aria-label={t("rising.source")}
          value={view.source}
          data={(["REVIEWS", "SEARCHES", "NEWS", "QUESTIONS"] as const).map((value) => ({ value, label: t(`rising.${value}`) }))}
          onChange={(event) => change({ source: event.currentTarget.value as TextSource }, { replace: true })}
        />
      }
    >
      <Loaded query={found} lines={4}>
        {({ risingTerms }) =>
          risingTerms.length ? (
            <Group gap="xs">
              {risingTerms.map((one) => (
                <Badge key={one.term} size="lg" variant="light" tt="none" color={one.negative > one.positive ? "red" : "indigo"}>
                  {one.term} · {one.recent}/{one.earlier}
                </Badge>
              ))}
            </Group>
          ) : (
            <Text c="dimmed">{t("rising.none")}</Text>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Funnel() {
  const { t } = useTranslation("insights");
  const [{ data }] = useQuery({ query: DashboardsDocument, variables: { locale: locale() } });
  const answer = useRows(data?.analystGate.on ? { saved: "funnel_by_brand" } : null);
  const rows = answer.rows && { ...answer.rows, rows: answer.rows.rows.slice(0, 15) };
  return (
    <Panel title={t("funnel.title")} hint={t("funnel.hint")}>
      {data && !data.analystGate.on ? (
        <GateNotice />
      ) : (
        <RowsView label={t("funnel.title")} answer={{ ...answer, rows }} choice={{ chart: "bar", x: "brand", y: ["lookers", "carts", "buyers"] }} />
      )}
    </Panel>
  );
}

export function percent(share: number | null): string {
  return share === null ? "–" : `${(share * 100).toFixed(1)} %`;
}
