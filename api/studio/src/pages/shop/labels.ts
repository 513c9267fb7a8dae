// Words for facets, choices and what was understood, in the reader's language.
import type { TFunction } from "i18next";
import { labelAttribute, nameOfKey } from "../../components/attributes";
import { formatMoney } from "../../components/MoneyText";
import type { Availability } from "../../data/schema";
import { currentLanguage, formatNumber } from "../../i18n";
import type { ShopSearchQuery } from "./Search.generated";
import type { FacetChoice } from "./view";

type Understanding = NonNullable<ShopSearchQuery["products"]["understood"]>;

/** The name of a facet or attribute. */
export function labelFacet(t: TFunction<"shop">, name: string): string {
  return t(`facet.${name}`, { defaultValue: labelAttribute(name) });
}

/** Ends of a range, either of which may be open. */
export function labelRange(
  t: TFunction<"shop">,
  min: number | null,
  max: number | null,
  write: (value: number) => string,
): string {
  if (min === null) return t("atMost", { value: write(max ?? 0) });
  if (max === null) return t("atLeast", { value: write(min) });
  return t("range", { min: write(min), max: write(max) });
}

export function labelPrice(
  t: TFunction<"shop">,
  min: number | null,
  max: number | null,
  currencyCode: string | null,
): string {
  return labelRange(t, min, max, (value) =>
    formatMoney({ amount: String(value), currencyCode }, currentLanguage()),
  );
}

/** A choice as its facet names it, or where no name is known, by its key. */
export function labelChoice(t: TFunction<"shop">, choice: FacetChoice, name?: string): string {
  const attribute = choice.attributes?.[0];
  if (attribute && !attribute.values.length) {
    const { min, max, unit } = attribute;
    return `${labelFacet(t, attribute.attribute)}: ${labelRange(t, min, max, (value) => `${formatNumber(value, 2)}${unit ? ` ${unit}` : ""}`)}`;
  }
  if (choice.price) return labelPrice(t, choice.price.min, choice.price.max, choice.price.currencyCode);
  if (choice.ratingMin) return t("andUp", { count: choice.ratingMin });
  if (choice.currency) return choice.currency;
  if (choice.availability?.[0]) return labelAvailability(t, choice.availability[0]);
  const key =
    attribute?.values[0] ?? choice.brands?.[0] ?? choice.categories?.[0] ?? choice.communities?.[0];
  return name ?? nameOfKey(key ?? "");
}

export function labelAvailability(t: TFunction<"shop">, status: Availability): string {
  return t(`availability.${status}`, { ns: "shell" });
}

/** What words of a search were understood as. */
export function labelConstraint(
  t: TFunction<"shop">,
  one: Understanding["constraints"][number],
  currency: string | null,
): string {
  const name =
    one.kind === "PRICE"
      ? labelPrice(t, one.min, one.max, one.currencyCode ?? currency)
      : one.kind === "RATING"
        ? labelRange(t, one.min, one.max, (stars) => t("starCount", { count: stars }))
        : one.kind === "STOCK"
          ? t("inStock")
          : one.label.replace(/^(.+?): /, (_, attribute: string) => `${labelAttribute(attribute)}: `);
  return one.negated ? t("without", { name }) : name;
}
