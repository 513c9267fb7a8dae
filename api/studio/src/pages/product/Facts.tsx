import {
  ActionIcon,
  Anchor,
  Badge,
  Code,
  Group,
  Progress,
  Stack,
  Table,
  Text,
  Title,
} from "@mantine/core";
import { IconHelpCircle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { labelAttribute } from "../../components/attributes";
import { MarkedText } from "../../components/MarkedText";
import { SidePanel } from "../../components/SidePanel";
import { useSession } from "../../data/session";
import { formatDate, formatNumber } from "../../i18n";
import type { Product } from ".";
import { cutSentence } from "./evidence";
import { ProductEvidenceDocument } from "./Evidence.generated";
import { type Evidence, type Fact, listFacts, type Support, supportsOf, textOf } from "./facts";
import classes from "./Product.module.css";

/** What is known of a product, and of each fact, why it is here; guesses of models apart. */
export function Facts({ product }: { product: Product }) {
  const { t } = useTranslation("product");
  const { may } = useSession();
  const explained = may("operations:read");
  const [{ data }] = useQuery({
    query: ProductEvidenceDocument,
    variables: { key: product.key },
    pause: !explained,
  });
  const [asked, ask] = useState<Fact>();
  const facts = listFacts(product, data?.product);
  const stated = facts.filter((fact) => fact.guessed === undefined);
  const guessed = facts.filter((fact) => fact.guessed !== undefined);
  if (facts.length === 0) return <div />;
  const onAsk = explained ? ask : undefined;
  return (
    <Stack component="section" gap="sm" aria-label={t("facts")}>
      <Title order={3} size="h4">
        {t("facts")}
      </Title>
      {stated.length > 0 && <FactTable label={t("facts")} facts={stated} onAsk={onAsk} />}
      {guessed.length > 0 && (
        <Stack gap={4}>
          <Text size="sm" c="dimmed">
            {t("guessed")}
          </Text>
          <FactTable label={t("guessed")} facts={guessed} onAsk={onAsk} />
        </Stack>
      )}
      <SidePanel
        position="right"
        opened={!!asked}
        onClose={() => ask(undefined)}
        title={asked && `${nameFact(t, asked)}: \u2068${asked.label}\u2069`}
      >
        {asked && data?.product && <Why fact={asked} evidence={data.product} />}
      </SidePanel>
    </Stack>
  );
}

type Translate = ReturnType<typeof useTranslation<"product">>["t"];

function nameFact(t: Translate, { relation, attribute }: Fact): string {
  return relation === attribute
    ? t(`relation.${relation}`, { defaultValue: relation.toLowerCase().replaceAll("_", " ") })
    : labelAttribute(attribute);
}

function FactTable({ label, facts, onAsk }: { label: string; facts: Fact[]; onAsk?: (fact: Fact) => void }) {
  const { t } = useTranslation("product");
  return (
    <Table aria-label={label} verticalSpacing={6} withRowBorders>
      <Table.Tbody>
        {facts.map((fact) => {
          const name = nameFact(t, fact);
          return (
            <Table.Tr
              key={`${fact.relation} ${fact.tail}`}
              className={fact.guessed === undefined ? undefined : classes.imputed}
            >
              <Table.Th scope="row" w="38%" fw={500} c="dimmed">
                {name}
              </Table.Th>
              <Table.Td className={classes.text} dir="auto">
                {fact.search ? (
                  <Anchor component={Link} to="/shop" search={fact.search as never} size="sm">
                    {fact.label}
                  </Anchor>
                ) : (
                  fact.label
                )}{" "}
                {fact.guessed !== undefined && (
                  <Badge size="xs" variant="light" color="gray">
                    {t("sure", { percent: formatNumber(100 * fact.guessed) })}
                  </Badge>
                )}
              </Table.Td>
              {onAsk && (
                <Table.Td w={40}>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={t("whyHere", { fact: `${name}: \u2068${fact.label}\u2069` })}
                    onClick={() => onAsk(fact)}
                  >
                    <IconHelpCircle size={18} stroke={1.6} aria-hidden />
                  </ActionIcon>
                </Table.Td>
              )}
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}

/** The records that say so, or the model that guessed it. */
function Why({ fact, evidence }: { fact: Fact; evidence: Evidence }) {
  const { t } = useTranslation("product");
  const supports = supportsOf(evidence, fact);
  return (
    <Stack gap="lg">
      <Text size="sm">
        {fact.guessed === undefined ? t("why.stated", { count: supports.length }) : t("why.guessed")}
      </Text>
      {supports.map((support) => (
        <Record
          key={`${support.record} ${support.extractor} ${support.field} ${support.start}`}
          support={support}
          text={textOf(evidence, support)}
        />
      ))}
    </Stack>
  );
}

function Record({ support, text }: { support: Support; text: string | null }) {
  const { t } = useTranslation("product");
  const { start, end } = support;
  const cut = text && start !== null && end !== null ? cutSentence(text, { start, end }) : null;
  const [, feed = "", id = ""] = /^source:(.*):([^:]*)$/.exec(support.record) ?? [];
  const rows: [string, string | null][] = [
    ["feed", feed],
    ["record", id],
    ["field", support.field],
    ["reader", `${support.extractor} · ${support.version}`],
    ["model", support.model],
    ["original", support.original],
    ["rule", support.rule],
    ["run", support.run],
    ["since", support.validFrom && formatDate(support.validFrom)],
  ];
  return (
    <Stack gap="xs">
      <Group justify="space-between" wrap="nowrap">
        <Badge variant="light" color={support.origin === "IMPUTED" ? "gray" : "indigo"}>
          {t(`origin.${support.origin}`, { defaultValue: support.origin })}
        </Badge>
        <Group gap={6} wrap="nowrap" flex="0 0 130px" justify="end">
          <Progress value={100 * support.confidence} w={60} aria-hidden />
          <Text size="xs">{t("sure", { percent: formatNumber(100 * support.confidence) })}</Text>
        </Group>
      </Group>
      {cut && (
        <Text size="sm" className={classes.sentence}>
          <MarkedText text={cut.text} spans={[cut.span]} />
        </Text>
      )}
      <Table verticalSpacing={2} horizontalSpacing={0} withRowBorders={false} fz="xs">
        <Table.Tbody>
          {rows
            .filter(([, value]) => value)
            .map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" w="34%" fw={400} c="dimmed">
                  {t(`record.${name}`)}
                </Table.Th>
                <Table.Td className={classes.text}>
                  {name === "run" ? <Code>{value}</Code> : value}
                </Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}
