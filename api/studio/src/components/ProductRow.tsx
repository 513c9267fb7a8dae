import { Stack, Title } from "@mantine/core";
import { useEvents } from "../data/events";
import { type CardProduct, ProductCard } from "./ProductCard";
import classes from "./ProductRow.module.css";

interface Props {
  title: string;
  list: {
    servedId: string;
    items: readonly {
      position: number;
      product: CardProduct;
      shortReasons: readonly { text: string }[];
    }[];
  };
}

/** A served list as one row of cards with reasons; a click on one counts as an answer to the list. */
export function ProductRow({ title, list: { servedId, items } }: Props) {
  const events = useEvents();
  if (items.length === 0) return null;
  return (
    <Stack component="section" gap="sm" aria-label={title}>
      <Title order={3} size="h4">
        {title}
      </Title>
      <div className={classes.row}>
        {items.map(({ product, position, shortReasons }) => (
          <ProductCard
            key={product.key}
            product={product}
            reason={shortReasons[0]?.text}
            onOpen={() => events.click(product.key, { servedId, position })}
          />
        ))}
      </div>
    </Stack>
  );
}
