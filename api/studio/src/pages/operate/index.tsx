import { Alert, Badge, Button, Code, Group, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Chart } from "../../components/Chart";
import { Loaded } from "../../components/Loaded";
import { Figure, Panel } from "../../components/Panel";
import { useSession } from "../../data/session";
import { addTexts, currentLanguage } from "../../i18n";
import en from "./en.json";
import { EraseShopper } from "./EraseShopper";
import { Keys } from "./Keys";
import { ServerChecksDocument, ServerStateDocument, type ServerStateQuery } from "./Operate.generated";
import zh from "./zh.json";

addTexts("operate", { en, zh });

type Server = ServerStateQuery["server"];

/** The server for its operators: health, slow statements, limits, keys, backup, erasing a shopper. */
export default function OperatePage() {
  const { t } = useTranslation("operate");
  const { may } = useSession();
  const found = useQuery({ query: ServerStateDocument, requestPolicy: "cache-and-network" });
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={2}>{t("title")}</Title>
        <Button variant="default" size="xs" loading={found[0].fetching} onClick={() => found[1]({ requestPolicy: "network-only" })}>
          {t("refresh")}
        </Button>
      </Group>
      <Loaded query={found} lines={10}>
        {({ server }) => (
          <>
            <Limits server={server} />
            <SimpleGrid cols={{ base: 1, lg: 2 }}>
              <Readiness />
              <Backup backup={server.lastBackup} />
            </SimpleGrid>
            <Checks />
            <Statements statements={server.statements} />
            <Keys server={server} refresh={() => found[1]({ requestPolicy: "network-only" })} />
          </>
        )}
      </Loaded>
      {may("users:erase") && may("user:read") && <EraseShopper />}
    </Stack>
  );
}

function Limits({ server }: { server: Server }) {
  const { t } = useTranslation("operate");
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }}>
      <Figure label={t("version")} value={server.version} />
      <Figure label={t("authentication")} value={t(server.authentication ? "on" : "off")} note={server.authentication ? undefined : t("loopback")} />
      <Figure label={t("rate")} value={server.rate ?? t("none")} note={t("rateNote")} />
      <Figure label={t("cost")} value={server.cost.toLocaleString()} note={t("costNote")} />
    </SimpleGrid>
  );
}

interface Ready {
  status: string;
  reasons?: string[];
  models?: Record<string, number> | string[];
  search?: string;
}

/** What `/readyz` answers, which load balancers ask. */
function Readiness() {
  const { t } = useTranslation("operate");
  const [ready, setReady] = useState<Ready>();
  useEffect(() => {
    let ended = false;
    const look = () =>
      fetch("/readyz")
        .then((answer) => answer.json() as Promise<Ready>)
        .catch(() => ({ status: "unavailable", reasons: [t("ready.away")] }))
        .then((now) => !ended && setReady(now));
    void look();
    const timer = setInterval(() => void look(), 15_000);
    return () => {
      ended = true;
      clearInterval(timer);
    };
  }, [t]);
  return (
    <Panel title={t("ready.title")} hint={t("ready.hint")}>
      {ready && (
        <Stack gap="xs" role="status">
          <Badge size="lg" tt="none" variant="light" color={ready.status === "ready" ? "green" : "red"}>
            {t(ready.status === "ready" ? "ready.yes" : "ready.no")}
          </Badge>
          {ready.reasons?.map((reason) => (
            <Text key={reason}>{reason}</Text>
          ))}
          {ready.search && <Text size="sm">{t("ready.search", { search: ready.search })}</Text>}
        </Stack>
      )}
    </Panel>
  );
}

function Backup({ backup }: { backup: Server["lastBackup"] }) {
  const { t } = useTranslation("operate");
  return (
    <Panel title={t("backup.title")} hint={t("backup.hint")}>
      {backup ? (
        <Stack gap={4}>
          <Text fw={600}>{new Date(backup.created).toLocaleString(currentLanguage())}</Text>
          <Text size="sm">
            {t("backup.figures", {
              nodes: backup.nodes.toLocaleString(),
              relations: backup.relations.toLocaleString(),
              megabytes: backup.megabytes.toFixed(1),
            })}
          </Text>
          <Code>{backup.file}</Code>
        </Stack>
      ) : (
        <Alert color="yellow" title={t("backup.none")}>
          <Stack gap="xs" align="start">
            {t("backup.how")}
            <Code>catalograph backup FILE</Code>
          </Stack>
        </Alert>
      )}
    </Panel>
  );
}

/** The checks of `catalograph doctor`, on demand: they take a second or more. */
function Checks() {
  const { t } = useTranslation("operate");
  const [asked, setAsked] = useState(false);
  const found = useQuery({ query: ServerChecksDocument, pause: !asked, requestPolicy: "network-only" });
  return (
    <Panel
      title={t("checks.title")}
      hint={t("checks.hint")}
      aside={
        <Button
          size="xs"
          variant="default"
          loading={found[0].fetching}
          onClick={() => (asked ? found[1]({ requestPolicy: "network-only" }) : setAsked(true))}
        >
          {t("checks.run")}
        </Button>
      }
    >
      {asked && (
        <Loaded query={found} lines={4}>
          {({ server }) => (
            <Table.ScrollContainer minWidth={480} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("checks.check")}</Table.Th>
                    <Table.Th>{t("checks.result")}</Table.Th>
                    <Table.Th>{t("checks.found")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {server.checks.map((one) => (
                    <Table.Tr key={one.name}>
                      <Table.Td>{one.name}</Table.Td>
                      <Table.Td>
                        <Badge variant="light" tt="none" color={one.ok ? "green" : "red"}>
                          {t(one.ok ? "checks.ok" : "checks.fails")}
                        </Badge>
                      </Table.Td>
                      <Table.Td>
                        {one.detail}
                        {one.remedy && <Text fw={600}>{one.remedy}</Text>}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )}
        </Loaded>
      )}
    </Panel>
  );
}

function Statements({ statements }: { statements: Server["statements"] }) {
  const { t } = useTranslation("operate");
  const shown = statements.slice(0, 15);
  const milliseconds = (seconds: number) => Math.round(seconds * 1000);
  return (
    <Panel title={t("statements.title")} hint={t("statements.hint")}>
      {shown.length ? (
        <Chart
          label={t("statements.title")}
          option={{
            grid: { left: 8, right: 24, top: 32, bottom: 8, containLabel: true },
            legend: { top: 0 },
            tooltip: { trigger: "axis", renderMode: "richText" },
            xAxis: { type: "value" },
            yAxis: { type: "category", inverse: true, data: shown.map((one) => one.name) },
            series: [
              { name: t("statements.mean"), type: "bar", data: shown.map((one) => milliseconds(one.seconds / one.count)) },
              { name: t("statements.slow"), type: "bar", data: shown.map((one) => (one.slow === null ? null : milliseconds(one.slow))) },
            ],
          }}
          table={{
            head: [t("statements.name"), t("statements.count"), t("statements.total"), t("statements.mean"), t("statements.slow")],
            rows: statements.map((one) => [
              one.name,
              one.count,
              one.seconds.toFixed(2),
              milliseconds(one.seconds / one.count),
              one.slow === null ? "> 10 000" : milliseconds(one.slow),
            ]),
          }}
        />
      ) : (
        <Text c="dimmed">{t("statements.none")}</Text>
      )}
    </Panel>
  );
}
