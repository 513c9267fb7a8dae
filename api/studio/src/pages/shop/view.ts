// What the shop shows, as its address has it, and what that asks of the API.
import type { Availability, ProductFilter, ProductSort } from "../../data/schema";

/** A range of an attribute's numbers, with their unit. */
export type NumberSpan = readonly [number | null, number | null, string | null];

export interface ShopView {
  q: string;
  /** Ids of understood conditions that are taken back. */
  back: readonly string[];
  brands: readonly string[];
  categories: readonly string[];
  communities: readonly string[];
  availability: readonly Availability[];
  /** Keys of values by attribute. */
  attributes: Readonly<Record<string, readonly string[]>>;
  numbers: Readonly<Record<string, NumberSpan>>;
  price: readonly [number | null, number | null] | null;
  currency: string | null;
  rating: number | null;
  stock: boolean;
  sort: ProductSort | null;
  /** Number of pages that are open. */
  pages: number;
}

export const FIRST_VIEW: ShopView = {
  q: "",
  back: [],
  brands: [],
  categories: [],
  communities: [],
  availability: [],
  attributes: {},
  numbers: {},
  price: null,
  currency: null,
  rating: null,
  stock: false,
  sort: null,
  pages: 1,
};

export const SORTS: readonly ProductSort[] = [
  "PRICE_ASC",
  "PRICE_DESC",
  "RATING",
  "POPULARITY",
  "NEWEST",
  "TITLE",
];
const AVAILABILITIES: readonly Availability[] = [
  "IN_STOCK",
  "LIMITED",
  "IN_STORE_ONLY",
  "PREORDER",
  "BACKORDER",
  "MADE_TO_ORDER",
  "OUT_OF_STOCK",
  "DISCONTINUED",
  "UNKNOWN",
];
const MOST_PAGES = 20;
const MOST_KEYS = 50;

/** The `FacetFilter` of the API. */
export interface FacetChoice {
  brands?: readonly string[] | null;
  categories?: readonly string[] | null;
  communities?: readonly string[] | null;
  availability?: readonly Availability[] | null;
  attributes?:
    | readonly {
        attribute: string;
        values: readonly string[];
        min: number | null;
        max: number | null;
        unit: string | null;
      }[]
    | null;
  price?: { min: number | null; max: number | null; currencyCode: string | null } | null;
  currency?: string | null;
  ratingMin?: number | null;
}

/** Reads an address; what is not of the right form is left out. */
export function readView(given: { readonly [name in keyof ShopView]?: unknown }): ShopView {
  return {
    q: typeof given.q === "string" || typeof given.q === "number" ? String(given.q) : "",
    back: texts(given.back),
    brands: texts(given.brands),
    categories: texts(given.categories),
    communities: texts(given.communities),
    availability: texts(given.availability).filter((one): one is Availability =>
      (AVAILABILITIES as readonly string[]).includes(one),
    ),
    attributes: entries(given.attributes, (value) => {
      const keys = texts(value);
      return keys.length ? keys : undefined;
    }),
    numbers: entries(given.numbers, readSpan),
    price: readPair(given.price) ?? null,
    currency:
      typeof given.currency === "string" && /^[A-Z]{3}$/.test(given.currency) ? given.currency : null,
    rating: number(given.rating),
    stock: given.stock === true,
    sort: SORTS.find((sort) => sort === given.sort) ?? null,
    pages: Math.min(MOST_PAGES, Math.max(1, Math.trunc(number(given.pages) ?? 1))),
  };
}

function texts(given: unknown): string[] {
  return Array.isArray(given)
    ? given.filter((one): one is string => typeof one === "string").slice(0, MOST_KEYS)
    : [];
}

function number(given: unknown): number | null {
  return typeof given === "number" && Number.isFinite(given) ? given : null;
}

function readPair(given: unknown): readonly [number | null, number | null] | undefined {
  if (!Array.isArray(given)) return undefined;
  const [min, max] = [number(given[0]), number(given[1])];
  return min === null && max === null ? undefined : [min, max];
}

function readSpan(given: unknown): NumberSpan | undefined {
  const pair = readPair(given);
  if (!pair || !Array.isArray(given)) return undefined;
  return [...pair, typeof given[2] === "string" ? given[2] : null];
}

function entries<V>(given: unknown, read: (value: unknown) => V | undefined): Record<string, V> {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return {};
  return Object.fromEntries(
    Object.entries(given)
      .slice(0, 20)
      .flatMap(([name, value]) => {
        const known = read(value);
        return known === undefined ? [] : [[name, known]];
      }),
  );
}

