import { Alert, Button, Card, Group, Modal, ScrollArea, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconDownload, IconRefresh } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMutation, useQuery } from "urql";
import { Loaded } from "../../components/Loaded";
import { type Rejection, RejectionTable } from "./RejectionTable";
import { RejectedRowsDocument, ReplayRejectedDocument } from "./Runs.generated";
import { saveRejected } from "./upload";

type Fields = Readonly<Record<string, unknown>>;

/** What a run rejected: looked at, downloaded, corrected and tried again. */
export function Rejected({ run }: { run: string }) {
  const { t } = useTranslation("feeds");
  const [after, setAfter] = useState<string | null>(null);
  const page = useQuery({
    query: RejectedRowsDocument,
    variables: { run, after },
    requestPolicy: "cache-and-network",
  });
  const [, replay] = useMutation(ReplayRejectedDocument);
  const [row, setRow] = useState<Rejection>();
  const [repaired, setRepaired] = useState<ReadonlySet<number>>(new Set());
  const [said, setSaid] = useState<string>();

  async function tryAgain(rows: { line: number; fields: unknown }[]): Promise<string | undefined> {
    const { data, error } = await replay({ input: { run, mapping: null, rows } });
    const result = data?.replayRejected;
    if (result?.__typename !== "ReplayedRejections")
      return result?.message ?? error?.graphQLErrors[0]?.message ?? error?.message;
    const bad = new Set(result.faults.map(({ line }) => line));
    setRepaired(new Set([...repaired, ...rows.map(({ line }) => line).filter((line) => !bad.has(line))]));
    if (!rows.length) page[1]({ requestPolicy: "network-only" });
    setSaid(t("replayed", { repaired: result.repaired, failed: result.failed }));
    return result.faults[0]?.fault;
  }

  async function download(format: "csv" | "jsonl") {
    try {
      await saveRejected(run, format);
    } catch (error) {
      setSaid((error as Error).message);
    }
  }

  return (
    <Card withBorder component="section" aria-label={t("rejected")}>
      <Stack>
        <Group justify="space-between">
          <Title order={3} size="h4">
            {t("rejected")}
          </Title>
          <Group gap="xs">
            {(["csv", "jsonl"] as const).map((format) => (
              <Button
                key={format}
                size="xs"
                variant="default"
                leftSection={<IconDownload size={14} />}
                onClick={() => void download(format)}
              >
                {t("download", { format: format === "csv" ? "CSV" : "JSON Lines" })}
              </Button>
            ))}
            <Button
              size="xs"
              variant="light"
              leftSection={<IconRefresh size={14} />}
              onClick={() => void tryAgain([]).then((fault) => fault && setSaid(fault))}
            >
              {t("replayAll")}
            </Button>
          </Group>
        </Group>
        {said && <Alert role="status">{said}</Alert>}
        <Loaded query={page} lines={4}>
          {({ rejectedRows }) => (
            <>
              <RejectionTable rows={rejectedRows.rows} onCorrect={setRow} repaired={repaired} />
              <Group>
                {after !== null && (
                  <Button size="xs" variant="default" onClick={() => setAfter(null)}>
                    {t("firstPage")}
                  </Button>
                )}
                {rejectedRows.next && (
                  <Button size="xs" variant="default" onClick={() => setAfter(rejectedRows.next)}>
                    {t("nextPage")}
                  </Button>
                )}
              </Group>
            </>
          )}
        </Loaded>
        {row && <Correction key={row.line} row={row} close={() => setRow(undefined)} send={tryAgain} />}
      </Stack>
    </Card>
  );
}

interface CorrectionProps {
  row: Rejection;
  close: () => void;
  send: (rows: { line: number; fields: unknown }[]) => Promise<string | undefined>;
}

function Correction({ row, close, send }: CorrectionProps) {
  const { t } = useTranslation("feeds");
  const before = row.fields as Fields;
  const [changes, setChanges] = useState<Record<string, string>>({});
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    const wrong = await send([{ line: row.line, fields: changes }]);
    setBusy(false);
    setFault(wrong);
    if (!wrong) close();
  }

  return (
    <Modal opened onClose={close} title={t("correctLine", { line: row.line })} size="lg" scrollAreaComponent={ScrollArea.Autosize}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <Text size="sm" c="red">
            {row.detail}
          </Text>
          {Object.entries(before).map(([name, value]) =>
            typeof value === "object" && value !== null ? null : (
              <TextInput
                key={name}
                label={name}
                value={changes[name] ?? String(value ?? "")}
                onChange={(event) => setChanges({ ...changes, [name]: event.currentTarget.value })}
              />
            ),
          )}
          {fault && (
            <Alert color="red" role="alert">
              {fault}
            </Alert>
          )}
          <Group justify="end">
            <Button variant="default" onClick={close}>
              {t("cancel")}
            </Button>
            <Button type="submit" color="indigo.7" loading={busy}>
              {t("replay")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
