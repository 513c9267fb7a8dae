import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { formatNumber } from "../i18n";
import classes from "./Stars.module.css";

interface Props {
  /** 0 to 5; null draws nothing. */
  value: number | null;
  /** Number of ratings, in brackets behind the stars. */
  count?: number;
  size?: "sm" | "md" | "xl";
}

/** A mean rating as stars, the last one in part. */
export function Stars({ value, count, size = "sm" }: Props) {
  const { t } = useTranslation();
  if (value === null) return null;
  return (
    <Group gap={6} wrap="nowrap" component="span" display="inline-flex">
      <Text component="span" size={size} className={classes.stars} role="img" aria-label={t("stars", { value: formatNumber(value, 1) })}>
        <span aria-hidden>★★★★★</span>
        <span aria-hidden className={classes.filled} style={{ width: `${(Math.min(5, Math.max(0, value)) / 5) * 100}%` }}>
          ★★★★★
        </span>
      </Text>
      {count !== undefined && (
        <Text component="span" size="xs" c="dimmed">
          ({formatNumber(count)})
        </Text>
      )}
    </Group>
  );
}
