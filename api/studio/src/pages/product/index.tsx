import { Alert, Anchor, Breadcrumbs, Button, Stack, Text } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Loaded } from "../../components/Loaded";
import { useEvents } from "../../data/events";
import { useSession } from "../../data/session";
import { useRest } from "../../data/viewState";
import { addTexts, locale } from "../../i18n";
import { BuyBox } from "./BuyBox";
import en from "./en.json";
import { Facts } from "./Facts";
import { Gallery } from "./Gallery";
import { Opinions } from "./Opinions";
import { PriceHistory } from "./PriceHistory";
import { ProductPageDocument, type ProductPageQuery } from "./Product.generated";
import classes from "./Product.module.css";
import { Questions } from "./Questions";
import { Related } from "./Related";
import zh from "./zh.json";

addTexts("product", { en, zh });

export type Product = NonNullable<ProductPageQuery["product"]>;

export default function ProductPage() {
  const { t } = useTranslation("product");
  const key = useRest();
  const found = useQuery({ query: ProductPageDocument, variables: { key, locale: locale() } });
  return (
    <Loaded query={found} lines={10}>
      {({ product }) =>
        product ? (
          // Anew for each product: nothing of one is shown for another.
          <Content key={product.key} product={product} />
        ) : (
          <Alert title={t("unknown")} color="yellow">
            <Stack align="start">
              <Text size="sm" dir="auto" className={classes.text}>
                {key}
              </Text>
              <Button component={Link} to="/shop" variant="default">
                {t("toShop")}
              </Button>
            </Stack>
          </Alert>
        )
      }
    </Loaded>
  );
}

function Content({ product }: { product: Product }) {
  const { may } = useSession();
  const { t } = useTranslation("product");
  const events = useEvents();
  const { key } = product;
  useDocumentTitle(`${(product.title ?? key).slice(0, 80)} · Catalograph`);
  useEffect(() => {
    void events.record("VIEW", key, events.arrival(key));
  }, [events, key]);
  return (
    <Stack gap="xl" className={classes.page}>
      <Path product={product} />
      {!product.listed && (
        <Alert color="yellow" title={t("unlisted")}>
          {t("unlistedHint")}
        </Alert>
      )}
      <div className={classes.top}>
        <Gallery title={product.title} media={product.media} imageUrl={product.imageUrl} />
        <BuyBox product={product} />
      </div>
      {may("recommend:read") && <Related productKey={key} />}
      <div className={classes.halves}>
        <Facts product={product} />
        <Stack gap="xl">
          <PriceHistory productKey={key} />
          <Questions product={product} />
        </Stack>
      </div>
      <Opinions product={product} />
    </Stack>
  );
}

/** From the widest category to the product's own; each opens the shop there. */
function Path({ product }: { product: Product }) {
  const { t } = useTranslation("product");
  const steps = product.categories[0]?.breadcrumbs ?? [];
  return (
    <nav aria-label={t("path")}>
      <Breadcrumbs separatorMargin={6} classNames={{ root: classes.path }}>
        <Anchor component={Link} to="/shop" size="sm">
          {t("shop")}
        </Anchor>
        {steps.map((step) => (
          <Anchor
            key={step.key}
            component={Link}
            to="/shop"
            search={{ categories: [step.key] } as never}
            size="sm"
            dir="auto"
          >
            {step.name}
          </Anchor>
        ))}
      </Breadcrumbs>
    </nav>
  );
}
