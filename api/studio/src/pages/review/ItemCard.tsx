import { Badge, Button, Card, Group, Kbd, List, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { MarkedText } from "../../components/MarkedText";
import { currentLanguage } from "../../i18n";
import { OneRecord, ScoreParts, TwoRecords } from "./Evidence";
import classes from "./Review.module.css";
import type { ReviewCaseFragment } from "./Review.generated";
import type { Decision } from "./useReview";
import { kindName, wordOf } from "./words";

interface Props {
  item: ReviewCaseFragment;
  decision?: Decision;
  /** What stands under the item, such as its buttons. */
  children?: React.ReactNode;
}

/** An item with all that a person needs to decide it. */
export function ItemCard({ item, decision, children }: Props) {
  const { t } = useTranslation("review");
  const [left, right] = item.records;
  return (
    <Card withBorder padding="lg" className={classes.card}>
      <Stack>
        <Group justify="space-between" align="flex-start">
          <Group gap="xs">
            <Badge variant="light">{kindName(t, item.kind)}</Badge>
            {item.category && (
              <Badge variant="light" color="gray">
                {item.category}
              </Badge>
            )}
            {decision && (
              <Badge variant="light" color={decision.verdict === "REJECT" ? "red" : "teal"} role="status">
                {t(`decided.${decision.verdict.toLowerCase()}`, { correction: decision.correction })}
              </Badge>
            )}
          </Group>
          <Text size="sm" c="dimmed">
            {t("confidence", { percent: Math.round(item.confidence * 100) })}
            {item.origin && ` · ${t("from", { origin: item.origin })}`}
          </Text>
        </Group>
        <div>
          {item.proposed ? (
            <>
              <Text c="dimmed">{wordOf(t, "question", item.kind)}</Text>
              <Title order={2} size="h3" dir="auto">
                {item.attribute}: {item.proposed}
              </Title>
            </>
          ) : (
            <Title order={2} size="h3">
              {wordOf(t, "question", item.kind)}
            </Title>
          )}
        </div>
        {item.text !== null && (
          <blockquote className={classes.quote}>
            <MarkedText
              text={item.text}
              spans={
                item.start !== null && item.end !== null ? [{ start: item.start, end: item.end }] : []
              }
            />
          </blockquote>
        )}
        {item.notes.length > 0 && (
          <List
            size="sm"
            aria-label={t("notes")}
            icon={<IconAlertTriangle size={16} color="var(--mantine-color-orange-6)" aria-hidden />}
          >
            {item.notes.map((note) => (
              <List.Item key={note.en}>{note[currentLanguage()]}</List.Item>
            ))}
          </List>
        )}
        {left && right ? (
          <TwoRecords left={left} right={right} />
        ) : (
          left && <OneRecord record={left} />
        )}
        <ScoreParts item={item} />
        {children}
      </Stack>
    </Card>
  );
}

interface ActionProps {
  item: ReviewCaseFragment;
  correcting: boolean;
  onAccept: () => void;
  onReject: () => void;
  onCorrect: () => void;
  onCancel: () => void;
  onSend: (value: string) => void;
  onUndo: () => void;
}

/** The buttons of an item, each with its key, or the field for the right value. */
export function Actions(props: ActionProps) {
  const { t } = useTranslation("review");
  const { item } = props;
  return (
    <div className={classes.actions}>
      {props.correcting ? (
        <Correction item={item} onSend={props.onSend} onCancel={props.onCancel} />
      ) : (
        <Group gap="sm">
          <Button color="teal" variant="light" onClick={props.onAccept} rightSection={<Kbd visibleFrom="sm">a</Kbd>}>
            {wordOf(t, "accept", item.kind)}
          </Button>
          <Button color="red" variant="light" onClick={props.onReject} rightSection={<Kbd visibleFrom="sm">r</Kbd>}>
            {wordOf(t, "reject", item.kind)}
          </Button>
          {item.correctable && (
            <Button variant="light" onClick={props.onCorrect} rightSection={<Kbd visibleFrom="sm">c</Kbd>}>
              {t("correct")}
            </Button>
          )}
          <Button
            variant="default"
            onClick={props.onUndo}
            rightSection={<Kbd visibleFrom="sm">u</Kbd>}
            ms={{ base: 0, sm: "auto" }}
          >
            {t("undo")}
          </Button>
        </Group>
      )}
    </div>
  );
}

function Correction({
  item,
  onSend,
  onCancel,
}: Pick<ActionProps, "item" | "onSend" | "onCancel">) {
  const { t } = useTranslation("review");
  const [value, setValue] = useState(item.proposed ?? "");
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (value.trim()) onSend(value.trim());
  };
  return (
    <form onSubmit={send}>
      <Group align="flex-end" gap="sm">
        <TextInput
          data-autofocus
          autoFocus
          flex={1}
          miw={180}
          maxLength={200}
          label={t(item.attribute === "category" ? "correctionOfCategory" : "correction")}
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
          onFocus={(event) => event.currentTarget.select()}
          onKeyDown={(event) => event.key === "Escape" && onCancel()}
        />
        <Button type="submit">{t("send")}</Button>
        <Button variant="default" onClick={onCancel}>
          {t("cancel")}
        </Button>
      </Group>
    </form>
  );
}
