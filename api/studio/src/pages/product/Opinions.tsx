import { Badge, Button, Group, Progress, Select, SimpleGrid, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Loaded } from "../../components/Loaded";
import { MarkedText } from "../../components/MarkedText";
import { Stars } from "../../components/Stars";
import type { ReviewSort } from "../../data/schema";
import { useViewState } from "../../data/viewState";
import { formatDate, formatNumber } from "../../i18n";
import type { Product } from ".";
import { countAspects } from "./aspects";
import classes from "./Product.module.css";
import {
  ProductOpinionsDocument,
  type ProductOpinionsQuery,
  ProductReviewsDocument,
  type ProductReviewsQuery,
} from "./Reviews.generated";

type Counts = NonNullable<ProductOpinionsQuery["product"]>;
type Review = NonNullable<ProductReviewsQuery["product"]>["reviews"]["nodes"][number];

interface View {
  reviews: ReviewSort;
  stars: number | null;
  shown: number;
}

const STEP = 10;
const MOST = 100;
const SORTS: readonly ReviewSort[] = ["HELPFUL", "NEWEST", "OLDEST", "RATING"];
const BARS = [
  [5, "five"],
  [4, "four"],
  [3, "three"],
  [2, "two"],
  [1, "one"],
] as const;

/** Stars, aspects and texts of a product's reviews. */
export function Opinions({ product }: { product: Product }) {
  const { t } = useTranslation("product");
  const counted = useQuery({ query: ProductOpinionsDocument, variables: { key: product.key } });
  const [state, change] = useViewState<View>({ reviews: "HELPFUL", stars: null, shown: STEP });
  const view: View = {
    reviews: SORTS.find((sort) => sort === state.reviews) ?? "HELPFUL",
    stars: BARS.find(([stars]) => stars === state.stars)?.[0] ?? null,
    shown: Math.min(MOST, Math.max(STEP, Number(state.shown) || STEP)),
  };
  const total = product.reviewSummary;
  return (
    <Stack component="section" gap="md" id="reviews" aria-label={t("reviews")}>
      <Title order={3} size="h4">
        {t("reviews")}
      </Title>
      <Loaded query={counted}>
        {({ product: counts }) =>
          counts && (counts.newest.nodes.length > 0 || total.rated > 0) ? (
            <>
              <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
                <Histogram
                  average={total.averageRating}
                  rated={total.rated}
                  counts={counts}
                  chosen={view.stars}
                  onChoose={(stars) => change({ stars, shown: STEP })}
                />
                <Aspects counts={counts} />
              </SimpleGrid>
              <Texts productKey={product.key} view={view} onChange={change} />
            </>
          ) : (
            <Text c="dimmed" size="sm">
              {t("noReviews")}
            </Text>
          )
        }
      </Loaded>
    </Stack>
  );
}

interface HistogramProps {
  average: number | null;
  rated: number;
  counts: Counts;
  chosen: number | null;
  onChoose: (stars: number | null) => void;
}

function Histogram({ average, rated, counts, chosen, onChoose }: HistogramProps) {
  const { t } = useTranslation("product");
  return (
    <Stack gap="xs">
      <Group gap="sm" align="center">
        <Text fz={36} fw={700} lh={1}>
          {average === null ? "–" : formatNumber(average, 1)}
        </Text>
        <Stack gap={2}>
          <Stars value={average} size="md" />
          <Text size="xs" c="dimmed">
            {t("rated", { count: rated })}
          </Text>
        </Stack>
      </Group>
      <Stack gap={0} role="group" aria-label={t("byStars")}>
        {BARS.map(([stars, name]) => {
          const count = counts[name].totalCount;
          return (
            <UnstyledButton
              key={stars}
              className={classes.bar}
              aria-pressed={chosen === stars}
              onClick={() => onChoose(chosen === stars ? null : stars)}
            >
              <Group gap="sm" wrap="nowrap">
                <Text size="sm" w={32} ta="end">
                  {stars} ★
                </Text>
                <Progress flex={1} value={rated ? (100 * count) / rated : 0} color="yellow.6" aria-hidden />
                <Text size="xs" c="dimmed" w={40}>
                  {formatNumber(count)}
                </Text>
              </Group>
            </UnstyledButton>
          );
        })}
      </Stack>
    </Stack>
  );
}

