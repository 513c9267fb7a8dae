import { ActionIcon, Alert, Badge, Button, Group, List, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconHeadset, IconThumbDown, IconThumbUp } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMutation, useQuery } from "urql";
import { MoneyText } from "../components/MoneyText";
import { productPath } from "../components/ProductCard";
import { ProductPicture } from "../components/ProductPicture";
import { useShopper } from "../data/shopper";
import { locale } from "../i18n";
import { NamedProductDocument, RateAnswerDocument } from "./Assistant.generated";
import classes from "./Assistant.module.css";
import { ComparisonTable } from "./ComparisonTable";
import type { Citation, Turn } from "./conversation";

const MOST_PRODUCTS = 6;

interface Props {
  turn: Turn;
  /** Whether its question to the shopper still waits for an answer. */
  latest: boolean;
  onSource: (source: Citation) => void;
  onSay: (text: string) => void;
  onLeave: () => void;
}

/** What a turn was answered, with all that it rests on. */
export function AnsweredTurn({ turn, latest, onSource, onSay, onLeave }: Props) {
  const { t } = useTranslation("assistant");
  const { answer, question, handOver, failure } = turn;
  const cite = (number: number) => {
    const source = turn.sources.find((one) => one.number === number);
    if (source) onSource(source);
  };
  if (failure)
    return (
      <Alert color="red" role="alert">
        {t("failed", { message: failure })}
      </Alert>
    );
  return (
    <Stack gap="xs" className={classes.answer} lang={answer?.language} data-complete={Boolean(answer)}>
      {turn.statements.map((one, place) => (
        <Text key={place} size="sm" dir="auto">
          {one.text}{" "}
          {one.sources.map((number) => (
            <Cite key={number} number={number} source={turn.sources.find((s) => s.number === number)} onOpen={cite} />
          ))}
        </Text>
      ))}
      {!answer && (
        <Group gap="xs">
          <span className={classes.dots} aria-hidden>
            <span />
            <span />
            <span />
          </span>
          <Text size="xs" c="dimmed" role="status">
            {t("writing")}
          </Text>
        </Group>
      )}
      {answer?.table && <ComparisonTable table={answer.table} sources={turn.sources} onCite={cite} />}
      {answer && !answer.table && answer.productKeys.length > 0 && (
        <Stack gap={6} component="section" aria-label={t("products")}>
          {answer.productKeys.slice(0, MOST_PRODUCTS).map((key) => (
            <NamedProduct key={key} productKey={key} onLeave={onLeave} />
          ))}
        </Stack>
      )}
      {question && latest && (
        <Group gap={6} role="group" aria-label={t("options")}>
          {question.options.map((option) => (
            <Button
              key={option.text}
              size="compact-sm"
              radius="xl"
              variant="outline"
              aria-label={t("option", { text: option.text, count: option.products })}
              rightSection={
                <Badge size="xs" variant="light" circle={option.products < 10}>
                  {option.products}
                </Badge>
              }
              onClick={() => onSay(option.text)}
            >
              {option.text}
            </Button>
          ))}
        </Group>
      )}
      {handOver && (
        <Alert color="yellow" icon={<IconHeadset size={18} />} title={t("handOver")}>
          <Text size="sm" dir="auto">
            {handOver.summary}
          </Text>
          <details className={classes.how}>
            <summary>{t("tried")}</summary>
            <List size="xs">
              {handOver.tried.map((line, place) => (
                <List.Item key={place}>{line}</List.Item>
              ))}
            </List>
          </details>
        </Alert>
      )}
      {turn.sources.length > 0 && <Sources sources={turn.sources} onOpen={onSource} />}
      {(answer || turn.understood) && <How turn={turn} />}
      {answer && turn.turnKey && <Rating turnKey={turn.turnKey} />}
    </Stack>
  );
}

interface CiteProps {
  number: number;
  source: Citation | undefined;
  onOpen: (number: number) => void;
}

export function Cite({ number, source, onOpen }: CiteProps) {
  const { t } = useTranslation("assistant");
  const text = (source?.text ?? "").split("\n")[0];
  return (
    <UnstyledButton
      className={classes.cite}
      aria-label={t("source", { number, text })}
      onClick={() => onOpen(number)}
    >
      {number}
    </UnstyledButton>
  );
}

function Sources({ sources, onOpen }: { sources: readonly Citation[]; onOpen: (one: Citation) => void }) {
  const { t } = useTranslation("assistant");
  return (
    <details className={classes.how}>
      <summary>
        {t("sources")} ({sources.length})
      </summary>
      {sources.map((one) => (
        <UnstyledButton key={one.number} className={classes.source} onClick={() => onOpen(one)}>
          <Badge size="sm" variant="light" tt="none" miw={64}>
            {one.number} · {t(`kind.${one.kind}`)}
          </Badge>
          <Text size="xs" lineClamp={2} dir="auto">
            {one.text}
          </Text>
        </UnstyledButton>
      ))}
    </details>
  );
}

/** What was understood, and the plans that were run. */
function How({ turn }: { turn: Turn }) {
  const { t } = useTranslation("assistant");
  return (
    <details className={classes.how}>
      <summary>{t("how")}</summary>
      <Stack gap={4}>
        {turn.understood && (
          <Group gap={4}>
            <Text size="xs">{t("understood")}</Text>
            {turn.understood.intents.map((one, place) => (
              <Badge key={place} size="sm" variant="light" tt="none">
                {one.name} {Math.round(one.confidence * 100)} %
              </Badge>
            ))}
            {turn.understood.constraints.map((one) => (
              <Badge key={one.id} size="sm" variant="outline" tt="none">
                {one.label}
              </Badge>
            ))}
          </Group>
        )}
        {turn.plans.map((plan) => (
          <Text key={plan} size="xs" ff="monospace" className={classes.plan}>
            {t("plan")}: {plan}
          </Text>
        ))}
      </Stack>
    </details>
  );
}

function NamedProduct({ productKey, onLeave }: { productKey: string; onLeave: () => void }) {
  const [{ data }] = useQuery({
    query: NamedProductDocument,
    variables: { key: productKey, locale: locale() },
  });
  const product = data?.product;
  if (!product) return null;
  return (
    <Link to={productPath(productKey)} className={classes.product} onClick={onLeave}>
      <ProductPicture title={product.title} url={product.imageUrl} />
      <div>
        <Text size="sm" lineClamp={2} dir="auto">
          {product.title}
        </Text>
        <Text size="sm" fw={600}>
          <MoneyText money={product.pricing?.current} />
        </Text>
      </div>
    </Link>
  );
}

function Rating({ turnKey }: { turnKey: string }) {
  const { t } = useTranslation("assistant");
  const { userKey } = useShopper();
  const [, rate] = useMutation(RateAnswerDocument);
  const [said, setSaid] = useState<boolean>();
  const judge = (helpful: boolean) => {
    setSaid(helpful);
    void rate({ input: { turnKey, helpful, userKey, comment: null } });
  };
  return (
    <Group gap={4}>
      {([true, false] as const).map((helpful) => (
        <ActionIcon
          key={String(helpful)}
          size={28}
          variant={said === helpful ? "filled" : "subtle"}
          color={said === helpful ? undefined : "gray"}
          aria-pressed={said === helpful}
          aria-label={t(helpful ? "helpful" : "unhelpful")}
          onClick={() => judge(helpful)}
        >
          {helpful ? <IconThumbUp size={16} /> : <IconThumbDown size={16} />}
        </ActionIcon>
      ))}
      <Text size="xs" c="dimmed" role="status">
        {said !== undefined && t("rated")}
      </Text>
    </Group>
  );
}
