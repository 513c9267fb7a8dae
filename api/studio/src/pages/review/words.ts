// Words for what the registry of kinds and the scorers name.
import type { TFunction } from "i18next";
import type { ReviewCaseFragment } from "./Review.generated";

const KINDS = ["value", "pair", "plausibility", "imputed", "text"];

export function kindName(t: TFunction<"review">, kind: string | null): string {
  if (kind === null) return t("kind.all");
  return KINDS.includes(kind) ? t(`kind.${kind}`) : spell(kind);
}

/** A text of a kind; a kind that this page does not know has general words. */
export function wordOf(t: TFunction<"review">, what: string, kind: string): string {
  return t(`${what}.${KINDS.includes(kind) ? kind : "other"}`);
}

export function fieldName(t: TFunction<"review">, name: string): string {
  return t(`fields.${name}`, { defaultValue: spell(name) });
}

export function featureName(t: TFunction<"review">, name: string): string {
  return t(`feature.${name}`, { defaultValue: spell(name) });
}

/** What an item is about, in a few words. */
export function summary(item: ReviewCaseFragment): string {
  if (item.proposed) return item.proposed;
  if (item.records.length === 2) return item.records.map((record) => record.title).join(" · ");
  return item.text ?? item.subject;
}

function spell(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
