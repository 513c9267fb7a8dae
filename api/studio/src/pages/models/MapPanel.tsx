import { Anchor, Grid, List, Select, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Chart } from "../../components/Chart";
import { Loaded } from "../../components/Loaded";
import { Panel } from "../../components/Panel";
import { AlikeOnMapDocument, ProductMapDocument, type ProductMapQuery } from "./Models.generated";

const POINTS = 800;
const COLOURED = 8;

/** The products by their vectors: near ones are alike. A chosen one shows what is nearest to it. */
export function MapPanel({ kind }: { kind: string }) {
  const { t } = useTranslation("models");
  const found = useQuery({ query: ProductMapDocument, variables: { kind, first: POINTS } });
  if (!found[0].data)
    return (
      <Panel title={t("map.title")}>
        <Loaded query={found} lines={10}>
          {() => null}
        </Loaded>
      </Panel>
    );
  return <ProductMap kind={kind} map={found[0].data.embeddingMap} title={t("map.title")} />;
}

type MapData = ProductMapQuery["embeddingMap"];
type Point = MapData["points"][number];

function ProductMap({ kind, map, title }: { kind: string; map: MapData; title: string }) {
  const { t } = useTranslation("models");
  const [chosen, setChosen] = useState<string | null>(null);
  const groups = useMemo(() => groupPoints(map.points, t("map.others")), [map, t]);
  const point = map.points.find((one) => one.key === chosen);
  const alike = useQuery({ query: AlikeOnMapDocument, variables: { kind, key: chosen ?? "" }, pause: !chosen });
  const near = new Set(alike[0].data?.alikeProducts.map((one) => one.key));
  const marked = chosen ? map.points.filter((one) => one.key === chosen || near.has(one.key)) : [];
  const [x = 0, y = 0] = map.shares;
  return (
    <Panel
      title={title}
      hint={t("map.hint", {
        shown: map.points.length.toLocaleString(),
        products: map.products.toLocaleString(),
        share: Math.round(100 * (x + y)),
      })}
    >
      <Grid>
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Chart
            label={title}
            height="tall"
            onPick={(index, series) => setChosen((series < groups.length ? groups[series]![1][index] : marked[index])?.key ?? null)}
            option={{
              grid: { left: 8, right: 8, top: 64, bottom: 8 },
              legend: { type: "scroll", top: 0 },
              tooltip: { renderMode: "richText", formatter: ({ name }: { name: string }) => name },
              xAxis: { show: false, scale: true },
              yAxis: { show: false, scale: true },
              dataZoom: [{ type: "inside", xAxisIndex: 0 }, { type: "inside", yAxisIndex: 0 }],
              animation: false,
              series: [
                ...groups.map(([name, points]) => ({
                  name,
                  type: "scatter",
                  symbolSize: 7,
                  itemStyle: { opacity: chosen ? 0.35 : 0.8 },
                  data: points.map((one) => ({ name: one.title ?? one.key, value: [one.x, one.y] })),
                })),
                {
                  type: "scatter",
                  symbolSize: 14,
                  itemStyle: { color: "#e8590c", borderColor: "#fff", borderWidth: 2 },
                  data: marked.map((one) => ({ name: one.title ?? one.key, value: [one.x, one.y], symbolSize: one.key === chosen ? 20 : 13 })),
                },
              ],
            }}
            table={{
              head: [t("map.product"), t("map.category"), "x", "y"],
              rows: map.points.map((one) => [one.title ?? one.key, one.categories.join(" > "), one.x.toFixed(3), one.y.toFixed(3)]),
            }}
          />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Stack gap="sm">
            <Select
              label={t("map.choose")}
              description={t("map.chooseHint")}
              searchable
              clearable
              limit={50}
              value={chosen}
              data={map.points.map((one) => ({ value: one.key, label: one.title ?? one.key }))}
              onChange={setChosen}
            />
            {point && (
              <div>
                <Title order={4}>{t("map.alike")}</Title>
                <Text size="sm" c="dimmed" mb="xs" dir="auto">
                  {point.title}
                </Text>
                <Loaded query={alike} lines={5}>
                  {({ alikeProducts }) => (
                    <List type="ordered" size="sm" spacing={6}>
                      {alikeProducts.map((one) => (
                        <List.Item key={one.key}>
                          <Anchor component={Link} to={`/shop/${one.key}`} size="sm" dir="auto">
                            {one.title ?? one.key}
                          </Anchor>{" "}
                          <Text span c="dimmed" size="xs">
                            {one.score.toFixed(3)}
                          </Text>
                        </List.Item>
                      ))}
                    </List>
                  )}
                </Loaded>
              </div>
            )}
          </Stack>
        </Grid.Col>
      </Grid>
    </Panel>
  );
}

/** Points by category: the largest have a colour each, the rest share one. */
function groupPoints(points: readonly Point[], others: string): [string, Point[]][] {
  // The widest level at which categories differ.
  const depth = [0, 1, 2, 3].find((level) => new Set(points.map((one) => one.categories[level])).size > 2) ?? 0;
  const by = new Map<string, Point[]>();
  for (const point of points) {
    const name = point.categories[depth] ?? point.categories.at(-1) ?? others;
    by.set(name, [...(by.get(name) ?? []), point]);
  }
  const sorted = [...by].sort(([, a], [, b]) => b.length - a.length);
  const rest = sorted.slice(COLOURED).flatMap(([, more]) => more);
  const shown = sorted.slice(0, COLOURED);
  if (!rest.length) return shown;
  const own = shown.find(([name]) => name === others);
  if (own) own[1].push(...rest);
  else shown.push([others, rest]);
  return shown;
}
