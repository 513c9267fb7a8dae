// What an item rests on: records, alone or side by side, and what its score is made of.
import { Group, Progress, Stack, Table, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ProductPicture } from "../../components/ProductPicture";
import { Waterfall } from "../../components/Waterfall";
import classes from "./Review.module.css";
import type { ReviewCaseFragment } from "./Review.generated";
import { featureName, fieldName } from "./words";

type Record_ = ReviewCaseFragment["records"][number];

/** One record with its picture, and in a few lines what else is known. */
export function OneRecord({ record }: { record: Record_ }) {
  const { t } = useTranslation("review");
  return (
    <Group align="flex-start" wrap="nowrap">
      <div className={classes.picture}>
        <ProductPicture title={record.title} url={record.imageUrl} />
      </div>
      <Stack gap={2}>
        <Text fw={600} dir="auto">
          {record.title}
        </Text>
        {record.fields
          .filter((field) => field.name !== "description")
          .slice(0, 5)
          .map((field) => (
            <Text key={field.name + field.text} size="sm" c="dimmed">
              {fieldName(t, field.name)}: <bdi>{field.text}</bdi>
            </Text>
          ))}
      </Stack>
    </Group>
  );
}

/** Two records field by field; what differs is marked. */
export function TwoRecords({ left, right }: { left: Record_; right: Record_ }) {
  const { t } = useTranslation("review");
  const rows = pairFields(left, right);
  return (
    <Table className={classes.pair} withTableBorder verticalSpacing="xs" captionSide="top">
      <Table.Thead>
        <Table.Tr>
          <Table.Th w="18%">{t("field")}</Table.Th>
          {[left, right].map((record) => (
            <Table.Th key={record.key}>
              <Group wrap="nowrap" align="flex-start" gap="sm">
                <div className={classes.picture}>
                  <ProductPicture title={record.title} url={record.imageUrl} />
                </div>
                <Text fw={600} dir="auto" size="sm">
                  {record.title}
                </Text>
              </Group>
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={row.name} className={row.differs ? classes.differs : undefined}>
            <Table.Th scope="row">{fieldName(t, row.name)}</Table.Th>
            {[row.left, row.right].map((text, side) => (
              <Table.Td key={side}>
                {text === null ? (
                  <Text size="sm" c="dimmed" fs="italic">
                    {t("unsaid")}
                  </Text>
                ) : (
                  <Text size="sm" dir="auto" lineClamp={4}>
                    {text}
                  </Text>
                )}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

interface FieldPair {
  name: string;
  left: string | null;
  right: string | null;
  differs: boolean;
}

/** The fields of two records beside each other, in the order of the left one. */
export function pairFields(left: Record_, right: Record_): FieldPair[] {
  const texts = (record: Record_) => {
    const found = new Map<string, string>();
    for (const { name, text } of record.fields)
      found.set(name, found.has(name) ? `${found.get(name)}, ${text}` : text);
    return found;
  };
  const [a, b] = [texts(left), texts(right)];
  return [...new Set([...a.keys(), ...b.keys()])].map((name) => {
    const [x, y] = [a.get(name) ?? null, b.get(name) ?? null];
    const differs = x !== null && y !== null && x.toLowerCase() !== y.toLowerCase();
    return { name, left: x, right: y, differs };
  });
}

/** What the score rests on: a waterfall of contributions, or bars of similarities. */
export function ScoreParts({ item }: { item: ReviewCaseFragment }) {
  const { t } = useTranslation("review");
  const known = item.features.filter((feature) => feature.contribution !== null);
  const alike = item.features.filter(
    (feature) => feature.contribution === null && feature.value !== null,
  );
  return (
    <>
      {known.length > 0 && (
        <Stack gap="xs">
          <Title order={3} size="h5">
            {t("scoreOf")}
          </Title>
          {known.length === 1 ? (
            <Text size="sm">{featureName(t, known[0]?.name ?? "")}</Text>
          ) : (
            <Waterfall
            label={t("scoreOf")}
            steps={[
              ...(item.base ? [{ name: t("base"), value: item.base }] : []),
              ...known.map((feature) => ({
                name: featureName(t, feature.name),
                value: feature.contribution ?? 0,
              })),
            ]}
            heads={{ step: t("step"), value: t("contribution"), sum: t("sum") }}
          />
          )}
        </Stack>
      )}
      {alike.length > 0 && (
        <Stack gap="xs">
          <Title order={3} size="h5">
            {t("similarities")}
          </Title>
          {alike.map((feature) => {
            const percent = Math.round(100 * (feature.value ?? 0));
            return (
              <Group key={feature.name} gap="sm" wrap="nowrap">
                <Text size="sm" w={140}>
                  {featureName(t, feature.name)}
                </Text>
                <Progress
                  value={percent}
                  flex={1}
                  aria-label={featureName(t, feature.name)}
                  color={percent >= 80 ? "teal" : percent >= 50 ? "indigo" : "orange"}
                />
                <Text size="sm" w={56} ta="end">
                  {percent} %
                </Text>
              </Group>
            );
          })}
        </Stack>
      )}
    </>
  );
}
