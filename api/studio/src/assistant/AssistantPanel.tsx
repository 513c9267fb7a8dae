import { ActionIcon, Button, Group, Stack, Switch, Text, TextInput, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { IconRefresh, IconSend2 } from "@tabler/icons-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { useSession } from "../data/session";
import { addTexts } from "../i18n";
import { AnsweredTurn } from "./AnsweredTurn";
import { ExampleProductsDocument } from "./Assistant.generated";
import classes from "./Assistant.module.css";
import { type Citation, useConversation } from "./conversation";
import en from "./en.json";
import { SourceView } from "./SourceView";
import zh from "./zh.json";

addTexts("assistant", { en, zh });

const LONGEST = 500;

interface Props {
  /** Product on the page behind the panel: what “it” means. */
  productKey: string | undefined;
  onLeave: () => void;
}

/** A conversation with the assistant; its sources open in the same place. */
export default function AssistantPanel({ productKey, onLeave }: Props) {
  const { t } = useTranslation("assistant");
  const { may } = useSession();
  const [text, setText] = useState("");
  const [own, setOwn] = useState(false);
  const [source, setSource] = useState<Citation>();
  const { turns, say, begin, userKey } = useConversation(productKey ? [productKey] : [], own);
  const end = useRef<HTMLDivElement>(null);
  const last = turns.at(-1);

  useEffect(() => {
    if (turns.length) end.current?.scrollIntoView({ block: "end" });
  }, [turns]);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!text.trim()) return;
    say(text.trim());
    setText("");
  }

  if (source)
    return <SourceView source={source} onBack={() => setSource(undefined)} onLeave={onLeave} />;
  return (
    <div className={classes.panel}>
      <div className={classes.log} role="log" aria-label={t("title")} tabIndex={0}>
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            {t("hello")}
          </Text>
          {turns.length === 0 && <Examples onSay={say} />}
          {turns.map((turn, place) => (
            <Stack key={place} gap="xs">
              <div className={classes.asked} dir="auto">
                <VisuallyHidden>{t("you")}: </VisuallyHidden>
                {turn.asked}
              </div>
              <AnsweredTurn
                turn={turn}
                latest={turn === last}
                onSource={setSource}
                onSay={say}
                onLeave={onLeave}
              />
            </Stack>
          ))}
          <div ref={end} />
        </Stack>
      </div>
      <form className={classes.foot} onSubmit={submit}>
        <Group gap="xs" wrap="nowrap">
          <TextInput
            flex={1}
            aria-label={t("input")}
            placeholder={t("input")}
            value={text}
            maxLength={LONGEST}
            onChange={(event) => setText(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
          <ActionIcon type="submit" size={36} aria-label={t("send")} disabled={!text.trim()}>
            <IconSend2 size={18} />
          </ActionIcon>
        </Group>
        <Group justify="space-between" mt="xs">
          {userKey && may("recommend:read") ? (
            <Switch
              size="xs"
              label={t("history")}
              checked={own}
              onChange={(event) => setOwn(event.currentTarget.checked)}
            />
          ) : (
            <span />
          )}
          {turns.length > 0 && (
            <Button
              size="compact-xs"
              variant="subtle"
              leftSection={<IconRefresh size={12} />}
              onClick={begin}
            >
              {t("again")}
            </Button>
          )}
        </Group>
      </form>
    </div>
  );
}

/** Questions to begin with, about what this shop sells. */
function Examples({ onSay }: { onSay: (text: string) => void }) {
  const { t } = useTranslation("assistant");
  const [{ data }] = useQuery({ query: ExampleProductsDocument });
  const [a, b] = data?.trending.map((one) => one.product) ?? [];
  const brand = a?.brands[0]?.name;
  const questions = [
    t("examples.recommend"),
    ...(brand ? [t("examples.brand", { brand })] : []),
    ...(a?.title && b?.title ? [t("examples.compare", { a: a.title, b: b.title })] : []),
    t("examples.return"),
  ];
  return (
    <Stack gap={6} align="start" role="group" aria-label={t("try")}>
      {questions.map((text) => (
        <UnstyledButton key={text} className={classes.example} dir="auto" onClick={() => onSay(text)}>
          {text}
        </UnstyledButton>
      ))}
    </Stack>
  );
}
