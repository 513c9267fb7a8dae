import { Anchor, Badge, Box, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Loaded } from "../../components/Loaded";
import { currentLanguage } from "../../i18n";
import { FeedRunsDocument, type FeedRunsQuery } from "./Runs.generated";

type Run = FeedRunsQuery["runs"]["nodes"][number];
export type Counts = { readonly [name: string]: unknown };

const COLOURS: Record<string, string> = {
  running: "blue",
  finished: "green",
  failed: "red",
  cancelled: "orange",
  killed: "red",
  "rolled back": "gray",
};

export function StatusBadge({ status }: { status: string | null }) {
  const { t } = useTranslation("feeds");
  const name = status ?? "running";
  return (
    <Badge variant="light" color={COLOURS[name] ?? "gray"} tt="none">
      {t(`status.${name}`, { defaultValue: name })}
    </Badge>
  );
}

/** The name of what a run read: its file, else its kind. */
export function nameOf(run: { kind: string; counts: unknown }, kind: string): string {
  const files = (run.counts as Counts | null)?.files as string[][] | undefined;
  return files?.[0]?.[0]?.split("/").at(-1) ?? kind;
}

export function countOf(run: { counts: unknown; progress: unknown }, name: string): number | undefined {
  const found = (run.counts as Counts | null)?.[name] ?? (run.progress as Counts | null)?.[name];
  return typeof found === "number" ? found : undefined;
}

export function TimeText({ time }: { time: string | null }) {
  if (!time) return null;
  const format = new Intl.DateTimeFormat(currentLanguage(), { dateStyle: "medium", timeStyle: "short" });
  return <time dateTime={time}>{format.format(new Date(time))}</time>;
}

/** The latest runs, newest first. */
export function RunList() {
  const { t } = useTranslation("feeds");
  const runs = useQuery({
    query: FeedRunsDocument,
    variables: { first: 20 },
    requestPolicy: "cache-and-network",
  });
  return (
    <Loaded query={runs}>
      {({ runs: { nodes } }) =>
        nodes.length ? (
          <Box style={{ overflowX: "auto" }} tabIndex={0} role="region" aria-label={t("runs")}>
            <Table highlightOnHover verticalSpacing="xs">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("feed")}</Table.Th>
                  <Table.Th>{t("state")}</Table.Th>
                  <Table.Th>{t("started")}</Table.Th>
                  <Table.Th ta="end">{t("counts.written")}</Table.Th>
                  <Table.Th ta="end">{t("counts.unchanged")}</Table.Th>
                  <Table.Th ta="end">{t("counts.rejected")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {nodes.map((run) => (
                  <Row key={run.key} run={run} />
                ))}
              </Table.Tbody>
            </Table>
          </Box>
        ) : (
          <Text c="dimmed">{t("noRuns")}</Text>
        )
      }
    </Loaded>
  );
}

function Row({ run }: { run: Run }) {
  const { t } = useTranslation("feeds");
  const kind = t(`kinds.${run.kind}`, { defaultValue: run.kind });
  const number = new Intl.NumberFormat(currentLanguage());
  const cell = (name: string) => {
    const found = countOf(run, name);
    return <Table.Td ta="end">{found === undefined ? "" : number.format(found)}</Table.Td>;
  };
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} to={`/feeds/runs/${run.key.replace("run:", "")}` as never} fw={600}>
          {nameOf(run, kind)}
        </Anchor>
        <Text size="xs" c="dimmed">
          {kind}
        </Text>
      </Table.Td>
      <Table.Td>
        <StatusBadge status={run.status} />
      </Table.Td>
      <Table.Td>
        <TimeText time={run.started} />
      </Table.Td>
      {cell("written")}
      {cell("unchanged")}
      {cell("rejected")}
    </Table.Tr>
  );
}
