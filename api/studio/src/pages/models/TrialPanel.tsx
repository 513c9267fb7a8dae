import { Progress, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Loaded } from "../../components/Loaded";
import { Figure, Panel } from "../../components/Panel";
import type { ModelKind } from "../../data/schema";
import { currentLanguage } from "../../i18n";
import { ModelAtWorkDocument, type ModelAtWorkQuery } from "./Models.generated";

const COUNTED: Record<string, ModelKind> = { preference: "PREFERENCE", ranker: "RANKER", text: "TEXT" };

/** Champion against challenger: what shoppers did with the lists of each version. */
export function TrialPanel({ kind }: { kind: string }) {
  const { t } = useTranslation("models");
  const feedback = COUNTED[kind];
  const found = useQuery({
    query: ModelAtWorkDocument,
    variables: { kind, feedback: feedback ?? "PREFERENCE", counted: feedback !== undefined },
  });
  return (
    <Panel title={t("trial.title")} hint={t("trial.hint")}>
      <Loaded query={found} lines={4}>
        {({ modelTrial, modelFeedback }) => (
          <Stack>
            {modelTrial ? <Votes trial={modelTrial} /> : <Text c="dimmed">{t("trial.none")}</Text>}
            {modelFeedback && <Feedback rows={modelFeedback} />}
          </Stack>
        )}
      </Loaded>
    </Panel>
  );
}

function Votes({ trial }: { trial: NonNullable<ModelAtWorkQuery["modelTrial"]> }) {
  const { t } = useTranslation("models");
  const votes = trial.liveVotes + trial.rivalVotes;
  const share = votes ? (100 * trial.liveVotes) / votes : 50;
  return (
    <Stack gap="xs">
      <SimpleGrid cols={2}>
        <Figure label={t("trial.champion", { version: trial.live })} value={trial.liveVotes.toLocaleString()} note={t("trial.votes")} />
        <Figure label={t("trial.challenger", { version: trial.rival })} value={trial.rivalVotes.toLocaleString()} note={t("trial.votes")} />
      </SimpleGrid>
      <Progress.Root size="lg" aria-hidden>
        <Progress.Section value={share} color="indigo" />
        <Progress.Section value={100 - share} color="orange" />
      </Progress.Root>
      <Text size="sm" c="dimmed">
        {t("trial.since", { day: new Date(trial.started).toLocaleDateString(currentLanguage()), lists: trial.lists.toLocaleString() })}
      </Text>
    </Stack>
  );
}

function Feedback({ rows }: { rows: NonNullable<ModelAtWorkQuery["modelFeedback"]> }) {
  const { t } = useTranslation("models");
  const percent = (share: number | null) => (share === null ? "–" : `${(100 * share).toFixed(1)} %`);
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("versions.version")}</Table.Th>
          <Table.Th ta="right">{t("trial.lists")}</Table.Th>
          <Table.Th ta="right">{t("trial.clicked")}</Table.Th>
          <Table.Th ta="right">{t("trial.bought")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((one) => (
          <Table.Tr key={one.version}>
            <Table.Td>
              {one.version}
              {one.live && ` (${t("live")})`}
            </Table.Td>
            <Table.Td ta="right">{one.lists.toLocaleString()}</Table.Td>
            <Table.Td ta="right">{percent(one.clickThrough)}</Table.Td>
            <Table.Td ta="right">{percent(one.conversion)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
