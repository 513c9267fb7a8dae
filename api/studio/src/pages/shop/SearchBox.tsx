import { CloseButton, Combobox, Group, Text, TextInput, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconCategory, IconHistory, IconPackage, IconSearch, IconTag } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import type { SuggestionKind } from "../../data/schema";
import { formatNumber } from "../../i18n";
import { ShopSuggestionsDocument, type ShopSuggestionsQuery } from "./Suggestions.generated";

export type Suggestion = ShopSuggestionsQuery["suggestions"][number];

const ICONS: Record<SuggestionKind, typeof IconTag> = {
  BRAND: IconTag,
  CATEGORY: IconCategory,
  PRODUCT: IconPackage,
  QUERY: IconHistory,
};

interface Props {
  value: string;
  /** Called a moment after each change of the text, and with `enter` at once. */
  onSearch: (text: string, enter: boolean) => void;
  onSuggestion: (suggestion: Suggestion) => void;
}

/** The words, with what they may become while they are typed. */
export function SearchBox({ value, onSearch, onSuggestion }: Props) {
  const { t } = useTranslation("shop");
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const [text, setText] = useState(value);
  const [settled] = useDebouncedValue(text, 160);
  // Texts that were sent and have not come back as the value; what else comes is from elsewhere:
  // a link, the way back, a chip.
  const sent = useRef<string[]>([]);
  const send = (given: string, enter: boolean) => {
    if (given !== (sent.current.at(-1) ?? value)) sent.current.push(given);
    onSearch(given, enter);
  };
  useEffect(() => {
    const own = sent.current.indexOf(value);
    sent.current = own < 0 ? [] : sent.current.slice(own + 1);
    if (own < 0) setText(value);
  }, [value]);
  useEffect(() => {
    if (settled === text && settled !== (sent.current.at(-1) ?? value)) send(settled, false);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [settled]);
  const [{ data }] = useQuery({
    query: ShopSuggestionsDocument,
    variables: { query: settled },
    pause: settled.trim().length < 2 || !combobox.dropdownOpened,
  });
  const offered = text.trim().length < 2 ? [] : (data?.suggestions ?? []);

  const search = (given: string) => {
    setText(given);
    send(given, true);
    combobox.closeDropdown();
  };
  const choose = (position: string) => {
    const suggestion = offered[Number(position)];
    if (!suggestion) return;
    if (suggestion.kind === "QUERY") search(suggestion.text);
    else {
      setText("");
      if (value) sent.current.push("");
      combobox.closeDropdown();
      onSuggestion(suggestion);
    }
  };
  return (
    <Combobox store={combobox} onOptionSubmit={choose} shadow="md">
      <Combobox.Target withExpandedAttribute>
        <TextInput
          role="combobox"
          type="text"
          inputMode="search"
          enterKeyHint="search"
          size="lg"
          maxLength={500}
          aria-label={t("search")}
          placeholder={t("placeholder")}
          leftSection={<IconSearch size={20} aria-hidden />}
          rightSection={text && <CloseButton aria-label={t("clear")} onClick={() => search("")} />}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            combobox.openDropdown();
            combobox.resetSelectedOption();
          }}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return;
            if (event.key === "Enter" && combobox.getSelectedOptionIndex() === -1)
              search(event.currentTarget.value);
            else if (event.key === "Escape" && !combobox.dropdownOpened) search("");
          }}
          onBlur={() => combobox.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={offered.length === 0}>
        <Combobox.Options aria-label={t("suggestions")} mah={420} style={{ overflowY: "auto" }}>
          {offered.map((suggestion, position) => {
            const Icon = ICONS[suggestion.kind];
            return (
              <Combobox.Option key={`${suggestion.kind} ${suggestion.key}`} value={String(position)}>
                <Group gap="sm" wrap="nowrap">
                  <Icon size={16} stroke={1.6} aria-hidden />
                  <Text size="sm" truncate flex={1} dir="auto">
                    {suggestion.text}
                  </Text>
                  <Text size="xs" c="dimmed">
                    {t(`kind.${suggestion.kind}`)}
                    {suggestion.products !== null && ` · ${formatNumber(suggestion.products)}`}
                  </Text>
                </Group>
              </Combobox.Option>
            );
          })}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
