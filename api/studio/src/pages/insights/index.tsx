import { Group, Stack, Tabs, Title } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Loaded } from "../../components/Loaded";
import { useSession } from "../../data/session";
import { useRest, useViewState } from "../../data/viewState";
import { addTexts } from "../../i18n";
import { DashboardList, DashboardPage } from "./Dashboards";
import en from "./en.json";
import { LatestActivityDocument } from "./Insights.generated";
import { type Change, FIRST_VIEW, type InsightsView, PeriodFields } from "./period";
import { ShopOverview } from "./ShopOverview";
import { ShopperOverview } from "./ShopperOverview";
import { SubjectOverview } from "./SubjectOverview";
import zh from "./zh.json";

addTexts("insights", { en, zh });

/** What the graph says as a whole; /insights/NAME is a dashboard of saved queries. */
export default function InsightsPage() {
  const [view, change] = useViewState<InsightsView>(FIRST_VIEW);
  const latest = useQuery({ query: LatestActivityDocument });
  return (
    <Loaded query={latest} lines={10}>
      {({ latestActivity }) => (
        // What a shop loads by the day or week ends before today.
        <Content view={{ ...view, until: view.until || (latestActivity ?? "").slice(0, 10) }} change={change} />
      )}
    </Loaded>
  );
}

function Content({ view, change }: { view: InsightsView; change: Change }) {
  const { t } = useTranslation("insights");
  const dashboard = useRest();
  const { may } = useSession();
  const navigate = useNavigate();
  const tabs = ["shop", "subject", ...(may("user:read") ? ["shopper"] : []), ...(may("cypher:read") ? ["dashboards"] : [])];
  const shown = dashboard ? "dashboards" : view.tab;
  return (
    <Stack>
      <Group justify="space-between" align="end">
        <Title order={2}>
          {t("title")}
        </Title>
        {(shown === "shop" || shown === "subject") && <PeriodFields view={view} change={change} />}
      </Group>
      <Tabs
        value={shown}
        keepMounted={false}
        onChange={(tab) => (dashboard ? void navigate({ to: "/insights", search: { tab } as never }) : change({ tab: tab ?? "shop" }))}
      >
        <Tabs.List mb="md">
          {tabs.map((tab) => (
            <Tabs.Tab key={tab} value={tab}>
              {t(`tabs.${tab}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="shop">
          <ShopOverview view={view} change={change} />
        </Tabs.Panel>
        <Tabs.Panel value="subject">
          <SubjectOverview view={view} change={change} />
        </Tabs.Panel>
        {may("user:read") && (
          <Tabs.Panel value="shopper">
            <ShopperOverview />
          </Tabs.Panel>
        )}
        {may("cypher:read") && (
          <Tabs.Panel value="dashboards">{dashboard ? <DashboardPage name={dashboard} /> : <DashboardList />}</Tabs.Panel>
        )}
      </Tabs>
    </Stack>
  );
}
