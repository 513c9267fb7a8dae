import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Chart } from "../../components/Chart";
import { formatMoney } from "../../components/MoneyText";
import { currentLanguage } from "../../i18n";
import type { OverviewFieldsFragment } from "./Insights.generated";

/** Lowest to highest price in each currency, the middle half as a box. */
export function PriceBandsChart({ bands }: { bands: OverviewFieldsFragment["pricesByCurrency"] }) {
  const { t } = useTranslation("insights");
  if (!bands.length) return <Text c="dimmed">{t("prices.none")}</Text>;
  const money = (amount: number, currencyCode: string | null) => formatMoney({ amount: String(amount), currencyCode }, currentLanguage());
  return (
    <Chart
      label={t("prices.title")}
      height="small"
      option={{
        grid: { left: 8, right: 24, top: 8, bottom: 4, containLabel: true },
        tooltip: { renderMode: "richText" },
        xAxis: { type: "value" },
        yAxis: { type: "category", inverse: true, data: bands.map((one) => one.currencyCode ?? t("prices.unknown")) },
        series: [
          {
            type: "boxplot",
            boxWidth: [12, 40],
            itemStyle: { color: "rgba(84, 112, 198, 0.35)", borderWidth: 2 },
            data: bands.map((one) => [one.low, one.firstQuartile, one.median, one.thirdQuartile, one.high]),
          },
        ],
      }}
      table={{
        head: [t("prices.currency"), t("products"), t("prices.low"), t("prices.quarter"), t("prices.median"), t("prices.threeQuarters"), t("prices.high")],
        rows: bands.map((one) => [
          one.currencyCode ?? t("prices.unknown"),
          one.products,
          ...[one.low, one.firstQuartile, one.median, one.thirdQuartile, one.high].map((amount) => money(amount, one.currencyCode)),
        ]),
      }}
    />
  );
}
