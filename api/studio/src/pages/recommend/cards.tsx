import { Badge, Box, SimpleGrid, Title } from "@mantine/core";
import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { type CardProduct, ProductCard } from "../../components/ProductCard";
import type { Move } from "./moves";
import classes from "./Recommend.module.css";

type CardParts = Omit<ComponentProps<typeof ProductCard>, "product">;

/** A card with how far it moved. */
export function MovedCard({ product, move, ...parts }: CardParts & { product: CardProduct; move?: Move }) {
  return (
    <div className={classes.place} data-key={product.key}>
      {move && <MoveBadge move={move} />}
      <ProductCard product={product} {...parts} />
    </div>
  );
}

function MoveBadge({ move }: { move: Move }) {
  const { t } = useTranslation("recommend");
  if (move.kind === "same") return null;
  const colour = { new: "indigo.8", up: "teal.9", down: "#a63d00" }[move.kind];
  const sign = { new: "★", up: "▲", down: "▼" }[move.kind];
  return (
    <Badge className={classes.move} color={colour} variant="filled" tt="none">
      <span aria-hidden>{sign} </span>
      {t(move.kind, { count: move.places })}
    </Badge>
  );
}

/** Products that are no longer in the list. */
export function LeftProducts({ products }: { products: readonly CardProduct[] }) {
  const { t } = useTranslation("recommend");
  if (!products.length) return null;
  return (
    <Box component="section" aria-label={t("left")}>
      <Title order={3} size="h5" mb="xs">
        {t("left")}
      </Title>
      <SimpleGrid cols={{ base: 2, sm: 4, xl: 6 }}>
        {products.map((product) => (
          <div key={product.key} className={classes.gone}>
            <ProductCard product={product} />
          </div>
        ))}
      </SimpleGrid>
    </Box>
  );
}
