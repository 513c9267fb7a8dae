// Variants of one thing, as choices among the values of their options.

interface Option {
  name: string;
  value: string;
}

export interface Variant {
  key: string;
  selectedOptions: readonly Option[];
}

/**
 * The variant to go to when another value of an option is chosen: of those with the value, the one
 * that has most of the other options as they are. Null where none has it.
 */
export function variantFor<V extends Variant>(
  variants: readonly V[],
  selected: readonly Option[],
  name: string,
  value: string,
): { variant: V; exact: boolean } | null {
  const others = selected.filter((option) => option.name !== name);
  const fit = (variant: V) => others.filter((option) => has(variant, option)).length;
  const best = variants
    .filter((variant) => has(variant, { name, value }))
    .reduce<V | null>((best, one) => (best && fit(best) >= fit(one) ? best : one), null);
  return best && { variant: best, exact: fit(best) === others.length };
}

function has(variant: Variant, { name, value }: Option): boolean {
  return variant.selectedOptions.some((one) => one.name === name && one.value === value);
}
