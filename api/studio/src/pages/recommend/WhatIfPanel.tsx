import { Autocomplete, Button, Card, CloseButton, Group, Pill, Stack, Text, Title } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { IconArrowBackUp, IconPlus } from "@tabler/icons-react";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { useSession } from "../../data/session";
import { useShopper } from "../../data/shopper";
import { forgetTabChoices, useTabHistory } from "../../data/tabHistory";
import { ProductNamesDocument, ShopperHistoryDocument } from "./Recommend.generated";
import { type Named, NOTHING_SUPPOSED, type Supposed } from "./supposed";

interface Props {
  supposed: Supposed;
  suppose: (change: Partial<Supposed>, options?: { replace?: boolean }) => void;
  active: boolean;
}

/** Takes away what was chosen and what counts, and adds products. */
export function WhatIfPanel({ supposed, suppose, active }: Props) {
  const { t } = useTranslation("recommend");
  const { userKey } = useShopper();
  const tab = useTabHistory();
  const { chosen, facts } = useTaste();
  const rest = (all: readonly Named[], taken: readonly Named[]) =>
    all.filter((one) => !taken.some((other) => other.key === one.key));
  return (
    <Card withBorder component="section" aria-label={t("whatIf.title")}>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap">
          <Title order={2} size="h4">
            {t("whatIf.title")}
          </Title>
          {active && (
            <Button
              size="compact-sm"
              variant="light"
              leftSection={<IconArrowBackUp size={14} />}
              onClick={() => suppose(NOTHING_SUPPOSED)}
            >
              {t("whatIf.reset")}
            </Button>
          )}
        </Group>
        <Text size="sm" c="dimmed">
          {t("whatIf.hint")}
        </Text>
        <Part title={t("whatIf.chosen")}>
          <Names
            names={rest(chosen, supposed.without)}
            label="whatIf.takeAway"
            onRemove={(one) => suppose({ without: [...supposed.without, one] })}
            empty={t("whatIf.none")}
          />
          <Taken
            names={supposed.without}
            onBack={(one) => suppose({ without: rest(supposed.without, [one]) })}
          />
        </Part>
        {(facts.length > 0 || supposed.facts.length > 0) && (
          <Part title={t("whatIf.facts")}>
            <Names
              names={rest(facts, supposed.facts)}
              label="whatIf.takeFact"
              onRemove={(one) => suppose({ facts: [...supposed.facts, one] })}
            />
            <Taken
              names={supposed.facts}
              onBack={(one) => suppose({ facts: rest(supposed.facts, [one]) })}
            />
          </Part>
        )}
        <Part title={t("whatIf.add")}>
          <AddProduct onAdd={(one) => suppose({ with: [...rest(supposed.with, [one]), one] })} />
          <Names
            names={supposed.with}
            label="whatIf.drop"
            onRemove={(one) => suppose({ with: rest(supposed.with, [one]) })}
          />
        </Part>
        {!userKey && tab.length > 0 && (
          <Button variant="default" size="compact-sm" onClick={forgetTabChoices}>
            {t("whatIf.forget")}
          </Button>
        )}
      </Stack>
    </Card>
  );
}

/** What the shopper, or this tab, chose, and the facts that its products have most. */
function useTaste(): { chosen: readonly Named[]; facts: readonly Named[] } {
  const { userKey } = useShopper();
  const { may } = useSession();
  const tab = useTabHistory();
  const [{ data }] = useQuery({
    query: ShopperHistoryDocument,
    variables: { userKey: userKey ?? "" },
    pause: !userKey || !may("user:read"),
    requestPolicy: "cache-and-network",
  });
  return useMemo(() => {
    if (!userKey)
      return { chosen: tab.map((one) => ({ key: one.productKey, name: one.title })), facts: [] };
    const profile = data?.userProfile;
    if (!profile) return { chosen: [], facts: [] };
    const named = (all: readonly { key: string; name: string | null }[]) =>
      all.slice(0, 5).map((one) => ({ key: one.key, name: one.name ?? one.key }));
    return {
      chosen: profile.chosen.map((one) => ({ key: one.key, name: one.title ?? one.key })),
      facts: [...named(profile.brands), ...named(profile.categories), ...named(profile.values)],
    };
  }, [userKey, tab, data]);
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Stack gap={6} role="group" aria-label={title}>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      {children}
    </Stack>
  );
}

const FEW = 6;

interface NamesProps {
  names: readonly Named[];
  /** Text of the button that takes one away. */
  label: string;
  onRemove: (one: Named) => void;
  empty?: string;
}

function Names({ names, label, onRemove, empty }: NamesProps) {
  const { t } = useTranslation("recommend");
  const [all, { open }] = useDisclosure();
  if (!names.length && empty)
    return (
      <Text size="sm" c="dimmed">
        {empty}
      </Text>
    );
  const shown = all ? names : names.slice(0, FEW);
  return (
    <Group gap={6}>
      {shown.map((one) => (
        <Pill
          key={one.key}
          withRemoveButton
          maw="100%"
          onRemove={() => onRemove(one)}
          removeButtonProps={{ "aria-label": t(label, { name: one.name }), tabIndex: 0, "aria-hidden": false }}
        >
          {one.name}
        </Pill>
      ))}
      {names.length > shown.length && (
        <Button size="compact-xs" variant="subtle" onClick={open}>
          {t("whatIf.more", { count: names.length - shown.length })}
        </Button>
      )}
    </Group>
  );
}

/** What was taken away, struck through, to be put back. */
function Taken({ names, onBack }: { names: readonly Named[]; onBack: (one: Named) => void }) {
  const { t } = useTranslation("recommend");
  if (!names.length) return null;
  return (
    <Group gap={6}>
      {names.map((one) => (
        <Button
          key={one.key}
          size="compact-xs"
          variant="light"
          color="orange"
          maw="100%"
          leftSection={<IconArrowBackUp size={12} />}
          aria-label={t("whatIf.putBack", { name: one.name })}
          onClick={() => onBack(one)}
        >
          <s>{one.name}</s>
        </Button>
      ))}
    </Group>
  );
}

function AddProduct({ onAdd }: { onAdd: (one: Named) => void }) {
  const { t } = useTranslation("recommend");
  const [text, setText] = useState("");
  const [query] = useDebouncedValue(text.trim(), 150);
  const [{ data }] = useQuery({ query: ProductNamesDocument, variables: { query }, pause: !query });
  // Titles may repeat; options may not.
  const found = useMemo(
    () => new Map((data?.suggestions ?? []).map((one) => [one.text, one.key])),
    [data],
  );
  return (
    <Autocomplete
      aria-label={t("whatIf.add")}
      placeholder={t("whatIf.addPlaceholder")}
      leftSection={<IconPlus size={16} />}
      data={query ? [...found.keys()] : []}
      filter={({ options }) => options}
      value={text}
      onChange={setText}
      onOptionSubmit={(name) => {
        const key = found.get(name);
        if (key) onAdd({ key, name });
        // The library puts the option into the field after this.
        queueMicrotask(() => setText(""));
      }}
      rightSection={text && <CloseButton size="sm" tabIndex={-1} aria-hidden onClick={() => setText("")} />}
    />
  );
}
