import { Button, Card, Skeleton, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Loaded } from "../../components/Loaded";
import { ProductCard } from "../../components/ProductCard";
import { Stars } from "../../components/Stars";
import { Stock } from "../../components/Stock";
import { useEvents } from "../../data/events";
import type { ShopSearchQueryVariables } from "./Search.generated";
import { ShopSearchDocument, type ShopSearchQuery } from "./Search.generated";
import classes from "./Results.module.css";
import { ShopServedDocument } from "./Served.generated";

type Edge = ShopSearchQuery["products"]["edges"][number];
type Highlight = NonNullable<Edge["highlights"]>[number];

interface Props {
  variables: ShopSearchQueryVariables;
  /** Number of pages to show from this one on. */
  pages: number;
  onMore: () => void;
}

/** One page of products after another; each asks for itself, so that earlier ones stay. */
export function ResultPages({ variables, pages, onMore }: Props) {
  const { t } = useTranslation("shop");
  const found = useQuery({ query: ShopSearchDocument, variables });
  const servedId = useServedId(variables);
  const events = useEvents();
  return (
    <Loaded query={found} lines={3}>
      {({ products: { edges, pageInfo } }) => (
        <Fragment>
          {edges.map(({ node, highlights }, position) => (
            <ProductCard
              key={node.key}
              product={node}
              marked={markTitle(node.title, highlights)}
              onOpen={() => events.click(node.key, { servedId, position })}
            >
              <Stars
                value={node.reviewSummary.averageRating}
                count={node.reviewSummary.rated}
              />
              {node.availabilityStatus !== "IN_STOCK" && (
                <span className={classes.stock}>
                  <Stock status={node.availabilityStatus} size="xs" />
                </span>
              )}
              <Excerpt highlights={highlights} />
            </ProductCard>
          ))}
          {pageInfo.hasNextPage &&
            (pages > 1 ? (
              <ResultPages
                variables={{ ...variables, after: pageInfo.endCursor }}
                pages={pages - 1}
                onMore={onMore}
              />
            ) : (
              <div className={classes.more}>
                <Button variant="default" size="md" onClick={onMore}>
                  {t("loadMore")}
                </Button>
              </div>
            ))}
        </Fragment>
      )}
    </Loaded>
  );
}

/** Cards without content, while the first page is on its way. */
export function WaitingCards() {
  return Array.from({ length: 12 }, (_, place) => (
    <Card key={place} withBorder padding="sm" aria-hidden>
      <Skeleton className={classes.picture} />
      <Skeleton height={10} mt="md" width="40%" />
      <Skeleton height={14} mt="xs" />
      <Skeleton height={18} mt="sm" width="50%" />
    </Card>
  ));
}

/**
 * The id of a page of a search, which logs it as shown: once it is no longer being typed.
 *
 * A list in an order of its own has none.
 */
function useServedId({ orderBy, locale: _, ...variables }: ShopSearchQueryVariables) {
  const key = JSON.stringify(variables);
  const [settled] = useDebouncedValue(key, 900);
  const [{ data }] = useQuery({
    query: ShopServedDocument,
    variables,
    pause: !variables.query || !!orderBy || settled !== key,
  });
  return settled === key ? data?.products.servedId : undefined;
}

/** The title with its matches; the plain one where the reader sees a translation. */
function markTitle(title: string | null, highlights: readonly Highlight[] | null) {
  const parts = highlights?.find(({ field }) => field === "title")?.parts;
  return parts && joined(parts) === title ? <Parts parts={parts} /> : undefined;
}

function Excerpt({ highlights }: { highlights: readonly Highlight[] | null }) {
  const parts = highlights?.find(({ field }) => field === "description")?.parts;
  return parts ? (
    <Text size="xs" c="dimmed" mt={6} lineClamp={2} dir="auto" className={classes.excerpt}>
      <Parts parts={parts} />
    </Text>
  ) : null;
}

function Parts({ parts }: { parts: Highlight["parts"] }) {
  return parts.map(({ text, matched }, place) =>
    matched ? <mark key={place}>{text}</mark> : <Fragment key={place}>{text}</Fragment>,
  );
}

function joined(parts: Highlight["parts"]): string {
  return parts.map(({ text }) => text).join("");
}
