import {
  Alert,
  Anchor,
  Button,
  Card,
  Checkbox,
  Group,
  SegmentedControl,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { IconArrowLeft, IconPlayerPlay } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMutation, useQuery } from "urql";
import { Loaded } from "../../components/Loaded";
import type { FeedContent, FeedInput } from "../../data/schema";
import { useViewState } from "../../data/viewState";
import { currentLanguage } from "../../i18n";
import { DryRun } from "./DryRun";
import { FeedPreviewDocument, FeedProposalDocument, RunFeedDocument } from "./Feeds.generated";
import type { Mapping } from "./mapping";
import { MappingEditor } from "./MappingEditor";
import { PreviewTable } from "./PreviewTable";

const KINDS: FeedContent[] = ["CATALOG", "REVIEWS", "EVENTS", "ORDERS"];

interface View {
  upload?: string;
  file?: string;
  database?: string;
  query?: string;
  topic?: string;
  name?: string;
  kind?: FeedContent;
}

/** One feed on its way in: looked at, mapped, tried, run. */
export function BringIn() {
  const { t } = useTranslation("feeds");
  const [view, change] = useViewState<View>({});
  const { upload, file, database, query, topic } = view;
  const [feed] = useState<FeedInput>(() => ({ upload, file, database, query, topic }));
  const preview = useQuery({
    query: FeedPreviewDocument,
    variables: { feed, options: null },
    pause: topic !== undefined,
  });
  const kinds = preview[0].data?.feedPreview.kinds;
  const kind = view.kind ?? kinds?.[0] ?? "CATALOG";
  return (
    <Stack gap="lg">
      <div>
        <Anchor component={Link} to={"/feeds" as never} size="sm">
          <Group gap={4} component="span">
            <IconArrowLeft size={14} aria-hidden /> {t("back")}
          </Group>
        </Anchor>
        <Title order={2} dir="auto" style={{ overflowWrap: "anywhere" }}>
          {view.name}
        </Title>
      </div>
      {topic === undefined && (
        <Step number={1} title={t("step.look")}>
          <Loaded query={preview} lines={6}>
            {({ feedPreview }) => <PreviewTable preview={feedPreview} />}
          </Loaded>
        </Step>
      )}
      {(kinds || topic !== undefined) && (
        <>
          <Group>
            <Text fw={600} id="kind">
              {t("kind")}
            </Text>
            <SegmentedControl
              aria-labelledby="kind"
              data={KINDS.map((value) => ({ value, label: t(`kinds.${value.toLowerCase()}`) }))}
              value={kind}
              onChange={(value) => change({ kind: value as FeedContent }, { replace: true })}
            />
          </Group>
          <Mapped key={kind} feed={feed} kind={kind} columns={preview[0].data?.feedPreview.columns ?? []} />
        </>
      )}
    </Stack>
  );
}

export function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <Card withBorder component="section" aria-label={title}>
      <Stack>
        <Title order={3} size="h4">
          {number}. {title}
        </Title>
        {children}
      </Stack>
    </Card>
  );
}

interface MappedProps {
  feed: FeedInput;
  kind: FeedContent;
  columns: readonly { name: string; samples: readonly string[] }[];
}

function Mapped({ feed, kind, columns }: MappedProps) {
  const { t } = useTranslation("feeds");
  const language = currentLanguage() === "zh" ? ("ZH" as const) : ("EN" as const);
  const proposal = useQuery({
    query: FeedProposalDocument,
    variables: { feed, kind, options: null, language },
    pause: feed.topic != null,
  });
  const [mapping, setMapping] = useState<Mapping>();
  const proposed = proposal[0].data?.feedProposal;
  useEffect(() => {
    if (proposed) setMapping((chosen) => chosen ?? (proposed.mapping as Mapping));
  }, [proposed]);
  const topic = feed.topic != null;
  return (
    <>
      <Step number={2} title={t("step.map")}>
        {topic ? (
          <MappingEditor mapping={mapping ?? {}} change={setMapping} columns={columns} />
        ) : (
          <Loaded query={proposal} lines={8}>
            {({ feedProposal }) => (
              <MappingEditor
                proposal={feedProposal}
                mapping={mapping ?? (feedProposal.mapping as Mapping)}
                change={setMapping}
                columns={columns}
              />
            )}
          </Loaded>
        )}
      </Step>
      {(mapping || proposal[0].error) && (
        <>
          {!topic && (
            <Step number={3} title={t("step.try")}>
              <DryRun feed={feed} kind={kind} mapping={mapping ?? null} />
            </Step>
          )}
          <Step number={4} title={t("step.run")}>
            <RunFeed feed={feed} kind={kind} mapping={mapping ?? null} />
          </Step>
        </>
      )}
    </>
  );
}

function RunFeed({ feed, kind, mapping }: { feed: FeedInput; kind: FeedContent; mapping: Mapping | null }) {
  const { t } = useTranslation("feeds");
  const navigate = useNavigate();
  const [{ fetching }, run] = useMutation(RunFeedDocument);
  const [snapshot, setSnapshot] = useState(false);
  const [fault, setFault] = useState<string>();

  async function start() {
    setFault(undefined);
    const { data, error } = await run({ input: { feed, kind, mapping, options: { snapshot } } });
    const result = data?.runFeed;
    if (result?.__typename === "StartedRun")
      void navigate({ to: `/feeds/runs/${result.key.replace("run:", "")}` as never });
    else setFault(result?.message ?? error?.graphQLErrors[0]?.message ?? error?.message);
  }

  return (
    <Stack align="start">
      {kind === "CATALOG" && feed.topic == null && (
        <Checkbox
          label={t("snapshot")}
          description={t("snapshotHint")}
          checked={snapshot}
          onChange={(event) => setSnapshot(event.currentTarget.checked)}
        />
      )}
      <Button
        size="md"
        color="indigo.7"
        leftSection={<IconPlayerPlay size={18} />}
        loading={fetching}
        onClick={() => void start()}
      >
        {t("run")}
      </Button>
      {fault && (
        <Alert color="red" role="alert" w="100%">
          {fault}
        </Alert>
      )}
    </Stack>
  );
}
