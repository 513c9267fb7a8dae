// The time that insights are about, and what of them is shown: in the address.
import { Group, NativeSelect, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { TextSource } from "../../data/schema";

export interface InsightsView {
  tab: string;
  /** Key of a brand or category. */
  subject: string;
  weeks: number;
  /** Last day, as YYYY-MM-DD; empty for today. */
  until: string;
  source: TextSource;
}

export const FIRST_VIEW: InsightsView = { tab: "shop", subject: "", weeks: 13, until: "", source: "REVIEWS" };
export type Change = (part: Partial<InsightsView>, options?: { replace?: boolean }) => void;

/** The arguments of the API for a view's time; the last day counts whole. */
export function periodOf({ weeks, until }: InsightsView) {
  return { weeks, days: Math.min(weeks * 7, 366), until: until ? `${until}T23:59:59Z` : null };
}

export function PeriodFields({ view, change }: { view: InsightsView; change: Change }) {
  const { t } = useTranslation("insights");
  return (
    <Group gap="sm">
      <NativeSelect
        label={t("weeks")}
        value={String(view.weeks)}
        data={[4, 8, 13, 26, 52].map((count) => ({ value: String(count), label: t("weekCount", { count }) }))}
        onChange={(event) => change({ weeks: Number(event.currentTarget.value) }, { replace: true })}
      />
      <TextInput
        type="date"
        label={t("until")}
        value={view.until}
        onChange={(event) => change({ until: event.currentTarget.value }, { replace: true })}
      />
    </Group>
  );
}
