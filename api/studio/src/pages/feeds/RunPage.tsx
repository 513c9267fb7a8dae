import { Alert, Anchor, Button, Card, Group, Progress, Stack, Text, Title } from "@mantine/core";
import {
  IconArrowLeft,
  IconPlayerStop,
  IconPlayerTrackNext,
  IconShoppingBag,
} from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMutation, useQuery, useSubscription } from "urql";
import { Loaded } from "../../components/Loaded";
import { Changes } from "./Changes";
import { Figures } from "./Figures";
import { Rejected } from "./Rejected";
import { type Counts, countOf, nameOf, StatusBadge, TimeText } from "./RunList";
import {
  CancelRunDocument,
  FeedRunDocument,
  type FeedRunQuery,
  FeedRunProgressDocument,
  ResumeRunDocument,
} from "./Runs.generated";

type Run = NonNullable<FeedRunQuery["run"]>;
const STEPS = ["looking ahead", "learning", "writing", "restoring", "removing"];
const FEEDS = new Set(["catalog", "reviews", "events", "orders"]);

/** One run: how it fares, what it rejected, what it changed. */
export function RunPage({ run }: { run: string }) {
  const { t } = useTranslation("feeds");
  const found = useQuery({
    query: FeedRunDocument,
    variables: { key: run },
    requestPolicy: "cache-and-network",
  });
  return (
    <Stack gap="lg">
      <Anchor component={Link} to={"/feeds" as never} size="sm">
        <Group gap={4} component="span">
          <IconArrowLeft size={14} aria-hidden /> {t("back")}
        </Group>
      </Anchor>
      <Loaded query={found} lines={6}>
        {({ run: there }) =>
          there ? (
            <Found run={there} refresh={() => found[1]({ requestPolicy: "network-only" })} />
          ) : (
            <Text>{t("noRun")}</Text>
          )
        }
      </Loaded>
    </Stack>
  );
}

function Found({ run, refresh }: { run: Run; refresh: () => void }) {
  const { t } = useTranslation("feeds");
  const kind = t(`kinds.${run.kind}`, { defaultValue: run.kind });
  const live = useProgress(run, refresh);
  const counts = { counts: run.counts, progress: live.progress };
  const figure = (name: string) => countOf(counts, name) ?? 0;
  const ended = live.status !== "running";
  return (
    <>
      <Stack gap={4}>
        <Group>
          <Title order={2} dir="auto">
            {nameOf(run, kind)}
          </Title>
          <StatusBadge status={live.status} />
        </Group>
        <Text c="dimmed" size="sm">
          {kind} · <TimeText time={run.started} />
        </Text>
      </Stack>
      <Card withBorder component="section" aria-label={t("progress")}>
        <Stack>
          {!ended && <LiveProgress progress={live.progress} />}
          <Figures
            figures={[
              { label: t("counts.rows"), value: figure("rows") },
              { label: t("counts.written"), value: figure("written"), colour: "green" },
              { label: t("counts.unchanged"), value: figure("unchanged") },
              { label: t("counts.withdrawn"), value: figure("withdrawn") },
              { label: t("counts.superseded"), value: figure("superseded") },
              { label: t("counts.skipped"), value: figure("skipped") },
              { label: t("counts.rejected"), value: figure("rejected"), colour: "red" },
              { label: t("counts.valuesDropped"), value: figure("value_rejections"), colour: "orange" },
              { label: t("counts.removed"), value: figure("removed") },
              { label: t("counts.restored"), value: figure("restored") },
              { label: t("counts.repaired"), value: figure("repaired"), colour: "green" },
            ]}
          />
          {((run.counts as Counts | null)?.warnings as string[] | undefined)?.map((warning) => (
            <Alert key={warning} color="yellow">
              {warning}
            </Alert>
          ))}
          {run.error && (
            <Alert color="red" title={t("failed")}>
              {run.error}
            </Alert>
          )}
          <Actions run={run} status={live.status} />
        </Stack>
      </Card>
      {ended && FEEDS.has(run.kind) && figure("rejected") + figure("value_rejections") > 0 && (
        <Rejected run={run.key} />
      )}
      {ended && run.kind !== "rollback" && <Changes run={run.key} refresh={refresh} />}
    </>
  );
}

