import {
  Alert,
  Badge,
  Box,
  Button,
  Code,
  Group,
  JsonInput,
  List,
  MultiSelect,
  Select,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { IconBraces, IconRestore } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./feeds.module.css";
import type { FeedProposalQuery } from "./Feeds.generated";
import { type ColumnField, columnsOf, type Mapping, shownFields, withColumns } from "./mapping";

type Proposal = FeedProposalQuery["feedProposal"];
type Columns = readonly { name: string; samples: readonly string[] }[];

interface Props {
  proposal?: Proposal;
  mapping: Mapping;
  change: (mapping: Mapping) => void;
  columns: Columns;
}

/** The mapping line by line, each with its reason and samples, corrected by choosing columns. */
export function MappingEditor({ proposal, mapping, change, columns }: Props) {
  const { t } = useTranslation("feeds");
  const [asJson, setAsJson] = useState(!proposal);
  const hidden = proposal?.fields.filter((one) => !one.required && mapping[one.name] === undefined) ?? [];
  const [added, setAdded] = useState<string[]>([]);
  const shown = proposal
    ? [
        ...shownFields(proposal.fields, mapping),
        ...hidden.filter((one) => added.includes(one.name)),
      ]
    : [];
  return (
    <Stack gap="sm">
      {proposal && <Findings proposal={proposal} />}
      {asJson ? (
        <JsonMapping mapping={mapping} change={change} />
      ) : (
        <>
          <Group align="start">
            <TextInput
              label={t("source")}
              description={t("sourceHint")}
              value={String(mapping.source ?? "")}
              onChange={(event) => change({ ...mapping, source: event.currentTarget.value })}
            />
            {mapping.price !== undefined && (
              <TextInput
                label={t("currency")}
                description={t("currencyHint")}
                placeholder="EUR"
                maxLength={3}
                value={String(mapping.currency ?? "")}
                onChange={(event) => {
                  const { currency: _, ...others } = mapping;
                  const code = event.currentTarget.value.toUpperCase();
                  change(code ? { ...others, currency: code } : others);
                }}
              />
            )}
          </Group>
          <div>
            {shown.map((field) => (
              <FieldLine
                key={field.name}
                field={field}
                mapping={mapping}
                change={change}
                columns={columns}
                proposal={proposal}
              />
            ))}
          </div>
          <Group>
            <Select
              aria-label={t("addField")}
              placeholder={t("addField")}
              data={hidden
                .filter((one) => !added.includes(one.name))
                .map((one) => ({ value: one.name, label: t(`fields.${one.name}`, { defaultValue: one.name }) }))}
              value={null}
              onChange={(name) => name && setAdded([...added, name])}
              searchable
            />
            {proposal && (
              <Button
                variant="subtle"
                leftSection={<IconRestore size={16} />}
                onClick={() => change(proposal.mapping as Mapping)}
              >
                {t("restore")}
              </Button>
            )}
          </Group>
        </>
      )}
      {proposal && (
        <Group>
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<IconBraces size={16} />}
            onClick={() => setAsJson(!asJson)}
          >
            {asJson ? t("asFields") : t("asJson")}
          </Button>
        </Group>
      )}
      {proposal && proposal.unused.length > 0 && (
        <details>
          <Text component="summary" size="sm" fw={600}>
            {t("unused", { count: proposal.unused.length })}
          </Text>
          <List size="sm">
            {proposal.unused.map((one) => (
              <List.Item key={one.column}>
                <Code>{one.column}</Code> {one.why}
              </List.Item>
            ))}
          </List>
        </details>
      )}
    </Stack>
  );
}

function Findings({ proposal }: { proposal: Proposal }) {
  const { t } = useTranslation("feeds");
  return (
    <>
      <Text c="dimmed" size="sm">
        {proposal.shipped ? t("shipped", { name: proposal.shipped }) : t("inferred")}
      </Text>
      {proposal.warnings.map((warning) => (
        <Alert key={warning} color="yellow">
          {warning}
        </Alert>
      ))}
    </>
  );
}

interface LineProps extends Props {
  field: ColumnField;
}

function FieldLine({ field, mapping, change, columns, proposal }: LineProps) {
  const { t } = useTranslation("feeds");
  const label = t(`fields.${field.name}`, { defaultValue: field.name });
  const chosen = columnsOf(mapping, field.name);
  const names = [...new Set([...columns.map(({ name }) => name), ...(chosen ?? [])])];
  const samples = (chosen ?? []).flatMap(
    (name) => columns.find((column) => column.name === name)?.samples.slice(0, 2) ?? [],
  );
  const common = { "aria-label": t("columnsOf", { field: label }), data: names, searchable: true };
  return (
    <Box className={classes.line}>
      <Group gap={6}>
        <Text fw={600}>{label}</Text>
        {field.required && (
          <Badge size="xs" variant="light" tt="none">
            {t("required")}
          </Badge>
        )}
      </Group>
      {chosen === undefined ? (
        <Code block className={classes.rule} tabIndex={0}>
          {JSON.stringify(mapping[field.name], null, 1)}
        </Code>
      ) : field.several ? (
        <MultiSelect
          {...common}
          value={chosen}
          onChange={(value) => change(withColumns(mapping, field, value))}
        />
      ) : (
        <Select
          {...common}
          value={chosen[0] ?? null}
          onChange={(value) => change(withColumns(mapping, field, value ? [value] : []))}
          clearable={!field.required}
          error={field.required && !chosen.length}
        />
      )}
      <Stack gap={4}>
        <Reasons field={field.name} mapping={mapping} proposal={proposal} />
        {samples.length > 0 && (
          <Group gap={4}>
            {samples.slice(0, 3).map((sample, n) => (
              <Code key={n} dir="auto">
                {sample.length > 60 ? `${sample.slice(0, 60)}…` : sample}
              </Code>
            ))}
          </Group>
        )}
      </Stack>
    </Box>
  );
}

/** Why the proposal has it so; of a field in a list one line for each part. */
function Reasons({ field, mapping, proposal }: { field: string; mapping: Mapping; proposal?: Proposal }) {
  const { t } = useTranslation("feeds");
  const proposed = proposal?.mapping as Mapping | undefined;
  const lines = proposal?.lines.filter(
    (line) => line.reason && (line.field === field || line.field.startsWith(`${field}.`)),
  );
  if (JSON.stringify(proposed?.[field]) !== JSON.stringify(mapping[field]))
    return (
      <Text size="sm" c="dimmed" fs="italic">
        {t("yours")}
      </Text>
    );
  const different = new Set(lines?.map((line) => line.reason)).size > 1;
  return (different ? lines : lines?.slice(0, 1))?.slice(0, 6).map((line) => (
    <Text key={line.field} size="sm" c="dimmed">
      {different && line.columns[0] ? `${line.columns[0]}: ` : ""}
      {line.reason}
    </Text>
  ));
}

function JsonMapping({ mapping, change }: { mapping: Mapping; change: (mapping: Mapping) => void }) {
  const { t } = useTranslation("feeds");
  const [text, setText] = useState(() => JSON.stringify(mapping, null, 2));
  const [wrong, setWrong] = useState(false);
  return (
    <JsonInput
      label={t("mapping")}
      description={t("mappingHint")}
      autosize
      minRows={6}
      maxRows={24}
      value={text}
      error={wrong && t("noJson")}
      onChange={(value) => {
        setText(value);
        try {
          const read: unknown = JSON.parse(value);
          const good = typeof read === "object" && read !== null && !Array.isArray(read);
          setWrong(!good);
          if (good) change(read as Mapping);
        } catch {
          setWrong(true);
        }
      }}
    />
  );
}