/** The filter that the API takes; null where nothing narrows. */
export function filterOf(view: ShopView): ProductFilter | null {
  const attributes = [
    ...Object.entries(view.attributes).map(([attribute, values]) => ({ attribute, values })),
    ...Object.entries(view.numbers).map(([attribute, [min, max, unit]]) => ({
      attribute,
      min,
      max,
      unit,
    })),
  ];
  const filter: ProductFilter = {
    ...(view.brands.length > 0 && { brands: view.brands }),
    ...(view.categories.length > 0 && { categories: view.categories }),
    ...(view.communities.length > 0 && { communities: view.communities }),
    ...(view.availability.length > 0 && { availability: view.availability }),
    ...(attributes.length > 0 && { attributes }),
    ...(view.price && {
      price: {
        min: view.price[0] === null ? null : String(view.price[0]),
        max: view.price[1] === null ? null : String(view.price[1]),
        currencyCode: view.currency,
      },
    }),
    ...(view.currency && { currency: view.currency }),
    ...(view.rating !== null && { ratingMin: view.rating }),
    ...(view.stock && { inStock: true }),
  };
  return Object.keys(filter).length > 0 ? filter : null;
}

/** Whether a value of a facet is chosen. */
export function isChosen(view: ShopView, choice: FacetChoice): boolean {
  const among = (chosen: readonly string[], keys: readonly string[] | null | undefined) =>
    !!keys?.length && keys.every((key) => chosen.includes(key));
  if (choice.attributes?.length) {
    const [{ attribute, values, min, max }] = choice.attributes as [
      NonNullable<FacetChoice["attributes"]>[number],
    ];
    if (values.length) return among(view.attributes[attribute] ?? [], values);
    const span = view.numbers[attribute];
    return !!span && span[0] === min && span[1] === max;
  }
  if (choice.price) return view.price?.[0] === choice.price.min && view.price[1] === choice.price.max;
  if (choice.ratingMin) return view.rating === choice.ratingMin;
  if (choice.currency) return view.currency === choice.currency;
  return (
    among(view.brands, choice.brands) ||
    among(view.categories, choice.categories) ||
    among(view.communities, choice.communities) ||
    among(view.availability, choice.availability)
  );
}

/** The change that chooses a value of a facet, or takes it back where it is chosen. */
export function toggleChoice(view: ShopView, choice: FacetChoice): Partial<ShopView> {
  const chosen = isChosen(view, choice);
  const toggled = <K extends string>(all: readonly K[], keys: readonly K[]) =>
    chosen ? all.filter((key) => !keys.includes(key)) : [...all, ...keys];
  if (choice.attributes?.length) {
    const { attribute, values, min, max, unit } = choice.attributes[0]!;
    if (values.length)
      return {
        attributes: withEntry(view.attributes, attribute, toggled(view.attributes[attribute] ?? [], values)),
      };
    return {
      numbers: withEntry<NumberSpan>(view.numbers, attribute, chosen ? [] : [min, max, unit]),
    };
  }
  if (choice.price) {
    if (chosen) return { price: null };
    return { price: [choice.price.min, choice.price.max], currency: choice.price.currencyCode };
  }
  if (choice.ratingMin) return { rating: chosen ? null : choice.ratingMin };
  if (choice.currency) return { currency: chosen ? null : choice.currency, price: null };
  if (choice.brands) return { brands: toggled(view.brands, choice.brands) };
  if (choice.categories) return { categories: toggled(view.categories, choice.categories) };
  if (choice.communities) return { communities: toggled(view.communities, choice.communities) };
  if (choice.availability) return { availability: toggled(view.availability, choice.availability) };
  return {};
}

function withEntry<V extends readonly unknown[]>(
  all: Readonly<Record<string, V>>,
  name: string,
  value: V | readonly [],
): Record<string, V> {
  const rest = Object.entries(all).filter(([other]) => other !== name);
  return Object.fromEntries(value.length ? [...rest, [name, value as V]] : rest);
}

/** Takes all choices back; the words and the order stay. */
export function withoutChoices(view: ShopView): ShopView {
  return { ...FIRST_VIEW, q: view.q, sort: view.sort };
}

/** All choices one by one, each as its facet has it. */
export function listChoices(view: ShopView): FacetChoice[] {
  return [
    ...view.brands.map((key) => ({ brands: [key] })),
    ...view.categories.map((key) => ({ categories: [key] })),
    ...view.communities.map((key) => ({ communities: [key] })),
    ...view.availability.map((one) => ({ availability: [one] })),
    ...Object.entries(view.attributes).flatMap(([attribute, values]) =>
      values.map((key) => ({
        attributes: [{ attribute, values: [key], min: null, max: null, unit: null }],
      })),
    ),
    ...Object.entries(view.numbers).map(([attribute, [min, max, unit]]) => ({
      attributes: [{ attribute, values: [], min, max, unit }],
    })),
    ...(view.price
      ? [{ price: { min: view.price[0], max: view.price[1], currencyCode: view.currency } }]
      : []),
    ...(view.currency && !view.price ? [{ currency: view.currency }] : []),
    ...(view.rating === null ? [] : [{ ratingMin: view.rating }]),
  ];
}
