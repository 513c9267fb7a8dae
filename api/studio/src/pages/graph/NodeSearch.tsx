import { Group, Select, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useQuery } from "urql";
import { useGraphNames } from "../../components/relations";
import { FindNodesDocument } from "./Graph.generated";

interface Props {
  label: string;
  /** Known nodes to choose from before anything is typed. */
  known?: readonly { key: string; label: string; name: string | null }[];
  /** Key of the chosen node; undefined where a choice is acted on at once. */
  value?: string;
  onChoose: (key: string) => void;
}

const LABELS = { PRODUCT: "Product", BRAND: "Brand", CATEGORY: "Category", QUERY: "" };
const MOST_KNOWN = 50;

/** Finds a node by the beginning of its name; typing errors are forgiven. */
export function NodeSearch({ label, known = [], value, onChoose }: Props) {
  const { labelName } = useGraphNames();
  const [text, setText] = useState("");
  const [query] = useDebouncedValue(text.trim(), 150);
  const [{ data }] = useQuery({ query: FindNodesDocument, variables: { query }, pause: !query });
  const options = useMemo(() => {
    const found = query && data ? data.suggestions : [];
    const all = new Map(
      found.map((one) => [one.key, { name: one.text, label: LABELS[one.kind] }] as const),
    );
    const typed = query.toLowerCase();
    for (const one of known) {
      const name = one.name ?? one.key;
      const fits = one.key === value || name.toLowerCase().includes(typed);
      if (!all.has(one.key) && fits && all.size < MOST_KNOWN) all.set(one.key, { name, label: one.label });
    }
    return [...all].map(([key, one]) => ({ value: key, ...one, label: one.name, kind: one.label }));
  }, [query, data, known, value]);
  return (
    <Select
      searchable
      clearable={value !== undefined}
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} />}
      data={options}
      filter={({ options: all }) => all}
      value={value === undefined ? null : value || null}
      searchValue={value ? undefined : text}
      onSearchChange={setText}
      onChange={(key) => {
        if (key || value !== undefined) onChoose(key ?? "");
        setText("");
      }}
      renderOption={({ option }) => (
        <Group gap="xs" wrap="nowrap" justify="space-between" w="100%">
          <Text size="sm" lineClamp={2} dir="auto">
            {option.label}
          </Text>
          <Text size="xs" c="dimmed">
            {labelName(options.find((one) => one.value === option.value)?.kind ?? "")}
          </Text>
        </Group>
      )}
      nothingFoundMessage={query ? "–" : undefined}
      comboboxProps={{ withinPortal: true, width: 380, position: "bottom-start" }}
    />
  );
}
