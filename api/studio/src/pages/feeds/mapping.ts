// A mapping as JSON, in the form of mapping files, and its columns.
import type { FeedProposalQuery } from "./Feeds.generated";

export type Mapping = { readonly [field: string]: unknown };
export type ColumnField = FeedProposalQuery["feedProposal"]["fields"][number];
type Part = { readonly [name: string]: unknown };

/** Fields whose values hold more than columns, such as the name of each attribute. */
const LISTS: Record<string, string> = { attributes: "attribute", options: "option" };

/** The columns of a field; undefined where the mapping has a rule there that names more than columns. */
export function columnsOf(mapping: Mapping, field: string): string[] | undefined {
  const value = mapping[field];
  if (value === undefined || value === null) return [];
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) {
    if (value.every((part) => typeof part === "string")) return value;
    const columns = value.map((part: Part) => part.column);
    return columns.every((column) => typeof column === "string") ? columns : undefined;
  }
  const { column, columns } = value as Part;
  if (typeof column === "string") return [column];
  if (typeof columns === "string") return [columns];
  return Array.isArray(columns) ? (columns as string[]) : undefined;
}

/** The mapping with other columns for a field; what else the field says is kept. */
export function withColumns(mapping: Mapping, field: ColumnField, columns: string[]): Mapping {
  const { [field.name]: before, ...others } = mapping;
  if (!columns.length) return others;
  return { ...mapping, [field.name]: newValue(before, field, columns) };
}

function newValue(before: unknown, field: ColumnField, columns: string[]): unknown {
  const named = LISTS[field.name];
  if (named) {
    const parts = (Array.isArray(before) ? before : []) as Part[];
    return columns.map(
      (column) => parts.find((part) => part.column === column) ?? { column, [named]: column },
    );
  }
  if (typeof before === "object" && before !== null && !Array.isArray(before)) {
    if ("column" in before) return { ...before, column: columns[0] };
    if ("columns" in before) return { ...before, columns };
  }
  return field.several ? columns : columns[0];
}

/** Fields to show: those that must be mapped, those that are, and no others. */
export function shownFields(fields: readonly ColumnField[], mapping: Mapping): ColumnField[] {
  return fields.filter((field) => field.required || mapping[field.name] !== undefined);
}
