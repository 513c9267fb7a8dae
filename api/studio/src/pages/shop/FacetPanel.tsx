import {
  Accordion,
  Box,
  Button,
  Checkbox,
  Group,
  Radio,
  RangeSlider,
  Skeleton,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Stars } from "../../components/Stars";
import { formatNumber } from "../../i18n";
import classes from "./FacetPanel.module.css";
import type { ShopFacetsQuery } from "./Facets.generated";
import { labelChoice, labelFacet, labelPrice } from "./labels";
import { isChosen, type ShopView, toggleChoice } from "./view";

export type Facet = NonNullable<ShopFacetsQuery["products"]["facets"]>[number];
type Value = Facet["values"][number];

interface Props {
  /** Undefined until they are counted. */
  facets: readonly Facet[] | undefined;
  view: ShopView;
  onChange: (change: Partial<ShopView>) => void;
}

const SHOWN = 6;
const SEARCHED_FROM = 15;
const FIXED = ["category", "brand", "price", "rating", "availability"];

/** Ways to narrow the list, with how many products each would leave. */
export function FacetPanel({ facets, view, onChange }: Props) {
  const { t } = useTranslation("shop");
  const named = (name: string) => facets?.find((facet) => facet.name === name);
  const ordered = [
    ...FIXED.flatMap((name) => named(name) ?? []),
    ...(facets ?? []).filter((facet) => !FIXED.includes(facet.name)),
  ];
  const open = ordered
    .filter(
      (facet, place) =>
        place < 8 || [...facet.values, ...facet.ranges].some((value) => isChosen(view, value.filter)),
    )
    .map((facet) => idOf(facet));
  return (
    <Box component="section" aria-label={t("narrow")}>
      <Switch
        mb="sm"
        label={t("inStock")}
        checked={view.stock}
        onChange={(event) => onChange({ stock: event.currentTarget.checked })}
      />
      {!facets && <Waiting />}
      <Accordion
        multiple
        key={ordered.length ? "there" : "empty"}
        defaultValue={open}
        variant="default"
        order={2}
        classNames={{ control: classes.control, content: classes.content, label: classes.label }}
      >
        {ordered.map((facet) => (
          <Accordion.Item key={facet.name} value={idOf(facet)}>
            <Accordion.Control>{labelFacet(t, facet.name)}</Accordion.Control>
            <Accordion.Panel>
              {facet.name === "price" ? (
                <PriceFacet facet={facet} view={view} onChange={onChange} />
              ) : facet.name === "rating" ? (
                <RatingFacet facet={facet} view={view} onChange={onChange} />
              ) : (
                <ValuesFacet facet={facet} view={view} onChange={onChange} />
              )}
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
    </Box>
  );
}

/** A name without blanks, which ids of elements must not have. */
function idOf({ name }: Facet): string {
  return encodeURIComponent(name);
}

function Waiting() {
  return (
    <Stack gap="sm" aria-hidden>
      {Array.from({ length: 9 }, (_, line) => (
        <Skeleton key={line} height={14} width={line % 3 ? "85%" : "45%"} mt={line % 3 ? 0 : "md"} />
      ))}
    </Stack>
  );
}

type FacetProps = Omit<Props, "facets"> & { facet: Facet };

/** Values to tick; of numbers in many sizes, ranges. */
function ValuesFacet({ facet, view, onChange }: FacetProps) {
  const { t } = useTranslation("shop");
  const [all, setAll] = useState(false);
  const [sought, setSought] = useState("");
  const ranged = facet.ranges.length > 2 && facet.values.length > SHOWN;
  const values = ranged ? facet.ranges : facet.values;
  const named = values.map((value) => ({ value, name: nameOf(t, facet, value) }));
  const found = named.filter(({ name }) => name.toLowerCase().includes(sought.trim().toLowerCase()));
  const shown = found.filter(
    ({ value }, place) => all || place < SHOWN || isChosen(view, value.filter),
  );
  return (
    <Stack gap={6}>
      {values.length >= SEARCHED_FROM && all && (
        <TextInput
          size="xs"
          aria-label={t("seek", { facet: labelFacet(t, facet.name) })}
          placeholder={t("seek", { facet: labelFacet(t, facet.name) })}
          value={sought}
          onChange={(event) => setSought(event.currentTarget.value)}
        />
      )}
      <Stack gap={6} className={all ? classes.scrolled : undefined}>
        {shown.map(({ value, name }) => (
          <Checkbox
            key={JSON.stringify(value.filter)}
            size="xs"
            radius="sm"
            classNames={{ body: classes.value, labelWrapper: classes.grow }}
            checked={isChosen(view, value.filter)}
            onChange={() => onChange(toggleChoice(view, value.filter))}
            label={<Counted name={name} count={value.count} />}
          />
        ))}
      </Stack>
      {named.length > SHOWN && (
        <Button
          variant="subtle"
          size="compact-xs"
          justify="start"
          aria-expanded={all}
          onClick={() => {
            setAll(!all);
            setSought("");
          }}
        >
          {all ? t("fewer") : t("more", { count: named.length - SHOWN })}
        </Button>
      )}
    </Stack>
  );
}

function Counted({ name, count }: { name: string; count: number }) {
  return (
    <Group gap="xs" wrap="nowrap" justify="space-between">
      <Text component="span" size="sm" lineClamp={2} dir="auto" className={classes.name}>
        {name}
      </Text>
      <Text component="span" size="xs" c="dimmed">
        {formatNumber(count)}
      </Text>
    </Group>
  );
}

function RatingFacet({ facet, view, onChange }: FacetProps) {
  const { t } = useTranslation("shop");
  return (
    <Radio.Group
      aria-label={labelFacet(t, "rating")}
      value={view.rating === null ? "" : String(view.rating)}
      onChange={(stars) => onChange({ rating: stars === "" ? null : Number(stars) })}
    >
      <Stack gap={6}>
        <Radio size="xs" value="" classNames={{ body: classes.value }} label={t("anyRating")} />
        {facet.values.map(({ filter: { ratingMin }, count }) => (
          <Radio
            key={ratingMin}
            size="xs"
            value={String(ratingMin)}
            classNames={{ body: classes.value, labelWrapper: classes.grow }}
            label={
              <Group gap="xs" wrap="nowrap" justify="space-between">
                <Group gap={6} wrap="nowrap">
                  <Stars value={ratingMin} />
                  <Text component="span" size="sm">
                    {t("up")}
                  </Text>
                </Group>
                <Text component="span" size="xs" c="dimmed">
                  {formatNumber(count)}
                </Text>
              </Group>
            }
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}

/** A slider over the range of the prices, and quarters of them to choose at once. */
function PriceFacet({ facet, view, onChange }: FacetProps) {
  const { t } = useTranslation("shop");
  const min = Math.floor(facet.range?.min ?? 0);
  const max = Math.ceil(facet.range?.max ?? 0);
  const chosen: [number, number] = [view.price?.[0] ?? min, view.price?.[1] ?? max];
  const [moved, setMoved] = useState(chosen);
  useEffect(() => setMoved(chosen), [chosen[0], chosen[1]]); // eslint-disable-line react-hooks/exhaustive-deps
  const write = (ends: readonly [number, number]) => labelPrice(t, ends[0], ends[1], facet.currencyCode);
  // Half of the slider for the cheaper half of the products.
  const scale = sliderScale(min, facet.values.at(1)?.filter.price?.max ?? (min + max) / 2, max);
  return (
    <Stack gap="xs">
      {max > min && (
        <>
          <Text size="sm" fw={500}>
            {write(moved)}
          </Text>
          <RangeSlider
            size="sm"
            mx={6}
            min={0}
            max={100}
            step={1}
            minRange={0}
            label={null}
            thumbFromLabel={t("priceFrom")}
            thumbToLabel={t("priceTo")}
            value={[scale.place(moved[0]), scale.place(moved[1])]}
            onChange={([from, to]) => setMoved([scale.value(from), scale.value(to)])}
            onChangeEnd={([from, to]) => {
              const all = from <= 0 && to >= 100;
              onChange({
                price: all ? null : [from <= 0 ? null : scale.value(from), to >= 100 ? null : scale.value(to)],
                currency: all ? view.currency : facet.currencyCode,
              });
            }}
          />
        </>
      )}
      {facet.values.map((value) => (
        <Checkbox
          key={value.label}
          size="xs"
          radius="sm"
          classNames={{ body: classes.value, labelWrapper: classes.grow }}
          checked={isChosen(view, value.filter)}
          onChange={() => onChange(toggleChoice(view, value.filter))}
          label={<Counted name={nameOf(t, facet, value)} count={value.count} />}
        />
      ))}
    </Stack>
  );
}

/** Places 0 to 100 of a slider with a value in the middle of it; values are whole numbers. */
export function sliderScale(min: number, middle: number, max: number) {
  const inside = Math.min(max, Math.max(min, middle));
  return {
    value: (place: number) =>
      Math.round(
        place <= 50
          ? min + ((inside - min) * place) / 50
          : inside + ((max - inside) * (place - 50)) / 50,
      ),
    place: (value: number) =>
      value <= inside
        ? (50 * (value - min)) / Math.max(1e-9, inside - min)
        : 50 + (50 * (value - inside)) / Math.max(1e-9, max - inside),
  };
}

function nameOf(t: Parameters<typeof labelChoice>[0], facet: Facet, value: Value): string {
  const attribute = value.filter.attributes?.[0];
  if (attribute && !attribute.values.length)
    return labelChoice(t, value.filter).replace(`${labelFacet(t, facet.name)}: `, "");
  return labelChoice(t, value.filter, value.label);
}
