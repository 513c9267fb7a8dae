import { Anchor, Group, Pill, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { labelChoice, labelConstraint } from "./labels";
import type { ShopSearchQuery } from "./Search.generated";
import type { Facet } from "./FacetPanel";
import { FIRST_VIEW, isChosen, listChoices, type ShopView, toggleChoice, withoutChoices } from "./view";
import classes from "./Understood.module.css";

type Understanding = NonNullable<ShopSearchQuery["products"]["understood"]>;

interface Props {
  view: ShopView;
  understood: Understanding | null | undefined;
  /** Of prices whose words name none. */
  currency: string | null;
  facets: readonly Facet[];
  onChange: (change: Partial<ShopView>) => void;
}

/** What the words were understood as, and what was chosen; each can be taken back. */
export function Understood({ view, understood, currency, facets, onChange }: Props) {
  const { t } = useTranslation("shop");
  const constraints = understood?.constraints ?? [];
  const choices = listChoices(view);
  const remove = (name: string) => ({
    withRemoveButton: true,
    removeButtonProps: { "aria-label": t("takeBack", { name }), "aria-hidden": false, tabIndex: 0 },
  });
  if (!constraints.length && !choices.length && !view.back.length && !understood?.didYouMean) return null;
  return (
    <Group gap="xs" component="section" aria-label={t("conditions")}>
      {understood?.didYouMean && (
        <Text size="sm">
          {t("didYouMean")}{" "}
          <Anchor
            component="button"
            type="button"
            fw={600}
            onClick={() => onChange({ q: understood.didYouMean! })}
          >
            {understood.didYouMean}
          </Anchor>
        </Text>
      )}
      {constraints.length > 0 && (
        <Text size="sm" c="dimmed">
          {t("understood")}
        </Text>
      )}
      {constraints.map((one) => {
        const name = labelConstraint(t, one, currency);
        return (
          <Pill
            key={one.id}
            size="md"
            className={one.applied ? classes.understood : classes.unused}
            title={t(one.applied ? "readFrom" : "notApplied", { text: one.text })}
            onRemove={() => onChange({ back: [...view.back, one.id] })}
            {...remove(name)}
          >
            {name}
          </Pill>
        );
      })}
      {view.back.length > 0 && (
        <Anchor component="button" type="button" size="sm" onClick={() => onChange({ back: [] })}>
          {t("understandAgain")}
        </Anchor>
      )}
      {choices.map((choice) => {
        const alone = { ...FIRST_VIEW, ...toggleChoice(FIRST_VIEW, choice) };
        const value = facets
          .flatMap((facet) => facet.values)
          .find(({ filter }) => isChosen(alone, filter));
        const name = labelChoice(t, choice, value?.label);
        return (
          <Pill
            key={JSON.stringify(choice)}
            size="md"
            className={classes.chosen}
            onRemove={() => onChange(toggleChoice(view, choice))}
            {...remove(name)}
          >
            {name}
          </Pill>
        );
      })}
      {choices.length > 1 && (
        <Anchor component="button" type="button" size="sm" onClick={() => onChange(withoutChoices(view))}>
          {t("clearAll")}
        </Anchor>
      )}
    </Group>
  );
}