/** What the newest reviews praise and complain of. */
function Aspects({ counts }: { counts: Counts }) {
  const { t } = useTranslation("product");
  const aspects = countAspects(counts.newest.nodes).slice(0, 8);
  if (aspects.length === 0) return null;
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>
        {t("aspects", { count: counts.newest.nodes.length })}
      </Text>
      {aspects.map(({ key, name, positive, neutral, negative }) => {
        const all = positive + neutral + negative;
        return (
          <Group key={key} gap="sm" wrap="nowrap">
            <Text size="sm" w={110} truncate dir="auto">
              {name}
            </Text>
            <Progress.Root flex={1} aria-hidden>
              <Progress.Section value={(100 * positive) / all} color="green.7" />
              <Progress.Section value={(100 * neutral) / all} color="gray.5" />
              <Progress.Section value={(100 * negative) / all} color="red.7" />
            </Progress.Root>
            <Text size="xs" c="dimmed" w={120}>
              {t("praise", { positive, negative })}
            </Text>
          </Group>
        );
      })}
    </Stack>
  );
}

interface TextsProps {
  productKey: string;
  view: View;
  onChange: (change: Partial<View>, options?: { replace?: boolean }) => void;
}

function Texts({ productKey, view, onChange }: TextsProps) {
  const { t } = useTranslation("product");
  const found = useQuery({
    query: ProductReviewsDocument,
    variables: {
      key: productKey,
      orderBy: view.reviews,
      first: view.shown,
      ratingMin: view.stars && view.stars > 1 ? view.stars - 0.5 : null,
      ratingMax: view.stars && view.stars < 5 ? view.stars + 0.499 : null,
    },
  });
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text size="sm" role="status">
          {found[0].data?.product && t("texts", { count: found[0].data.product.reviews.totalCount })}
        </Text>
        <Select
          size="xs"
          w={170}
          aria-label={t("sortReviews")}
          allowDeselect={false}
          data={SORTS.map((value) => ({ value, label: t(`reviewSort.${value}`) }))}
          value={view.reviews}
          onChange={(sort) => sort && onChange({ reviews: sort as ReviewSort })}
        />
      </Group>
      <Loaded query={found} lines={6}>
        {({ product }) => (
          <div>
            {product?.reviews.nodes.map((review) => <ReviewText key={review.key} review={review} />)}
            {product?.reviews.pageInfo.hasNextPage && view.shown < MOST && (
              <Button variant="default" onClick={() => onChange({ shown: view.shown + STEP }, { replace: true })}>
                {t("moreReviews")}
              </Button>
            )}
          </div>
        )}
      </Loaded>
    </Stack>
  );
}

function ReviewText({ review }: { review: Review }) {
  const { t } = useTranslation("product");
  const spansIn = (field: string) =>
    review.mentions.flatMap((one) =>
      one.field === field && one.start !== null && one.end !== null
        ? [{ start: one.start, end: one.end }]
        : [],
    );
  return (
    <article className={classes.review}>
      <Group gap="sm">
        <Stars value={review.rating} />
        {review.title && (
          <Text component="h4" size="sm" fw={600} m={0} className={classes.text}>
            <MarkedText text={review.title} spans={spansIn("title")} />
          </Text>
        )}
      </Group>
      {review.text && (
        <Text size="sm" mt={4} maw="75ch" className={classes.text}>
          <MarkedText text={review.text} spans={spansIn("text")} />
        </Text>
      )}
      <Group gap="sm" mt={6}>
        <Text size="xs" c="dimmed">
          {[
            review.time && formatDate(review.time),
            review.helpful && t("helpful", { count: review.helpful }),
          ]
            .filter(Boolean)
            .join(" · ")}
        </Text>
        {review.verified && (
          <Badge size="xs" variant="light" color="green">
            {t("verified")}
          </Badge>
        )}
      </Group>
    </article>
  );
}
