import { Alert, Button, Card, Group, Progress, Select, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import { IconDatabase, IconFileUpload, IconFolder } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { FeedSourcesDocument, type FeedSourcesQuery } from "./Feeds.generated";
import { RunList } from "./RunList";
import { uploadFile } from "./upload";

/** Where a feed comes from, and the runs so far. */
export function Start() {
  const { t } = useTranslation("feeds");
  const [{ data }] = useQuery({ query: FeedSourcesDocument, requestPolicy: "cache-and-network" });
  const sources = data?.feedSources;
  return (
    <Stack gap="lg">
      <Stack gap="xs">
        <Title order={2}>{t("bringIn")}</Title>
        <DropFile sources={sources} />
        {sources && <Elsewhere sources={sources} />}
      </Stack>
      <Stack gap="xs">
        <Title order={2}>{t("runs")}</Title>
        <RunList />
      </Stack>
    </Stack>
  );
}

function useOpen() {
  const navigate = useNavigate();
  return (search: Record<string, string>) =>
    void navigate({ to: "/feeds/new" as never, search: search as never });
}

function DropFile({ sources }: { sources: FeedSourcesQuery["feedSources"] | undefined }) {
  const { t } = useTranslation("feeds");
  const open = useOpen();
  const [share, setShare] = useState<number>();
  const [fault, setFault] = useState<string>();

  async function take(file: File | undefined) {
    if (!file) return;
    setFault(undefined);
    setShare(0);
    try {
      const { id, name } = await uploadFile(file, setShare);
      open({ upload: id, name });
    } catch (error) {
      setFault((error as Error).message);
      setShare(undefined);
    }
  }

  const megabytes = Math.round((sources?.uploadBytes ?? 0) / 1024 ** 2);
  return (
    <Stack gap="xs">
      <Dropzone
        onDrop={(files) => void take(files[0])}
        onReject={() => setFault(t("tooLarge", { megabytes }))}
        maxSize={sources?.uploadBytes}
        multiple={false}
        loading={share !== undefined}
        aria-label={t("drop")}
        inputProps={{ "aria-label": t("choose") }}
        py="xl"
      >
        <Stack align="center" gap={4} style={{ pointerEvents: "none" }}>
          <IconFileUpload size={44} stroke={1.3} aria-hidden />
          <Text size="lg" fw={600} ta="center">
            {t("drop")}
          </Text>
          <Text size="sm" c="dimmed" ta="center">
            {t("dropHint", { megabytes, days: sources?.keepDays ?? 0 })}
          </Text>
        </Stack>
      </Dropzone>
      {share !== undefined && <Progress value={share * 100} aria-label={t("uploading")} />}
      {fault && (
        <Alert color="red" role="alert">
          {fault}
        </Alert>
      )}
    </Stack>
  );
}

function Elsewhere({ sources }: { sources: FeedSourcesQuery["feedSources"] }) {
  const { t } = useTranslation("feeds");
  const open = useOpen();
  const [file, setFile] = useState<string | null>(null);
  const [database, setDatabase] = useState<string | null>(sources.databases[0] ?? null);
  const [query, setQuery] = useState("");
  const [topic, setTopic] = useState("");
  return (
    <Stack gap="xs">
      {sources.files.length > 0 && (
        <Group align="end" gap="xs">
          <Select
            label={t("serverFile")}
            leftSection={<IconFolder size={16} />}
            data={sources.files.map(({ path }) => path)}
            value={file}
            onChange={setFile}
            searchable
            flex="1 1 16rem"
          />
          <Button variant="default" disabled={!file} onClick={() => file && open({ file, name: file })}>
            {t("look")}
          </Button>
        </Group>
      )}
      {sources.databases.length > 0 && (
        <Card withBorder padding="sm">
          <Stack gap="xs">
            <Select
              label={t("database")}
              leftSection={<IconDatabase size={16} />}
              data={[...sources.databases]}
              value={database}
              onChange={setDatabase}
            />
            <Textarea
              label={t("query")}
              placeholder="SELECT …"
              autosize
              value={query}
              onChange={(event) => setQuery(event.currentTarget.value)}
            />
            <Button
              variant="default"
              disabled={!database || !query.trim()}
              onClick={() => database && open({ database, query, name: database })}
            >
              {t("look")}
            </Button>
          </Stack>
        </Card>
      )}
      {sources.topics && (
        <Group align="end" gap="xs">
          <TextInput
            label={t("topic")}
            value={topic}
            onChange={(event) => setTopic(event.currentTarget.value)}
            flex="1 1 16rem"
          />
          <Button
            variant="default"
            disabled={!topic.trim()}
            onClick={() => open({ topic: topic.trim(), name: topic.trim() })}
          >
            {t("look")}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
