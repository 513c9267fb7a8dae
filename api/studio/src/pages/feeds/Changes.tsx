import { Alert, Anchor, Badge, Box, Button, Card, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowBackUp } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMutation, useQuery } from "urql";
import { Loaded } from "../../components/Loaded";
import { productPath } from "../../components/ProductCard";
import { Dialog } from "./Dialog";
import { Figures } from "./Figures";
import { RollBackRunDocument, RunEffectsDocument, type RunEffectsQuery } from "./Runs.generated";

type Effects = RunEffectsQuery["runEffects"];
const COLOURS = { ADDED: "green", CHANGED: "blue", WITHDRAWN: "orange" } as const;

/** What a run did to the graph, and its roll-back after a look at what goes. */
export function Changes({ run, refresh }: { run: string; refresh: () => void }) {
  const { t } = useTranslation("feeds");
  const effects = useQuery({
    query: RunEffectsDocument,
    variables: { run },
    requestPolicy: "cache-and-network",
  });
  const [opened, { open, close }] = useDisclosure();
  return (
    <Card withBorder component="section" aria-label={t("changes")}>
      <Stack>
        <Group justify="space-between">
          <Title order={3} size="h4">
            {t("changes")}
          </Title>
          <Button
            size="xs"
            color="red"
            variant="light"
            leftSection={<IconArrowBackUp size={14} />}
            disabled={!effects[0].data || effects[0].data.runEffects.obstacle !== null}
            onClick={open}
          >
            {t("rollBack")}
          </Button>
        </Group>
        <Loaded query={effects} lines={4}>
          {({ runEffects }) => (
            <>
              {runEffects.obstacle && <Alert color="gray">{runEffects.obstacle}</Alert>}
              <EffectFigures effects={runEffects} />
              {runEffects.examples.length > 0 && <Examples effects={runEffects} label={t("examples")} />}
              <RollBack run={run} effects={runEffects} opened={opened} close={close} refresh={refresh} />
            </>
          )}
        </Loaded>
      </Stack>
    </Card>
  );
}

function EffectFigures({ effects }: { effects: Effects }) {
  const { t } = useTranslation("feeds");
  return (
    <Figures
      figures={[
        { label: t("effects.ADDED"), value: effects.added, colour: "green" },
        { label: t("effects.CHANGED"), value: effects.changed, colour: "blue" },
        { label: t("effects.WITHDRAWN"), value: effects.withdrawn, colour: "orange" },
        { label: t("effects.offers"), value: effects.offers },
      ]}
    />
  );
}

function Examples({ effects, label }: { effects: Effects; label: string }) {
  const { t } = useTranslation("feeds");
  return (
    <Box style={{ overflowX: "auto" }} tabIndex={0} role="region" aria-label={label}>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("record")}</Table.Th>
            <Table.Th>{t("effect")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {effects.examples.map((one) => (
            <Table.Tr key={`${one.effect} ${one.key}`}>
              <Table.Td>
                <Name of={one} />
                <Text size="xs" c="dimmed">
                  {one.key}
                </Text>
              </Table.Td>
              <Table.Td>
                <Badge variant="light" color={COLOURS[one.effect]} tt="none">
                  {t(`effects.${one.effect}`)}
                </Badge>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}

function Name({ of: { key, label, title, effect } }: { of: Effects["examples"][number] }) {
  const style = { size: "sm", fw: 600, dir: "auto" } as const;
  const opens = label === "Product" && effect !== "WITHDRAWN";
  return opens ? (
    <Anchor component={Link} to={productPath(key) as never} {...style}>
      {title ?? label}
    </Anchor>
  ) : (
    <Text {...style}>{title ?? label}</Text>
  );
}

interface RollBackProps {
  run: string;
  effects: Effects;
  opened: boolean;
  close: () => void;
  refresh: () => void;
}

function RollBack({ run, effects, opened, close, refresh }: RollBackProps) {
  const { t } = useTranslation("feeds");
  const navigate = useNavigate();
  const [{ fetching }, rollBack] = useMutation(RollBackRunDocument);
  const [fault, setFault] = useState<string>();

  async function undo() {
    const { data, error } = await rollBack({ input: { run } });
    const result = data?.rollBackRun;
    if (result?.__typename === "StartedRun") {
      refresh();
      void navigate({ to: `/feeds/runs/${result.key.replace("run:", "")}` as never });
    } else setFault(result?.message ?? error?.graphQLErrors[0]?.message ?? error?.message);
  }

  return (
    <Dialog opened={opened} onClose={close} title={t("rollBackTitle")}>
      <Text>{t("rollBackHint", { removed: effects.added, restored: effects.changed + effects.withdrawn })}</Text>
      <EffectFigures effects={effects} />
      <Examples effects={effects} label={t("whatGoes")} />
      {fault && (
        <Alert color="red" role="alert">
          {fault}
        </Alert>
      )}
      <Group justify="end">
        <Button variant="default" onClick={close}>
          {t("cancel")}
        </Button>
        <Button color="red.9" loading={fetching} onClick={() => void undo()}>
          {t("rollBackNow")}
        </Button>
      </Group>
    </Dialog>
  );
}
