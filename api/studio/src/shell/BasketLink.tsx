import { ActionIcon, Indicator } from "@mantine/core";
import { IconShoppingCart } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useBasket } from "../data/basket";

/** The way to the basket, with the number of pieces in it. */
export function BasketLink() {
  const { t } = useTranslation();
  const { pieces } = useBasket();
  return (
    <Indicator label={pieces} size={16} disabled={pieces === 0} offset={4} aria-hidden={false}>
      <ActionIcon
        component={Link}
        to="/basket"
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={t("basket.open", { count: pieces })}
      >
        <IconShoppingCart size={20} stroke={1.6} aria-hidden />
      </ActionIcon>
    </Indicator>
  );
}
