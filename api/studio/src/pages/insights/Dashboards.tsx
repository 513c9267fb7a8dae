import { Anchor, Card, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { GateNotice } from "../../components/GateNotice";
import { Loaded } from "../../components/Loaded";
import { RowsView } from "../../components/RowsView";
import { useRows } from "../../data/cypher";
import { locale } from "../../i18n";
import { DashboardsDocument, OneDashboardDocument, type OneDashboardQuery } from "./Insights.generated";
import { Panel } from "../../components/Panel";

/** The dashboards that the server has. */
export function DashboardList() {
  const { t } = useTranslation("insights");
  const found = useQuery({ query: DashboardsDocument, variables: { locale: locale() } });
  return (
    <Loaded query={found}>
      {({ dashboards }) => (
        <Stack>
          <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
            {dashboards.map((one) => (
              <Card key={one.name} withBorder component={Link} to={`/insights/${one.name}`}>
                <Text fw={600}>{one.title}</Text>
                <Text size="sm" c="dimmed">
                  /insights/{one.name}
                </Text>
              </Card>
            ))}
          </SimpleGrid>
          <Text size="sm" c="dimmed">
            {t("dashboards.hint")}
          </Text>
        </Stack>
      )}
    </Loaded>
  );
}

/** One dashboard: saved queries with their charts. */
export function DashboardPage({ name }: { name: string }) {
  const { t } = useTranslation("insights");
  const found = useQuery({ query: OneDashboardDocument, variables: { name, locale: locale() } });
  return (
    <Loaded query={found} lines={12}>
      {({ dashboard, analystGate }) =>
        dashboard ? (
          <Stack>
            <Title order={3}>
              {dashboard.title}
            </Title>
            {!analystGate.on && <GateNotice />}
            {analystGate.on && (
              <SimpleGrid cols={{ base: 1, lg: 2 }}>
                {dashboard.panels.map((panel, at) => (
                  <QueryPanel key={at} panel={panel} />
                ))}
              </SimpleGrid>
            )}
          </Stack>
        ) : (
          <Text>{t("dashboards.unknown", { name })}</Text>
        )
      }
    </Loaded>
  );
}

type PanelData = NonNullable<OneDashboardQuery["dashboard"]>["panels"][number];

function QueryPanel({ panel }: { panel: PanelData }) {
  const { t } = useTranslation("insights");
  const parameters = panel.parameters as Record<string, unknown>;
  const answer = useRows({ saved: panel.query.name, parameters });
  const choice =
    panel.chart === "TABLE" || !panel.x
      ? undefined
      : { chart: panel.chart === "BAR" ? ("bar" as const) : ("line" as const), x: panel.x, y: [...panel.y], series: panel.series };
  return (
    <Panel
      title={panel.title}
      hint={panel.query.question}
      aside={
        <Anchor component={Link} to={`/query/${panel.query.name}`} search={{ given: parameters } as never} size="sm" aria-label={t("dashboards.openOne", { title: panel.title })}>
          {t("dashboards.open")}
        </Anchor>
      }
    >
      <RowsView label={panel.title} answer={answer} choice={choice} />
    </Panel>
  );
}
