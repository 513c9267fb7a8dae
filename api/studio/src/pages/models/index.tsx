import { Stack, Tabs, Text, Title } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Loaded } from "../../components/Loaded";
import { useRest } from "../../data/viewState";
import { addTexts } from "../../i18n";
import en from "./en.json";
import { KindPage } from "./KindPage";
import { ModelVersionsDocument } from "./Models.generated";
import { Runs } from "./Runs";
import zh from "./zh.json";

addTexts("models", { en, zh });

const RUNS = "runs";

/** Versions of models: /models/KIND is one kind, /models/runs what trained and wrote. */
export default function ModelsPage() {
  const { t } = useTranslation("models");
  const rest = useRest();
  const navigate = useNavigate();
  const found = useQuery({ query: ModelVersionsDocument });
  return (
    <Stack>
      <Title order={2}>{t("title")}</Title>
      <Loaded query={found} lines={10}>
        {({ models }) => {
          const kinds = [...new Set(models.nodes.map((one) => one.kind))].sort();
          const shown = rest || kinds[0] || RUNS;
          const known = shown === RUNS || kinds.includes(shown);
          return (
            <Tabs value={shown} keepMounted={false} onChange={(tab) => void navigate({ to: `/models/${tab}` })}>
              <Tabs.List mb="md">
                {kinds.map((kind) => (
                  <Tabs.Tab key={kind} value={kind}>
                    {t(`kinds.${kind}`, kind)}
                  </Tabs.Tab>
                ))}
                <Tabs.Tab value={RUNS}>{t("runs.title")}</Tabs.Tab>
              </Tabs.List>
              {kinds.map((kind) => (
                <Tabs.Panel key={kind} value={kind}>
                  <KindPage
                    kind={kind}
                    versions={models.nodes.filter((one) => one.kind === kind).sort((a, b) => b.version - a.version)}
                    refresh={() => found[1]({ requestPolicy: "network-only" })}
                  />
                </Tabs.Panel>
              ))}
              <Tabs.Panel value={RUNS}>
                <Runs />
              </Tabs.Panel>
              {!known && <Text>{t("unknown", { kind: shown })}</Text>}
            </Tabs>
          );
        }}
      </Loaded>
    </Stack>
  );
}
