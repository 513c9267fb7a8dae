import { Alert, Badge, Button, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconTestPipe } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Loaded } from "../../components/Loaded";
import { MoneyText } from "../../components/MoneyText";
import { ProductPicture } from "../../components/ProductPicture";
import type { FeedContent, FeedInput } from "../../data/schema";
import { currentLanguage } from "../../i18n";
import { FeedDryRunDocument, type FeedDryRunQuery } from "./Feeds.generated";
import { Figures } from "./Figures";
import type { Mapping } from "./mapping";
import { RejectionTable } from "./RejectionTable";

type Trial = FeedDryRunQuery["feedDryRun"];
type DrawnRecord = Trial["records"][number];

interface Props {
  feed: FeedInput;
  kind: FeedContent;
  mapping: Mapping | null;
}

/** What a run would do with the mapping as it is; tried when asked for. */
export function DryRun({ feed, kind, mapping }: Props) {
  const { t } = useTranslation("feeds");
  const [tried, setTried] = useState<Mapping | null>();
  const language = currentLanguage() === "zh" ? ("ZH" as const) : ("EN" as const);
  const trial = useQuery({
    query: FeedDryRunDocument,
    variables: { feed, kind, mapping: tried ?? null, options: null, language },
    pause: tried === undefined,
    requestPolicy: "network-only",
  });
  const stale = tried !== undefined && JSON.stringify(tried) !== JSON.stringify(mapping);
  return (
    <Stack>
      <Group>
        <Button
          variant={tried === undefined || stale ? "light" : "default"}
          leftSection={<IconTestPipe size={18} />}
          loading={trial[0].fetching}
          onClick={() => {
            if (tried === undefined || stale) setTried(mapping);
            else trial[1]({ requestPolicy: "network-only" });
          }}
        >
          {t("try")}
        </Button>
        <Text c="dimmed" size="sm">
          {stale ? t("stale") : t("tryHint")}
        </Text>
      </Group>
      {tried !== undefined && (
        <Loaded query={trial} lines={5}>
          {({ feedDryRun }) => <Outcome trial={feedDryRun} />}
        </Loaded>
      )}
    </Stack>
  );
}

function Outcome({ trial }: { trial: Trial }) {
  const { t } = useTranslation("feeds");
  return (
    <Stack>
      <Figures
        figures={[
          { label: t("counts.rows"), value: trial.rows },
          { label: t("counts.wouldBeWritten"), value: trial.written, colour: "green" },
          { label: t("counts.unchanged"), value: trial.unchanged },
          { label: t("counts.withdrawn"), value: trial.withdrawn },
          { label: t("counts.superseded"), value: trial.superseded },
          { label: t("counts.skipped"), value: trial.skipped },
          { label: t("counts.rejected"), value: trial.rejected, colour: "red" },
          { label: t("counts.valuesDropped"), value: trial.valueRejections, colour: "orange" },
        ]}
      />
      {trial.warnings.map((warning) => (
        <Alert key={warning} color="yellow">
          {warning}
        </Alert>
      ))}
      {trial.records.length > 0 && (
        <>
          <Title order={4} size="h5">
            {t("firstRecords")}
          </Title>
          <SimpleGrid cols={{ base: 1, xs: 2, md: 3, xl: 5 }}>
            {trial.records.map((record) => (
              <RecordCard key={record.key} record={record} />
            ))}
          </SimpleGrid>
        </>
      )}
      {trial.rejections.length > 0 && (
        <>
          <Title order={4} size="h5">
            {t("rejected")}
          </Title>
          <RejectionTable rows={trial.rejections} />
        </>
      )}
    </Stack>
  );
}

type Properties = Readonly<Record<string, unknown>>;

function text(properties: Properties, ...names: string[]): string | null {
  const found = names.map((name) => properties[name]).find((value) => value !== undefined);
  return found === undefined ? null : String(found);
}

/** A record as it would look in the shop. */
function RecordCard({ record }: { record: DrawnRecord }) {
  const properties = record.properties as Properties;
  const title = text(properties, "title", "text", "query", "kind", "id");
  const price = text(properties, "sale_price", "price", "rating", "total");
  const isPrice = properties.price !== undefined || properties.total !== undefined;
  const images = properties.images as unknown[] | undefined;
  const picture = text(properties, "image_url") ?? (images?.[0] ? String(images[0]) : null);
  const brand = record.facts.find((fact) => fact.relation === "HAS_BRAND");
  const others = record.facts.filter((fact) => fact !== brand);
  return (
    <Card withBorder padding="sm" component="article">
      {record.label === "Product" && <ProductPicture title={title} url={picture} />}
      <Text mt="xs" fw={600} lineClamp={2} dir="auto">
        {title}
      </Text>
      {brand && (
        <Text size="sm" c="dimmed">
          {brand.name}
        </Text>
      )}
      {price && (
        <Text fw={600}>
          {isPrice ? (
            <MoneyText money={{ amount: price, currencyCode: text(properties, "currency") }} />
          ) : (
            `★ ${price}`
          )}
        </Text>
      )}
      <Group gap={4} mt="xs">
        {others.slice(0, 6).map((fact) => (
          <Badge key={`${fact.relation} ${fact.name}`} variant="light" color="gray" tt="none" maw="100%" dir="auto">
            {fact.name}
          </Badge>
        ))}
      </Group>
    </Card>
  );
}
