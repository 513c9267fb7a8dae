import { Button, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Loaded } from "../../components/Loaded";
import { ItemCard } from "./ItemCard";
import { ItemList } from "./ItemList";
import { DecidedReviewItemsDocument, type ReviewCaseFragment } from "./Review.generated";
import classes from "./Review.module.css";
import type { ReviewFilter } from "./useReview";

/** What is decided, the latest first, with who decided what. */
export function DecidedItems({ filter }: { filter: ReviewFilter }) {
  const { t } = useTranslation("review");
  const [pages, setPages] = useState<{ after: string | null; before: ReviewCaseFragment[] }>({
    after: null,
    before: [],
  });
  const [current, setCurrent] = useState(0);
  const query = useQuery({
    query: DecidedReviewItemsDocument,
    variables: { ...filter, after: pages.after },
    requestPolicy: "cache-and-network",
  });
  return (
    <Loaded query={query} lines={8}>
      {({ reviewQueue }) => {
        const items = [...pages.before, ...reviewQueue.nodes];
        const item = items[current];
        if (!item) return <Text c="dimmed">{t("noneDecided")}</Text>;
        return (
          <div className={classes.page}>
            <Stack gap="xs">
              <ItemList
                entries={items.map((one) => ({
                  item: one,
                  decision: one.verdict
                    ? { verdict: one.verdict, correction: one.correction }
                    : undefined,
                }))}
                current={current}
                selected={new Set()}
                onOpen={setCurrent}
              />
              {reviewQueue.pageInfo.hasNextPage && (
                <Button
                  variant="default"
                  size="xs"
                  onClick={() => setPages({ after: reviewQueue.pageInfo.endCursor, before: items })}
                >
                  {t("more")}
                </Button>
              )}
            </Stack>
            <section aria-label={t("view.decided")}>
              <ItemCard
                item={item}
                decision={
                  item.verdict ? { verdict: item.verdict, correction: item.correction } : undefined
                }
              >
                <Table
                  data={{
                    caption: t("decisions"),
                    body: item.decisions.map((one) => [
                      one.reviewer,
                      t(`decided.${one.verdict.toLowerCase()}`, { correction: one.correction }),
                      new Date(one.time).toLocaleString(),
                    ]),
                  }}
                />
              </ItemCard>
            </section>
          </div>
        );
      }}
    </Loaded>
  );
}
