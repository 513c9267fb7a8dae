import { Badge, Card, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { addTexts, currentLanguage } from "../../i18n";
import { MarkedText } from "../MarkedText";
import en from "./en.json";
import { SupportedTextsDocument } from "./Supports.generated";
import zh from "./zh.json";

addTexts("supports", { en, zh });

export interface Support {
  record: string;
  origin: string;
  extractor: string;
  version: string;
  confidence: number;
  run: string;
  field: string | null;
  start: number | null;
  end: number | null;
  original: string | null;
  rule: string | null;
}

interface Props {
  supports: readonly Support[];
  /** Product whose texts hold the spans. */
  productKey: string | null;
}

/** The records that say a fact, each with the run that read it and the words that say it. */
export function Supports({ supports, productKey }: Props) {
  const { t } = useTranslation("supports");
  const inText = supports.some((one) => one.start !== null);
  const [{ data }] = useQuery({
    query: SupportedTextsDocument,
    variables: { key: productKey ?? "" },
    pause: !productKey || !inText,
  });
  const texts: Record<string, string | null | undefined> = data?.product ?? {};
  const percent = new Intl.NumberFormat(currentLanguage(), { style: "percent", maximumFractionDigits: 1 });
  return (
    <Stack gap="xs" component="section" aria-label={t("title")}>
      <Text size="sm" fw={600}>
        {t("title")}
      </Text>
      {supports.map((one) => (
        <Card key={`${one.record} ${one.extractor}`} withBorder padding="xs">
          <Group gap="xs">
            <Badge
              size="sm"
              variant={one.origin === "IMPUTED" ? "outline" : "light"}
              color={one.origin === "IMPUTED" ? "grape" : undefined}
              tt="none"
            >
              {t(`origins.${one.origin}`, { defaultValue: one.origin })}
            </Badge>
            <Text size="sm">
              {t("confidence")} {percent.format(one.confidence)}
            </Text>
          </Group>
          <Line name={t("record")} value={one.record} />
          <Line name={t("reader")} value={`${one.extractor} ${one.version}`} />
          <Line name={t("run")} value={one.run} />
          {one.original && (
            <Line
              name={t("written")}
              value={one.rule ? `${one.original} (${t("rule", { rule: one.rule })})` : one.original}
            />
          )}
          {one.field && one.start !== null && one.end !== null && texts[one.field] && (
            <Text size="sm" mt={4}>
              <Text span size="xs" c="dimmed" display="block">
                {t("where", { field: one.field })}
              </Text>
              <MarkedText {...around(texts[one.field]!, one.start, one.end)} />
            </Text>
          )}
        </Card>
      ))}
    </Stack>
  );
}

function Line({ name, value }: { name: string; value: string }) {
  return (
    <Text size="xs" mt={2} lineClamp={2} title={value}>
      <Text span inherit c="dimmed">
        {name}{" "}
      </Text>
      {value}
    </Text>
  );
}

const NEAR = 120;

/** A text cut to the words around a span; places count code points. */
export function around(text: string, start: number, end: number) {
  const characters = [...text];
  const from = Math.max(0, start - NEAR);
  const to = Math.min(characters.length, end + NEAR);
  const before = from > 0 ? "…" : "";
  return {
    text: `${before}${characters.slice(from, to).join("")}${to < characters.length ? "…" : ""}`,
    spans: [{ start: start - from + before.length, end: end - from + before.length }],
  };
}
