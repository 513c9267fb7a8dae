import { Alert, Badge, Button, Group, Modal, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMutation } from "urql";
import { Panel } from "../../components/Panel";
import { useSession } from "../../data/session";
import { useViewState } from "../../data/viewState";
import { currentLanguage } from "../../i18n";
import { AblationPanel, CalibrationPanel, CurvesPanel, FiguresPanel } from "./Figures";
import { MapPanel } from "./MapPanel";
import { type ModelVersionsQuery, RollBackModelDocument } from "./Models.generated";
import { TrialPanel } from "./TrialPanel";
import classes from "./models.module.css";

export type Version = ModelVersionsQuery["models"]["nodes"][number];

interface Props {
  kind: string;
  /** Latest first. */
  versions: Version[];
  refresh: () => void;
}

/** The versions of a kind of model, and what is known of the one that is chosen. */
export function KindPage({ kind, versions, refresh }: Props) {
  const { t } = useTranslation("models");
  const [view, change] = useViewState<{ version: number }>({ version: 0 });
  const live = versions.find((one) => one.live);
  const chosen = versions.find((one) => one.version === view.version) ?? live ?? versions[0]!;
  return (
    <Stack>
      {chosen.purpose && <Text c="dimmed">{chosen.purpose}</Text>}
      {live?.stale && <Alert color="yellow">{t("stale")}</Alert>}
      <Panel title={t("versions.title")} hint={t("versions.hint")}>
        <Versions versions={versions} chosen={chosen} choose={(version) => change({ version })} refresh={refresh} />
      </Panel>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <FiguresPanel chosen={chosen} versions={versions} />
        <TrialPanel kind={kind} />
        <AblationPanel chosen={chosen} />
        <CurvesPanel chosen={chosen} />
        <CalibrationPanel chosen={chosen} />
      </SimpleGrid>
      {live?.dimension != null && !kind.startsWith("passage") && <MapPanel key={live.key} kind={kind} />}
      <Panel title={t("card.title")}>
        <Card version={chosen} />
      </Panel>
    </Stack>
  );
}

interface VersionsProps {
  versions: Version[];
  chosen: Version;
  choose: (version: number) => void;
  refresh: () => void;
}

function Versions({ versions, chosen, choose, refresh }: VersionsProps) {
  const { t } = useTranslation("models");
  const { may } = useSession();
  // Going back takes the latest version that is still there, besides the live one.
  const back = versions.find((one) => one.held && !one.live);
  return (
    <Table.ScrollContainer minWidth={480} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("versions.version")}</Table.Th>
            <Table.Th>{t("versions.state")}</Table.Th>
            <Table.Th>{t("versions.created")}</Table.Th>
            <Table.Th ta="right">{t("versions.seconds")}</Table.Th>
            <Table.Th ta="right">{t("versions.written")}</Table.Th>
            <Table.Th>{t("versions.action")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {versions.map((one) => (
            <Table.Tr key={one.key} aria-selected={one === chosen} className={one === chosen ? classes.chosen : undefined}>
              <Table.Td>
                <Button size="compact-sm" variant="subtle" onClick={() => choose(one.version)}>
                  {t("version", { version: one.version })}
                </Button>
              </Table.Td>
              <Table.Td>
                <Badge variant="light" color={one.live ? "green" : "gray"} tt="none">
                  {t(one.live ? "live" : one.held ? "kept" : "gone")}
                </Badge>
              </Table.Td>
              <Table.Td>{one.created && new Date(one.created).toLocaleString(currentLanguage())}</Table.Td>
              <Table.Td ta="right">{one.seconds?.toFixed(1)}</Table.Td>
              <Table.Td ta="right">{one.written?.toLocaleString()}</Table.Td>
              <Table.Td>{may("operations:write") && one === back && <GoBack version={one} refresh={refresh} />}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function GoBack({ version, refresh }: { version: Version; refresh: () => void }) {
  const { t } = useTranslation("models");
  const [opened, { open, close }] = useDisclosure();
  const [, send] = useMutation(RollBackModelDocument);
  const [sending, setSending] = useState(false);
  const confirm = async () => {
    setSending(true);
    const { data, error } = await send({ kind: version.kind });
    setSending(false);
    close();
    const result = data?.rollBackModel;
    const refused = error?.message ?? (result && "message" in result ? result.message : undefined);
    if (refused) notifications.show({ color: "red", title: t("back.failed"), message: refused });
    else if (result && "version" in result) notifications.show({ color: "green", message: t("back.done", { version: result.version }) });
    refresh();
  };
  return (
    <>
      <Button size="compact-sm" variant="default" leftSection={<IconArrowBackUp size={14} />} onClick={open}>
        {t("back.open")}
      </Button>
      <Modal opened={opened} onClose={close} title={t("back.title", { version: version.version })} closeButtonProps={{ "aria-label": t("close") }}>
        <Stack>
          <Text>{t("back.text")}</Text>
          <Group justify="end">
            <Button variant="default" onClick={close}>
              {t("cancel")}
            </Button>
            <Button variant="light" loading={sending} onClick={() => void confirm()}>
              {t("back.confirm")}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

function Card({ version }: { version: Version }) {
  const { t } = useTranslation("models");
  return (
    <Stack gap="xs">
      {version.limits.length > 0 && (
        <ul className={classes.limits}>
          {version.limits.map((limit) => (
            <li key={limit}>{limit}</li>
          ))}
        </ul>
      )}
      <Text size="sm">
        {t("card.data")}: <code className={classes.hash}>{version.dataHash}</code>
      </Text>
      {(["config", "counts"] as const).map((part) => (
        <details key={part}>
          <summary>{t(`card.${part}`)}</summary>
          <pre className={classes.json} tabIndex={0}>
            {JSON.stringify(version[part], null, 2)}
          </pre>
        </details>
      ))}
    </Stack>
  );
}
