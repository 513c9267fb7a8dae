import { Anchor, Button, Card, Checkbox, Group, NumberInput, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlayerPlay } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStatement } from "../../data/cypher";
import { useViewState } from "../../data/viewState";
import type { QueryLibraryQuery } from "./Library.generated";
import { ResultView, type ResultState } from "./ResultView";
import classes from "./query.module.css";

type Saved = QueryLibraryQuery["savedQueries"][number];
type Value = string | number | boolean;
type View = ResultState & { given: Record<string, Value> };

/** A saved query: its parameters as a form, its rows, its statement. */
export function SavedStatement({ query, on }: { query: Saved; on: boolean }) {
  const { t } = useTranslation("query");
  const [view, change] = useViewState<View>({ given: {} });
  const [values, setValues] = useState<Record<string, Value>>(() => ({ ...defaults(query), ...view.given }));
  const [answer, run] = useStatement();
  const [shown, { toggle }] = useDisclosure();
  const asked = { saved: query.name, parameters: { ...defaults(query), ...view.given } };
  const complete = query.parameters.every((one) => !one.required || one.name in view.given);
  const text = JSON.stringify(asked);
  useEffect(() => {
    if (on && complete) run(JSON.parse(text) as typeof asked);
  }, [text, on, complete, run]);
  return (
    <Stack>
      <div>
        <Title order={3}>
          {query.title}
        </Title>
        <Text c="dimmed">{query.question}</Text>
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const given = { ...values };
          for (const one of query.parameters) if (!one.required && given[one.name] === one.example) delete given[one.name];
          if (JSON.stringify(given) === JSON.stringify(view.given) && complete) run(asked);
          else change({ given });
        }}
      >
        <Stack gap="sm">
          {query.parameters.length > 0 && (
            <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }}>
              {query.parameters.map((one) => (
                <Field key={one.name} parameter={one} value={values[one.name]} set={(value) => setValues({ ...values, [one.name]: value })} />
              ))}
            </SimpleGrid>
          )}
          <Group>
            <Button type="submit" variant="light" leftSection={<IconPlayerPlay size={16} />} disabled={!on} loading={answer.asking}>
              {t("run")}
            </Button>
            <Button variant="default" onClick={toggle} aria-expanded={shown}>
              {t(shown ? "hideStatement" : "showStatement")}
            </Button>
          </Group>
        </Stack>
      </form>
      {shown && (
        <Card withBorder padding="sm">
          <pre className={classes.statement} tabIndex={0}>
            {query.text}
          </pre>
          <Anchor component={Link} to="/query" search={{ text: query.text, given: asked.parameters } as never} size="sm">
            {t("edit")}
          </Anchor>
        </Card>
      )}
      <ResultView label={query.title} answer={answer} statement={asked} view={view} change={change} columns={query.columns} />
    </Stack>
  );
}

function defaults(query: Saved): Record<string, Value> {
  return Object.fromEntries(query.parameters.filter((one) => !one.required).map((one) => [one.name, one.example as Value]));
}

interface FieldProps {
  parameter: Saved["parameters"][number];
  value: Value | undefined;
  set: (value: Value) => void;
}

function Field({ parameter, value, set }: FieldProps) {
  const common = { label: parameter.name, description: parameter.description, required: parameter.required };
  if (parameter.type === "BOOLEAN")
    return <Checkbox {...common} checked={value === true} onChange={(event) => set(event.currentTarget.checked)} />;
  if (parameter.type === "STRING")
    return (
      <TextInput
        {...common}
        placeholder={String(parameter.example)}
        value={typeof value === "string" ? value : ""}
        onChange={(event) => set(event.currentTarget.value)}
      />
    );
  return (
    <NumberInput
      {...common}
      allowDecimal={parameter.type === "FLOAT"}
      placeholder={String(parameter.example)}
      value={typeof value === "number" ? value : ""}
      onChange={(number) => typeof number === "number" && set(number)}
    />
  );
}
