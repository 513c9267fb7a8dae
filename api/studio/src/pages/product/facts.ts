// The facts of a product, and what supports each of them.
import { nameOfKey } from "../../components/attributes";
import type { Product } from ".";
import type { ProductEvidenceQuery } from "./Evidence.generated";

export type Evidence = NonNullable<ProductEvidenceQuery["product"]>;
export type Support = Evidence["assertions"]["nodes"][number]["supports"][number];

export interface Fact {
  relation: string;
  /** Key of the brand, category or value. */
  tail: string;
  /** Name of the attribute, or of the relation in the texts. */
  attribute: string;
  label: string;
  /** Filter of the shop that finds what has the same. */
  search?: Record<string, unknown>;
  /** 0 to 1, where a model guessed it and no record states it. */
  guessed?: number;
}

type Stated = Pick<Product, "brands" | "categories" | "values" | "imputed">;

/** All facts of a product: those that are shown, and those that only assertions have. */
export function listFacts(product: Stated, evidence: Evidence | null | undefined): Fact[] {
  const guesses = new Map(product.imputed.map((one) => [`${one.relation} ${one.tail}`, one.confidence]));
  const facts: Fact[] = [
    ...product.brands.map(({ key, name }) => ({
      relation: "HAS_BRAND",
      tail: key,
      attribute: "HAS_BRAND",
      label: name ?? nameOfKey(key),
      search: { brands: [key] },
    })),
    ...product.categories.map(({ key, name }) => ({
      relation: "IN_CATEGORY",
      tail: key,
      attribute: "IN_CATEGORY",
      label: name ?? nameOfKey(key),
      search: { categories: [key] },
    })),
    ...product.values.map(({ key, attribute, label }) => ({
      relation: "HAS_VALUE",
      tail: key,
      attribute,
      label,
      search: { attributes: { [attribute]: [key] } },
    })),
  ];
  const known = new Set(facts.map(({ relation, tail }) => `${relation} ${tail}`));
  for (const { relation, tail } of evidence?.assertions.nodes ?? [])
    if (!known.has(`${relation} ${tail}`))
      facts.push({ relation, tail, attribute: relation, label: nameOfKey(tail) });
  return facts.map((fact) => {
    const guessed = guesses.get(`${fact.relation} ${fact.tail}`);
    return guessed === undefined ? fact : { ...fact, guessed };
  });
}

/** What supports a fact. */
export function supportsOf(evidence: Evidence, { relation, tail }: Fact): readonly Support[] {
  return (
    evidence.assertions.nodes.find((one) => one.relation === relation && one.tail === tail)?.supports ?? []
  );
}

/** The text that a support's span is in; null where the record is not the product's own. */
export function textOf(evidence: Evidence, support: Support): string | null {
  const { source, sourceId, title, description } = evidence;
  const own = support.record.startsWith(`source:${source}:`) && support.record.endsWith(`/${sourceId}`);
  if (!own) return null;
  return support.field === "title" ? title : support.field === "description" ? description : null;
}
