import { Anchor, Badge, Box, Button, Group, List, Select, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAdjustmentsHorizontal } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Loaded } from "../../components/Loaded";
import { productPath } from "../../components/ProductCard";
import { SidePanel } from "../../components/SidePanel";
import type { ProductSort } from "../../data/schema";
import { useViewState } from "../../data/viewState";
import { addTexts, formatNumber, locale } from "../../i18n";
import en from "./en.json";
import { type Facet, FacetPanel } from "./FacetPanel";
import { ShopFacetsDocument } from "./Facets.generated";
import { ResultPages, WaitingCards } from "./Results";
import grid from "./Results.module.css";
import { ShopSearchDocument } from "./Search.generated";
import { SearchBox, type Suggestion } from "./SearchBox";
import classes from "./Shop.module.css";
import { Understood } from "./Understood";
import { filterOf, FIRST_VIEW, listChoices, readView, type ShopView, SORTS, withoutChoices } from "./view";
import zh from "./zh.json";

addTexts("shop", { en, zh });

const PAGE = 24;

export default function ShopPage() {
  const { t } = useTranslation("shop");
  const navigate = useNavigate();
  const [state, setState] = useViewState<ShopView>(FIRST_VIEW);
  const [opened, drawer] = useDisclosure();
  const view = readView(state);
  const change = (part: Partial<ShopView>, options?: { replace?: boolean }) =>
    setState({ pages: 1, ...part }, options);

  const asked = { query: view.q.trim() || null, filter: filterOf(view), takeBack: view.back };
  const variables = {
    ...asked,
    // Without words, what others like comes before what is first by its key.
    orderBy: view.sort ?? (asked.query ? null : ("POPULARITY" as const)),
    first: PAGE,
    after: null,
    locale: locale(),
  };
  const found = useQuery({ query: ShopSearchDocument, variables });
  const [{ data: counted }] = useQuery({ query: ShopFacetsDocument, variables: asked });
  const facets: readonly Facet[] = counted?.products.facets ?? [];
  const waiting = found[0].fetching && !!found[0].data;
  const choices = listChoices(view).length + (view.stock ? 1 : 0);

  const follow = ({ kind, key }: Suggestion) => {
    if (kind === "PRODUCT") void navigate({ to: productPath(key) });
    else if (kind === "BRAND") change({ q: "", brands: [...new Set([...view.brands, key])] });
    else change({ q: "", categories: [...new Set([...view.categories, key])] });
  };
  const panel = <FacetPanel facets={counted?.products.facets ?? undefined} view={view} onChange={change} />;
  return (
    <Box className={classes.page}>
      <Box className={classes.search}>
        <SearchBox
          value={view.q}
          onSearch={(q, enter) => change({ q, back: q ? view.back : [] }, { replace: !enter })}
          onSuggestion={follow}
        />
      </Box>
      <Box visibleFrom="md" className={classes.facets}>
        {panel}
      </Box>
      <SidePanel
        opened={opened}
        onClose={drawer.close}
        title={t("narrow")}
      >
        {opened && panel}
        <Button fullWidth mt="md" onClick={drawer.close}>
          {t("show", { count: found[0].data?.products.totalCount ?? 0 })}
        </Button>
      </SidePanel>
      <Stack gap="md" miw={0}>
        <Group justify="space-between" gap="sm">
          <Text role="status" fw={600}>
            {found[0].data ? <Count {...found[0].data.products} /> : " "}
          </Text>
          <Group gap="xs" wrap="nowrap">
            <Button
              hiddenFrom="md"
              variant="default"
              size="sm"
              leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden />}
              rightSection={choices > 0 && <Badge circle>{choices}</Badge>}
              onClick={drawer.open}
            >
              {t("filters")}
            </Button>
            <Select
              w={190}
              size="sm"
              aria-label={t("sort")}
              allowDeselect={false}
              data={[
                { value: "", label: t(asked.query ? "order.BEST" : "order.POPULARITY") },
                ...SORTS.filter((sort) => asked.query || sort !== "POPULARITY").map((value) => ({
                  value,
                  label: t(`order.${value}`),
                })),
              ]}
              value={view.sort ?? ""}
              onChange={(sort) => change({ sort: (sort || null) as ProductSort | null })}
            />
          </Group>
        </Group>
        <Understood
          view={view}
          understood={found[0].data?.products.understood}
          currency={counted?.products.priceCurrency ?? null}
          facets={facets}
          onChange={change}
        />
        {!found[0].data && !found[0].error ? (
          <Box className={grid.grid} role="status" aria-label={t("loading", { ns: "shell" })}>
            <WaitingCards />
          </Box>
        ) : (
          <Loaded query={found}>
            {({ products }) =>
              products.edges.length > 0 ? (
                <Box className={`${grid.grid} ${waiting ? grid.old : ""}`} aria-busy={waiting}>
                  <ResultPages
                    variables={variables}
                    pages={view.pages}
                    onMore={() => change({ pages: view.pages + 1 }, { replace: true })}
                  />
                </Box>
              ) : (
                <Nothing view={view} onChange={change} />
              )
            }
          </Loaded>
        )}
      </Stack>
    </Box>
  );
}

function Count({ totalCount, totalCountRelation }: { totalCount: number | null; totalCountRelation: string }) {
  const { t } = useTranslation("shop");
  const count = totalCount ?? 0;
  return t(totalCountRelation === "GTE" ? "countAtLeast" : "count", { count, shown: formatNumber(count) });
}

/** No product: what could be taken back so that there are some. */
function Nothing({ view, onChange }: { view: ShopView; onChange: (change: Partial<ShopView>) => void }) {
  const { t } = useTranslation("shop");
  const narrowed = listChoices(view).length > 0 || view.stock;
  return (
    <Stack className={classes.nothing} gap="sm" align="start">
      <Title order={2} size="h3">
        {view.q ? t("nothingFor", { query: view.q }) : t("nothing")}
      </Title>
      <List spacing={6}>
        {narrowed && (
          <List.Item>
            <Anchor component="button" type="button" onClick={() => onChange(withoutChoices(view))}>
              {t("try.withoutFilters")}
            </Anchor>
          </List.Item>
        )}
        {view.q && <List.Item>{t("try.fewerWords")}</List.Item>}
        {view.q && <List.Item>{t("try.otherLanguage")}</List.Item>}
        <List.Item>
          <Anchor component="button" type="button" onClick={() => onChange(FIRST_VIEW)}>
            {t("try.all")}
          </Anchor>
        </List.Item>
      </List>
    </Stack>
  );
}
