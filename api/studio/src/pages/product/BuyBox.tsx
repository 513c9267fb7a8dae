import { Anchor, Badge, Button, Group, Spoiler, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconExternalLink, IconShoppingCartPlus } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { MoneyText } from "../../components/MoneyText";
import { productPath } from "../../components/ProductCard";
import { Stars } from "../../components/Stars";
import { Stock } from "../../components/Stock";
import { useBasket } from "../../data/basket";
import { useEvents } from "../../data/events";
import { formatDate } from "../../i18n";
import type { Product } from ".";
import { safeAddress } from "./evidence";
import classes from "./Product.module.css";
import { variantFor } from "./variants";

const UNAVAILABLE = ["OUT_OF_STOCK", "DISCONTINUED"];

/** What it is, what it costs, which variant, and the way into the basket. */
export function BuyBox({ product }: { product: Product }) {
  const { t } = useTranslation("product");
  const { pricing, reviewSummary, quantity } = product;
  return (
    <Stack gap="md">
      <Stack gap={4}>
        <Group gap="xs">
          {product.brands.map((brand) => (
            <Anchor
              key={brand.key}
              component={Link}
              to="/shop"
              search={{ brands: [brand.key] } as never}
              size="sm"
              fw={600}
              dir="auto"
            >
              {brand.name ?? brand.key}
            </Anchor>
          ))}
        </Group>
        <Title order={2} dir="auto" lineClamp={6} className={classes.title}>
          {product.title ?? product.key}
        </Title>
        {reviewSummary.averageRating !== null && (
          <Anchor href="#reviews" underline="never" c="inherit" w="fit-content">
            <Stars value={reviewSummary.averageRating} count={reviewSummary.rated} size="md" />
          </Anchor>
        )}
      </Stack>
      {pricing ? (
        <Group gap="sm" align="baseline">
          <Text fz={32} fw={700} lh={1}>
            <MoneyText money={pricing.current} />
          </Text>
          {pricing.onSale && (
            <>
              <Text component="s" c="dimmed">
                <MoneyText money={pricing.listPrice} />
              </Text>
              <Badge color="red" variant="light">
                {t("sale", { percent: reduction(pricing) })}
              </Badge>
            </>
          )}
        </Group>
      ) : (
        <Text c="dimmed">{t("noPrice")}</Text>
      )}
      <Group gap="sm">
        <Stock status={product.availabilityStatus} size="md" />
        {quantity !== null && quantity > 0 && (
          <Text size="sm" c="dimmed">
            {t("pieces", { count: quantity })}
          </Text>
        )}
      </Group>
      <Variants product={product} />
      <AddToBasket product={product} />
      {product.description && (
        <Spoiler
          maxHeight={150}
          showLabel={t("showAll")}
          hideLabel={t("showLess")}
        >
          <Text dir="auto" lh={1.6} className={classes.text}>
            {product.description}
          </Text>
        </Spoiler>
      )}
      <Details product={product} />
    </Stack>
  );
}

function reduction({ current, listPrice }: NonNullable<Product["pricing"]>): number {
  return Math.round(100 * (1 - Number(current.amount) / Number(listPrice.amount)));
}

function AddToBasket({ product }: { product: Product }) {
  const { t } = useTranslation();
  const basket = useBasket();
  const events = useEvents();
  const add = () => {
    const place = events.arrival(product.key);
    basket.add(product.key, place.servedId ?? undefined);
    void events.record("CART", product.key, place);
    // Marks of isolation keep a title's own direction from turning the sentence around.
    const title = `\u2068${(product.title ?? product.key).slice(0, 80)}\u2069`;
    notifications.show({
      message: t("basket.added", { title }),
      closeButtonProps: { "aria-label": t("close") },
    });
  };
  return (
    <Button
      size="lg"
      w={{ base: "100%", xs: 280 }}
      leftSection={<IconShoppingCartPlus size={20} aria-hidden />}
      disabled={!product.listed || UNAVAILABLE.includes(product.availabilityStatus)}
      onClick={add}
    >
      {t("basket.add")}
    </Button>
  );
}

/** The options of its group; each value leads to the variant that has it. */
function Variants({ product }: { product: Product }) {
  const { t } = useTranslation("product");
  const { group, variants, selectedOptions } = product;
  if (!group || variants.nodes.length < 2) return null;
  return group.options.map(({ name, values }) => (
    <Stack key={name} gap={6} role="group" aria-label={name}>
      <Text size="sm" fw={600} dir="auto">
        {name}
      </Text>
      <Group gap="xs">
        {values.map((value) => {
          const found = variantFor(variants.nodes, selectedOptions, name, value);
          if (!found) return null;
          const { variant, exact } = found;
          const current = selectedOptions.some((one) => one.name === name && one.value === value);
          const gone = UNAVAILABLE.includes(variant.availabilityStatus);
          return (
            <Button
              key={value}
              component={Link}
              to={productPath(variant.key)}
              resetScroll={false}
              size="sm"
              variant={current ? "filled" : "default"}
              className={classes.option}
              aria-current={current}
              data-inexact={!exact || undefined}
              td={gone ? "line-through" : undefined}
              title={gone ? t("variantGone") : exact ? undefined : t("variantOther")}
            >
              {value}
            </Button>
          );
        })}
      </Group>
    </Stack>
  ));
}

function Details({ product }: { product: Product }) {
  const { t } = useTranslation("product");
  const address = safeAddress(product.url);
  const details = [
    ["sku", product.sku],
    ["mpn", product.mpn],
    ["gtin", product.gtins.join(", ")],
    ["released", product.released && formatDate(product.released)],
    ["source", `${product.source} · ${product.sourceId}`],
  ].filter(([, value]) => value);
  return (
    <Stack gap={4}>
      <Text size="xs" c="dimmed" className={classes.text}>
        {details.map(([name, value]) => `${t(`detail.${name}`)} ${value}`).join("  ·  ")}
      </Text>
      {address && (
        <Anchor href={address} size="sm" target="_blank" rel="noopener noreferrer nofollow">
          <Group component="span" gap={4} display="inline-flex">
            {t("original")} <IconExternalLink size={14} aria-hidden />
          </Group>
        </Anchor>
      )}
    </Stack>
  );
}
