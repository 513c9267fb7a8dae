import { Badge, Checkbox, Text, UnstyledButton } from "@mantine/core";
import { IconCheck, IconPencil, IconX } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import classes from "./Review.module.css";
import type { Entry } from "./useReview";
import { kindName, summary } from "./words";

interface Props {
  entries: Entry[];
  current: number;
  selected: ReadonlySet<string>;
  onOpen: (place: number) => void;
  /** Left out where nothing can be selected. */
  onToggle?: (key: string) => void;
}

/** What the reviewer holds, one line each; the open one is marked and kept in view. */
export function ItemList({ entries, current, selected, onOpen, onToggle }: Props) {
  const { t } = useTranslation("review");
  const open = useRef<HTMLDivElement>(null);
  useEffect(() => {
    open.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [current]);
  return (
    <div className={classes.list} role="group" aria-label={t("items")} tabIndex={0}>
      {entries.map(({ item, decision }, place) => (
        <div
          key={item.key}
          ref={place === current ? open : undefined}
          className={classes.row}
          data-current={place === current || undefined}
        >
          {onToggle && (
            <Checkbox
              size="xs"
              aria-label={t("select", { name: summary(item) })}
              checked={selected.has(item.key)}
              disabled={decision !== undefined}
              onChange={() => onToggle(item.key)}
            />
          )}
          <UnstyledButton
            className={classes.open}
            aria-current={place === current}
            onClick={() => onOpen(place)}
          >
            <Text className={classes.summary} component="span" size="sm" lineClamp={2} dir="auto">
              {summary(item)}
            </Text>
            <Text component="span" size="xs" c="dimmed" lineClamp={1}>
              {[item.attribute ?? kindName(t, item.kind), item.category].filter(Boolean).join(" · ")}
            </Text>
          </UnstyledButton>
          {decision ? (
            <Mark verdict={decision.verdict} />
          ) : (
            <Badge variant="light" color="gray" size="sm">
              {Math.round(item.confidence * 100)}
            </Badge>
          )}
        </div>
      ))}
    </div>
  );
}

function Mark({ verdict }: { verdict: string }) {
  const { t } = useTranslation("review");
  const label = t(`decided.${verdict.toLowerCase()}`, { correction: "" });
  if (verdict === "ACCEPT")
    return <IconCheck size={18} color="var(--mantine-color-teal-6)" aria-label={label} role="img" />;
  if (verdict === "REJECT")
    return <IconX size={18} color="var(--mantine-color-red-6)" aria-label={label} role="img" />;
  return <IconPencil size={18} color="var(--mantine-color-indigo-6)" aria-label={label} role="img" />;
}
