import { Anchor, Badge, Button, Group, Spoiler, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconMessageQuestion } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Loaded } from "../../components/Loaded";
import type { Product } from ".";
import { safeAddress } from "./evidence";
import classes from "./Product.module.css";
import { ProductAskDocument, type ProductAskQuery, ProductPassagesDocument } from "./Questions.generated";

const MOST = 500;

/** Questions about a product: answers with their sources, and what the shop's documents say. */
export function Questions({ product }: { product: Product }) {
  const { t } = useTranslation("product");
  const [text, setText] = useState("");
  const [asked, setAsked] = useState("");
  const examples = ["cost", "reviews", "compare"] as const;
  const ask = (question: string) => {
    setText(question);
    setAsked(question.trim());
  };
  return (
    <Stack component="section" gap="sm" aria-label={t("questions")}>
      <Title order={3} size="h4">
        {t("questions")}
      </Title>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          ask(text);
        }}
      >
        <Group gap="xs" wrap="nowrap">
          <TextInput
            flex={1}
            maxLength={MOST}
            aria-label={t("ask")}
            placeholder={t("ask")}
            leftSection={<IconMessageQuestion size={18} aria-hidden />}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Button type="submit" variant="light" disabled={!text.trim()}>
            {t("send")}
          </Button>
        </Group>
      </form>
      <Group gap="xs">
        {examples.map((example) => (
          <Button
            key={example}
            size="compact-xs"
            variant="default"
            radius="xl"
            onClick={() => ask(t(`example.${example}`))}
          >
            {t(`example.${example}`)}
          </Button>
        ))}
      </Group>
      {asked && <Answer key={asked} text={asked} productKey={product.key} />}
      <Passages product={product} />
    </Stack>
  );
}

function Answer({ text, productKey }: { text: string; productKey: string }) {
  const answered = useQuery({ query: ProductAskDocument, variables: { text, keys: [productKey] } });
  return (
    <div aria-live="polite">
      <Loaded query={answered} lines={2}>
        {({ ask }) => <Statements answer={ask} />}
      </Loaded>
    </div>
  );
}

function Statements({ answer: { statements, sources } }: { answer: ProductAskQuery["ask"] }) {
  const { t } = useTranslation("product");
  const [opened, open] = useState<number>();
  const source = sources.find((one) => one.number === opened);
  const address = safeAddress(source?.url ?? null);
  return (
    <Stack gap="xs">
      {statements.map((statement, place) => (
        <Text key={place} size="sm" dir="auto" className={classes.text}>
          {statement.text}{" "}
          {statement.sources.map((number) => (
            <Button
              key={number}
              size="compact-xs"
              variant="subtle"
              px={4}
              aria-expanded={number === opened}
              aria-label={t("source", { number })}
              onClick={() => open(number === opened ? undefined : number)}
            >
              [{number}]
            </Button>
          ))}
        </Text>
      ))}
      {source && (
        <Stack gap={4} className={classes.sentence}>
          <Group gap="xs">
            <Badge size="xs" variant="light">
              {t(`sourceKind.${source.kind}`)}
            </Badge>
            {source.predicted && (
              <Badge size="xs" variant="light" color="gray">
                {t("predicted")}
              </Badge>
            )}
          </Group>
          <Text size="xs" dir="auto" className={classes.text}>
            {source.text}
          </Text>
          {address && (
            <Anchor size="xs" href={address} target="_blank" rel="noopener noreferrer nofollow">
              {address}
            </Anchor>
          )}
        </Stack>
      )}
    </Stack>
  );
}

/** Passages of the shop's documents about the product, its brand or category. */
function Passages({ product }: { product: Product }) {
  const { t } = useTranslation("product");
  const [{ data }] = useQuery({
    query: ProductPassagesDocument,
    variables: { query: (product.title ?? product.key).slice(0, 200), about: product.key },
  });
  const found = data?.passages ?? [];
  if (found.length === 0) return null;
  return (
    <Stack gap="sm">
      <Text size="sm" fw={600}>
        {t("documents")}
      </Text>
      {found.map(({ passage }) => (
        <Spoiler key={passage.key} maxHeight={72} showLabel={t("showAll")} hideLabel={t("showLess")}>
          {passage.heading && (
            <Text size="sm" fw={500} dir="auto">
              {passage.heading}
            </Text>
          )}
          <Text size="sm" c="dimmed" dir="auto" className={classes.text}>
            {passage.text}
          </Text>
        </Spoiler>
      ))}
    </Stack>
  );
}
