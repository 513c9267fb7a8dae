import { Alert, Badge, Group, Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useQuery, useSubscription } from "urql";
import { Loaded } from "../../components/Loaded";
import { currentLanguage } from "../../i18n";
import { LatestRunsDocument, type LatestRunsQuery, OneRunDocument } from "./Models.generated";

type Run = LatestRunsQuery["runs"]["nodes"][number];
const RUNNING = "running";
const COLOURS: Record<string, string> = { finished: "green", running: "blue", failed: "red", cancelled: "orange" };

/** What trained and wrote lately; running ones with their progress, live. */
export function Runs() {
  const { t } = useTranslation("models");
  const found = useQuery({ query: LatestRunsDocument, requestPolicy: "cache-and-network" });
  return (
    <Loaded query={found} lines={8}>
      {({ runs }) =>
        runs.nodes.length ? (
          <Stack>
            {runs.nodes
              .filter((run) => run.status === RUNNING)
              .map((run) => (
                <LiveRun key={run.key} run={run} />
              ))}
            <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("runs.run")}</Table.Th>
                    <Table.Th>{t("runs.kind")}</Table.Th>
                    <Table.Th>{t("runs.status")}</Table.Th>
                    <Table.Th>{t("runs.started")}</Table.Th>
                    <Table.Th>{t("runs.took")}</Table.Th>
                    <Table.Th>{t("runs.report")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {runs.nodes.map((run) => (
                    <RunRow key={run.key} run={run} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          </Stack>
        ) : (
          <Text c="dimmed">{t("runs.none")}</Text>
        )
      }
    </Loaded>
  );
}

function LiveRun({ run }: { run: Run }) {
  const { t } = useTranslation("models");
  const [{ data, error }] = useSubscription({ query: OneRunDocument, variables: { key: run.key } });
  const status = data?.runProgress.status ?? run.status ?? "";
  return (
    <Alert color={COLOURS[status] ?? "gray"} title={`${run.kind} · ${t(`status.${status}`, status)}`} role="status">
      {error ? (
        error.message
      ) : (
        <Group gap="lg">
          {data?.runProgress.progress.map((one) => (
            <Text key={one.name} size="sm">
              {one.name}: <b>{one.value}</b>
            </Text>
          ))}
        </Group>
      )}
    </Alert>
  );
}

function RunRow({ run }: { run: Run }) {
  const { t } = useTranslation("models");
  const status = run.status ?? "";
  const took = run.started && run.finished ? (Date.parse(run.finished) - Date.parse(run.started)) / 1000 : undefined;
  const counts = Object.entries((run.counts ?? {}) as Record<string, unknown>).filter(([, value]) => typeof value === "number" && value !== 0);
  return (
    <Table.Tr>
      <Table.Td>{run.key.slice(4)}</Table.Td>
      <Table.Td>{run.kind}</Table.Td>
      <Table.Td>
        <Badge variant="light" color={COLOURS[status] ?? "gray"} tt="none">
          {t(`status.${status}`, status)}
        </Badge>
      </Table.Td>
      <Table.Td>{run.started && new Date(run.started).toLocaleString(currentLanguage())}</Table.Td>
      <Table.Td>{took !== undefined && t("runs.seconds", { seconds: took.toFixed(1) })}</Table.Td>
      <Table.Td>
        <Text size="sm" lineClamp={2}>
          {run.error ?? counts.map(([name, value]) => `${name} ${(value as number).toLocaleString()}`).join(", ")}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}
