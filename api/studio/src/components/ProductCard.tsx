import { Badge, Card, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Money, MoneyText } from "./MoneyText";
import classes from "./ProductCard.module.css";
import { ProductPicture } from "./ProductPicture";

export interface CardProduct {
  key: string;
  title: string | null;
  imageUrl: string | null;
  brands: readonly { key: string; name: string | null }[];
  pricing: { current: Money; listPrice?: Money; onSale?: boolean } | null;
}

interface Props {
  product: CardProduct;
  /** Title with parts of it marked, in place of the plain one. */
  marked?: ReactNode;
  /** Why it is shown here, in one line. */
  reason?: ReactNode;
  /** Stars and the like, under the price. */
  children?: ReactNode;
  /** Buttons at the foot, which do not open the product. */
  actions?: ReactNode;
  /** Called when it is opened, before the page changes. */
  onOpen?: () => void;
}

/** A product in a list; all of it is a link to the product's page. */
export function ProductCard({ product, marked, reason, children, actions, onOpen }: Props) {
  const { t } = useTranslation();
  const { key, title, imageUrl, brands, pricing } = product;
  return (
    <Card component="article" withBorder padding="sm" className={classes.card}>
      <Card.Section className={classes.picture}>
        <ProductPicture title={title} url={imageUrl} />
      </Card.Section>
      <Text size="xs" c="dimmed" mt="sm" truncate dir="auto">
        {brands.map((brand) => brand.name).join(", ") || " "}
      </Text>
      <Text
        component={Link}
        to={productPath(key)}
        size="sm"
        fw={500}
        lh={1.35}
        lineClamp={2}
        dir="auto"
        className={classes.title}
        onClick={onOpen}
      >
        {marked ?? title ?? key}
      </Text>
      {pricing && (
        <Group gap={6} mt={6} align="baseline">
          <Text fw={700} size="lg" lh={1.2}>
            <MoneyText money={pricing.current} />
          </Text>
          {pricing.onSale && (
            <>
              <Text component="s" size="xs" c="dimmed">
                <MoneyText money={pricing.listPrice} />
              </Text>
              <Badge size="sm" color="red" variant="light">
                {t("sale")}
              </Badge>
            </>
          )}
        </Group>
      )}
      {children}
      {reason && (
        <Text size="xs" c="dimmed" mt="xs" dir="auto" lineClamp={3} className={classes.reason}>
          {reason}
        </Text>
      )}
      {actions && (
        <Group gap="xs" pt="sm" className={classes.actions}>
          {actions}
        </Group>
      )}
    </Card>
  );
}

/** Address of a product's page. */
export function productPath(key: string): string {
  return `/product/${encodeURIComponent(key)}`;
}
