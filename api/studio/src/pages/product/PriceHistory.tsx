import { Stack, Text, Title } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Chart } from "../../components/Chart";
import { formatMoney } from "../../components/MoneyText";
import { currentLanguage, formatDate } from "../../i18n";
import { ProductHistoryDocument, type ProductHistoryQuery } from "./History.generated";

type Offer = NonNullable<ProductHistoryQuery["product"]>["priceHistory"]["nodes"][number];

/** What it cost over time, in the currency of now. */
export function PriceHistory({ productKey }: { productKey: string }) {
  const { t } = useTranslation("product");
  const [{ data }] = useQuery({ query: ProductHistoryDocument, variables: { key: productKey } });
  const offers = data?.product?.priceHistory.nodes ?? [];
  const steps = useMemo(() => priceSteps(offers), [offers]);
  const currencyCode = offers.find((offer) => offer.price)?.price?.currencyCode ?? null;
  if (steps.length === 0) return null;
  const write = (amount: number) => formatMoney({ amount: String(amount), currencyCode }, currentLanguage());
  return (
    <Stack component="section" gap="sm" aria-label={t("history")}>
      <Title order={3} size="h4">
        {t("history")}
      </Title>
      {steps.length === 1 ? (
        <Text size="sm" c="dimmed">
          {steps[0]!.since
            ? t("unchanged", { price: write(steps[0]!.amount), day: formatDate(steps[0]!.since) })
            : write(steps[0]!.amount)}
        </Text>
      ) : (
        <Chart
          label={t("history")}
          height="small"
          table={{
            head: [t("since"), t("price")],
            rows: steps.map(({ since, amount }) => [since ? formatDate(since) : "", write(amount)]),
          }}
          option={{
            grid: { left: 8, right: 16, top: 12, bottom: 8, containLabel: true },
            tooltip: { trigger: "axis", valueFormatter: (value: number) => write(value) },
            xAxis: { type: "time", axisLabel: { hideOverlap: true } },
            yAxis: { type: "value", scale: true, axisLabel: { formatter: (value: number) => write(value) } },
            series: [
              {
                type: "line",
                name: t("price"),
                step: "end",
                symbolSize: 6,
                areaStyle: { opacity: 0.08 },
                itemStyle: { color: "#4263eb" },
                data: [
                  ...steps.map(({ since, amount }) => [since, amount]),
                  [new Date().toISOString(), steps.at(-1)!.amount],
                ],
              },
            ],
          }}
        />
      )}
    </Stack>
  );
}

/** What a buyer paid from when on, oldest first; times with the same price are one. */
export function priceSteps(
  offers: readonly Pick<Offer, "validFrom" | "price" | "salePrice">[],
): { since: string | null; amount: number }[] {
  const currency = offers.find((offer) => offer.price)?.price?.currencyCode;
  return offers
    .filter(({ price }) => price && price.currencyCode === currency)
    .map(({ validFrom, price, salePrice }) => ({
      since: validFrom,
      amount: Math.min(Number(price!.amount), Number(salePrice?.amount ?? price!.amount)),
    }))
    .reverse()
    .filter((step, place, all) => place === 0 || step.amount !== all[place - 1]!.amount);
}
