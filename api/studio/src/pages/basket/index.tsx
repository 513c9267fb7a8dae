import { Alert, Anchor, Button, CloseButton, Divider, Group, NumberInput, Paper, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconCircleCheck, IconInfoCircle, IconShoppingCart } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { MoneyText } from "../../components/MoneyText";
import { productPath } from "../../components/ProductCard";
import type { ProductCardFragment } from "../../components/ProductCard.generated";
import { ProductPicture } from "../../components/ProductPicture";
import { ProductRow } from "../../components/ProductRow";
import { Stock } from "../../components/Stock";
import { type BasketLine, useBasket } from "../../data/basket";
import { useEvents } from "../../data/events";
import { useSession } from "../../data/session";
import { useShopper } from "../../data/shopper";
import { addTexts, locale } from "../../i18n";
import classes from "./Basket.module.css";
import { BasketProductDocument, BasketRelatedDocument } from "./Basket.generated";
import en from "./en.json";
import { sumByCurrency } from "./totals";
import zh from "./zh.json";

addTexts("basket", { en, zh });

export default function BasketPage() {
  const { t } = useTranslation("basket");
  useDocumentTitle(`${t("title")} · Catalograph`);
  const { may } = useSession();
  const { lines } = useBasket();
  const [bought, setBought] = useState(0);
  const [known, setKnown] = useState<Record<string, ProductCardFragment>>({});
  // Each line asks for its product itself, and says here what it is.
  const keep = useCallback(
    (product: ProductCardFragment) =>
      setKnown((before) => (before[product.key] === product ? before : { ...before, [product.key]: product })),
    [],
  );
  if (lines.length === 0)
    return (
      <Stack align="center" gap="md" className={classes.empty}>
        {bought > 0 ? (
          <Alert color="green" icon={<IconCircleCheck />} title={t("bought", { count: bought })} role="status">
            {t("nothingOrdered")}
          </Alert>
        ) : (
          <>
            <IconShoppingCart size={56} stroke={1} aria-hidden />
            <Title order={2} size="h3">
              {t("empty")}
            </Title>
          </>
        )}
        <Button component={Link} to="/shop">
          {t("toShop")}
        </Button>
      </Stack>
    );
  return (
    <Stack gap="xl" className={classes.page}>
      <div className={classes.columns}>
        <Stack component="section" gap={0} aria-label={t("title")}>
          <Title order={2} size="h3" mb="sm">
            {t("title")}
          </Title>
          {lines.map((line) => (
            <Line key={line.key} line={line} onKnown={keep} />
          ))}
        </Stack>
        <Summary lines={lines} known={known} onBought={setBought} />
      </div>
      {may("recommend:read") && <Suggested keys={lines.map((line) => line.key)} />}
    </Stack>
  );
}

function Line({ line, onKnown }: { line: BasketLine; onKnown: (product: ProductCardFragment) => void }) {
  const { t } = useTranslation("basket");
  const { change } = useBasket();
  const [{ data }] = useQuery({
    query: BasketProductDocument,
    variables: { key: line.key, locale: locale() },
  });
  const product = data?.product;
  useEffect(() => {
    if (product) onKnown(product);
  }, [product, onKnown]);
  const title = product?.title ?? line.key;
  return (
    <div className={classes.line}>
      <ProductPicture title={title} url={product?.imageUrl ?? null} />
      <Stack gap={4} miw={0}>
        <Anchor component={Link} to={productPath(line.key)} c="inherit" fw={500} lineClamp={2} dir="auto" className={classes.title}>
          {title}
        </Anchor>
        {data && !product && <Text size="sm">{t("gone")}</Text>}
        {product && product.availabilityStatus !== "IN_STOCK" && <Stock status={product.availabilityStatus} />}
        <Text size="sm" c="dimmed">
          <MoneyText money={product?.pricing?.current} />
        </Text>
      </Stack>
      <NumberInput
        aria-label={t("quantity", { title: title.slice(0, 80) })}
        w={84}
        min={1}
        max={99}
        allowDecimal={false}
        allowNegative={false}
        clampBehavior="strict"
        value={line.quantity}
        onChange={(quantity) => typeof quantity === "number" && quantity >= 1 && change(line.key, quantity)}
      />
      <Text fw={600} ta="end" className={classes.sum}>
        {product?.pricing && (
          <MoneyText money={sumByCurrency([{ money: product.pricing.current, quantity: line.quantity }])[0]} />
        )}
      </Text>
      <CloseButton aria-label={t("remove", { title: title.slice(0, 80) })} onClick={() => change(line.key, 0)} />
    </div>
  );
}

interface SummaryProps {
  lines: readonly BasketLine[];
  known: Readonly<Record<string, ProductCardFragment>>;
  onBought: (pieces: number) => void;
}

/** What it comes to, and the end of the demo's sale: events are recorded, nothing is ordered. */
function Summary({ lines, known, onBought }: SummaryProps) {
  const { t } = useTranslation("basket");
  const { userKey } = useShopper();
  const { may } = useSession();
  const events = useEvents();
  const basket = useBasket();
  const [buying, setBuying] = useState(false);
  const totals = sumByCurrency(
    lines.flatMap(({ key, quantity }) => {
      const money = known[key]?.pricing?.current;
      return money ? [{ money, quantity }] : [];
    }),
  );
  const buy = async () => {
    setBuying(true);
    for (const { key, servedId } of lines) await events.record("PURCHASE", key, { servedId });
    onBought(basket.pieces);
    basket.empty();
  };
  return (
    <Paper withBorder p="lg" className={classes.summary}>
      <Stack gap="sm">
        <Text c="dimmed" size="sm">
          {t("pieces", { count: basket.pieces })}
        </Text>
        {totals.map((total) => (
          <Group key={total.currencyCode} justify="space-between">
            <Text>{t("total")}</Text>
            <Text fz={24} fw={700}>
              <MoneyText money={total} />
            </Text>
          </Group>
        ))}
        <Divider />
        <Group gap={6} wrap="nowrap" align="start">
          <IconInfoCircle size={16} aria-hidden className={classes.icon} />
          <Text size="xs" c="dimmed">
            {t("demo")} {userKey && may("events:write") ? t("recorded") : t("notRecorded")}
          </Text>
        </Group>
        <Button size="lg" loading={buying} onClick={() => void buy()}>
          {t("buy")}
        </Button>
      </Stack>
    </Paper>
  );
}

function Suggested({ keys }: { keys: string[] }) {
  const { t } = useTranslation("basket");
  const [{ data }] = useQuery({
    query: BasketRelatedDocument,
    variables: { keys, first: 10, locale: locale() },
  });
  return data ? <ProductRow title={t("along")} list={data.basketRecommendations} /> : null;
}
