import { Button, Group, JsonInput, Stack, Text, Textarea, Title } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStatement } from "../../data/cypher";
import { useViewState } from "../../data/viewState";
import { ResultView, type ResultState } from "./ResultView";
import classes from "./query.module.css";

const FIRST =
  "MATCH (b:Brand)<-[:HAS_BRAND]-(p:Product {listed: true})\nRETURN b.name AS brand, count(p) AS products, round(avg(p.price), 2) AS price\nORDER BY products DESC LIMIT 20";

type View = ResultState & { text: string; given: Record<string, unknown> };

/** A statement of one's own; in the address, so that it can be passed on. */
export function FreeStatement({ on, limits }: { on: boolean; limits: { rows: number; seconds: number } }) {
  const { t } = useTranslation("query");
  const [view, change] = useViewState<View>({ text: "", given: {} });
  const [text, setText] = useState(view.text || FIRST);
  const [given, setGiven] = useState(Object.keys(view.given).length ? JSON.stringify(view.given) : "");
  const [answer, run] = useStatement();
  const asked = { query: view.text, parameters: view.given };
  const sent = JSON.stringify(asked);
  useEffect(() => {
    const statement = JSON.parse(sent) as typeof asked;
    if (on && statement.query) run(statement);
  }, [sent, on, run]);
  const parameters = readObject(given);
  return (
    <Stack>
      <div>
        <Title order={3}>
          {t("own")}
        </Title>
        <Text c="dimmed">{t("ownHint", { rows: limits.rows.toLocaleString(), seconds: limits.seconds })}</Text>
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!parameters) return;
          if (text === view.text && JSON.stringify(parameters) === JSON.stringify(view.given)) run(asked);
          else change({ text, given: parameters, shown: undefined, chart: undefined, x: undefined, y: undefined, series: undefined });
        }}
      >
        <Stack gap="sm">
          <Textarea
            label={t("statement")}
            autosize
            minRows={4}
            maxRows={20}
            spellCheck={false}
            classNames={{ input: classes.editor }}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <JsonInput
            label={t("parameters")}
            placeholder={'{"least": 20}'}
            autosize
            minRows={1}
            classNames={{ input: classes.editor }}
            value={given}
            error={parameters ? undefined : t("notObject")}
            onChange={setGiven}
          />
          <Group>
            <Button type="submit" variant="light" leftSection={<IconPlayerPlay size={16} />} disabled={!on || !text.trim() || !parameters} loading={answer.asking}>
              {t("run")}
            </Button>
          </Group>
        </Stack>
      </form>
      <ResultView label={t("own")} answer={answer} statement={asked} view={view} change={change} />
    </Stack>
  );
}

function readObject(text: string): Record<string, unknown> | undefined {
  if (!text.trim()) return {};
  try {
    const value: unknown = JSON.parse(text);
    return value && typeof value === "object" && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