type Figured = Readonly<Record<string, unknown>>;

/** Status and progress as they are now; reads the whole run again once it ends. */
function useProgress(run: Run, refresh: () => void): { status: string; progress: Figured } {
  const running = run.status === "running";
  const [{ data }] = useSubscription({
    query: FeedRunProgressDocument,
    variables: { key: run.key },
    pause: !running,
  });
  const now = data?.runProgress;
  const ended = running && now !== undefined && now.status !== "running";
  useEffect(() => {
    if (ended) refresh();
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [ended]);
  const told = now?.progress.map(({ name, value }) => [
    name,
    value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value,
  ]);
  return {
    status: (running && now?.status) || run.status || "running",
    progress: told ? (Object.fromEntries(told) as Figured) : ((run.progress ?? {}) as Figured),
  };
}

function LiveProgress({ progress }: { progress: Figured }) {
  const { t } = useTranslation("feeds");
  const share = typeof progress.share === "number" ? progress.share : 0;
  return (
    <Stack gap={4}>
      <Progress value={share * 100} size="lg" striped animated aria-label={t("progress")} />
      <Text size="sm" c="dimmed" role="status">
        {progress.doing === undefined
          ? t("starting")
          : `${describeWork(String(progress.doing), t)} · ${Math.round(share * 100)} %`}
      </Text>
    </Stack>
  );
}

/** What a run does, whose first words name the step: `looking ahead shop.csv`. */
function describeWork(doing: string, t: TFunction<"feeds">): string {
  const step = STEPS.find((one) => doing.startsWith(one));
  return step ? `${t(`doing.${step}`)}${doing.slice(step.length)}` : doing;
}

function Actions({ run, status }: { run: Run; status: string }) {
  const { t } = useTranslation("feeds");
  const navigate = useNavigate();
  const [cancelling, cancel] = useMutation(CancelRunDocument);
  const [resuming, resume] = useMutation(ResumeRunDocument);
  const [fault, setFault] = useState<string>();
  const [asked, setAsked] = useState(false);

  async function stop() {
    const { data, error } = await cancel({ input: { run: run.key } });
    const result = data?.cancelRun;
    if (result?.__typename === "CancelledRun") setAsked(true);
    else setFault(result?.message ?? error?.message);
  }

  async function again() {
    const { data, error } = await resume({ input: { run: run.key } });
    const result = data?.resumeRun;
    if (result?.__typename === "StartedRun")
      void navigate({ to: `/feeds/runs/${result.key.replace("run:", "")}` as never });
    else setFault(result?.message ?? error?.graphQLErrors[0]?.message ?? error?.message);
  }

  const stopped = status !== "running" && status !== "finished" && status !== "rolled back";
  return (
    <>
      <Group>
        {status === "running" && (
          <Button
            variant="default"
            leftSection={<IconPlayerStop size={16} />}
            loading={cancelling.fetching}
            disabled={asked}
            onClick={() => void stop()}
          >
            {asked ? t("stopping") : t("stop")}
          </Button>
        )}
        {stopped && FEEDS.has(run.kind) && (
          <Button
            color="indigo.7"
            leftSection={<IconPlayerTrackNext size={16} />}
            loading={resuming.fetching}
            onClick={() => void again()}
          >
            {t("resume")}
          </Button>
        )}
        {status === "finished" && run.kind === "catalog" && (
          <Button
            component={Link}
            to={"/shop" as never}
            variant="light"
            leftSection={<IconShoppingBag size={16} />}
          >
            {t("toShop")}
          </Button>
        )}
      </Group>
      {fault && (
        <Alert color="red" role="alert">
          {fault}
        </Alert>
      )}
    </>
  );
}
