import {
  ActionIcon,
  Alert,
  Badge,
  Button,
  Group,
  Paper,
  Progress,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
  Tooltip,
  VisuallyHidden,
} from "@mantine/core";
import { useDebouncedCallback, useDisclosure, useHotkeys } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconChartBar, IconKeyboard } from "@tabler/icons-react";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Loaded } from "../../components/Loaded";
import { useSession } from "../../data/session";
import { useViewState } from "../../data/viewState";
import { addTexts } from "../../i18n";
import { DecidedItems } from "./DecidedItems";
import en from "./en.json";
import { Actions, ItemCard } from "./ItemCard";
import { ItemList } from "./ItemList";
import { KeysHelp } from "./KeysHelp";
import { ProgressDrawer } from "./ProgressDrawer";
import { ReviewProgressDocument, type ReviewProgressQuery } from "./Review.generated";
import classes from "./Review.module.css";
import { useReviewer } from "./reviewer";
import { type ReviewFilter, useReview } from "./useReview";
import { kindName, summary } from "./words";
import zh from "./zh.json";

addTexts("review", { en, zh });

const FIRST: { kind: string; attribute: string; category: string; view: "waiting" | "decided" } = {
  kind: "",
  attribute: "",
  category: "",
  view: "waiting",
};

export default function ReviewPage() {
  const [progress, refresh] = useQuery({
    query: ReviewProgressDocument,
    requestPolicy: "cache-and-network",
  });
  const onChanged = useDebouncedCallback(
    () => refresh({ requestPolicy: "network-only" }),
    800,
  );
  return (
    <Loaded query={[progress, refresh]} lines={10}>
      {(data) => <Review progress={data.reviewProgress} onChanged={onChanged} />}
    </Loaded>
  );
}

type Counted = ReviewProgressQuery["reviewProgress"];

function Review({ progress, onChanged }: { progress: Counted; onChanged: () => void }) {
  const { t } = useTranslation("review");
  const [view, change] = useViewState(FIRST);
  const { viewer } = useSession();
  const [reviewer, rename] = useReviewer();
  const filter = useMemo<ReviewFilter>(
    () => ({
      kind: view.kind || null,
      attribute: view.attribute || null,
      category: view.category || null,
    }),
    [view.kind, view.attribute, view.category],
  );
  return (
    <Stack>
      <Overview progress={progress} />
      <div className={classes.filters} role="group" aria-label={t("filters")}>
        <Select
          label={t("kinds")}
          value={view.kind}
          onChange={(kind) => change({ kind: kind ?? "" })}
          data={progress.counts.map((one) => ({
            value: one.kind ?? "",
            label: `${kindName(t, one.kind)} (${one.waiting + one.second})`,
          }))}
          allowDeselect={false}
        />
        <Select
          label={t("attribute")}
          placeholder={t("anyAttribute")}
          searchable
          clearable
          value={view.attribute || null}
          onChange={(attribute) => change({ attribute: attribute ?? "" })}
          data={progress.attributes.map((one) => one.name)}
        />
        <Select
          label={t("category")}
          placeholder={t("anyCategory")}
          searchable
          clearable
          value={view.category || null}
          onChange={(category) => change({ category: category ?? "" })}
          data={progress.categories.map((one) => one.name)}
        />
        <SegmentedControl
          aria-label={t("view.label")}
          value={view.view}
          onChange={(name) => change({ view: name as "waiting" | "decided" })}
          data={(["waiting", "decided"] as const).map((name) => ({
            value: name,
            label: t(`view.${name}`),
          }))}
        />
        {!viewer.known && <ReviewerName name={reviewer} onSave={rename} />}
      </div>
      {view.view === "waiting" ? (
        <Desk key={reviewer} filter={filter} reviewer={reviewer} onChanged={onChanged} />
      ) : (
        <DecidedItems filter={filter} />
      )}
    </Stack>
  );
}

/** How much is decided, and how far reviewers agree. */
function Overview({ progress }: { progress: Counted }) {
  const { t } = useTranslation("review");
  const [opened, { open, close }] = useDisclosure();
  const [help, { open: openHelp, close: closeHelp }] = useDisclosure();
  useHotkeys([["shift+?", openHelp], ["?", openHelp]]);
  const total = progress.counts.at(-1);
  const agreement = progress.agreement.at(-1);
  if (!total) return null;
  const all = total.waiting + total.second + total.decided;
  const decided = total.decided + total.second;
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" mb="xs">
        <Text size="sm" role="status">
          <b>{t("progress.line", { decided, all })}</b>
          {total.second > 0 && ` · ${t("progress.second", { count: total.second })}`}
          {agreement?.share != null &&
            ` · ${t("progress.agree", { percent: Math.round(100 * agreement.share) })}`}
          {agreement?.kappa != null &&
            ` (${t("progress.kappa", { kappa: agreement.kappa.toFixed(2) })})`}
        </Text>
        <Group gap="xs">
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconChartBar size={16} aria-hidden />}
            onClick={open}
          >
            {t("progress.open")}
          </Button>
          <Tooltip label={t("keys.open")}>
            <ActionIcon variant="default" aria-label={t("keys.open")} onClick={openHelp}>
              <IconKeyboard size={18} stroke={1.6} />
            </ActionIcon>
          </Tooltip>
        </Group>
      </Group>
      <Progress
        value={all ? (100 * decided) / all : 0}
        aria-label={t("progress.line", { decided, all })}
      />
      <ProgressDrawer opened={opened} onClose={close} progress={progress} />
      <KeysHelp opened={help} onClose={closeHelp} />
    </Paper>
  );
}

function ReviewerName({ name, onSave }: { name: string; onSave: (name: string) => void }) {
  const { t } = useTranslation("review");
  return (
    <TextInput
      key={name}
      label={t("reviewer.label")}
      title={t("reviewer.hint")}
      defaultValue={name}
      maxLength={100}
      onBlur={(event) => event.currentTarget.value !== name && onSave(event.currentTarget.value)}
      onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
    />
  );
}

interface DeskProps {
  filter: ReviewFilter;
  reviewer: string;
  onChanged: () => void;
}

/** What the reviewer holds: the list, the open item, its buttons and keys. */
function Desk({ filter, reviewer, onChanged }: DeskProps) {
  const { t } = useTranslation("review");
  const [correcting, setCorrecting] = useState(false);
  const [said, setSaid] = useState("");
  const onFailed = useCallback(
    (message: string) => notifications.show({ color: "red", message: t("failed", { message }) }),
    [t],
  );
  const review = useReview(filter, reviewer, { onFailed, onChanged });
  const entry = review.entries[review.current];
  const item = entry?.item;

  const decide = (verdict: "ACCEPT" | "REJECT" | "CORRECT", correction: string | null = null) => {
    const { entries, current, selected } = review.peek();
    const now = entries[current];
    if (!now) return;
    const many = correction === null && selected.size > 0;
    if (!many && now.decision) return;
    const words = { ACCEPT: "said", REJECT: "saidReject", CORRECT: "saidCorrect" }[verdict];
    const name = many ? t("selected", { count: selected.size }) : summary(now.item);
    setSaid(t(words, { name }));
    setCorrecting(false);
    review.decide(many ? [...selected] : [now.item.key], { verdict, correction });
  };
  const undo = async () => {
    if (!review.peek().history.length) {
      setSaid(t("nothingToUndo"));
      return;
    }
    const back = await review.undo();
    if (back) setSaid(t("saidUndo", { name: summary(back) }));
  };
  const startCorrection = () => item?.correctable && !entry?.decision && setCorrecting(true);
  const move = (by: number) => {
    setCorrecting(false);
    review.move(review.peek().current + by);
  };
  const toggle = () => {
    const now = review.peek();
    const there = now.entries[now.current];
    if (there && !there.decision) review.toggle(there.item.key);
  };
  useHotkeys([
    ["j", () => move(1)],
    ["k", () => move(-1)],
    ["a", () => decide("ACCEPT")],
    ["r", () => decide("REJECT")],
    ["c", startCorrection],
    ["u", () => void undo()],
    ["x", toggle],
    ["Escape", review.clear],
  ]);

  if (!review.loading && review.open === 0 && review.ended)
    return (
      <Alert title={t("empty")}>
        <Stack align="flex-start">
          <Text size="sm">{t("emptyHint")}</Text>
          <Group>
            <Button variant="default" size="xs" onClick={review.reload}>
              {t("reload")}
            </Button>
            {review.history.length > 0 && (
              <Button variant="default" size="xs" onClick={() => void undo()}>
                {t("undo")}
              </Button>
            )}
          </Group>
        </Stack>
        <Said text={said} />
      </Alert>
    );
  return (
    <>
      {review.selected.size > 0 && (
        <Paper withBorder p="xs">
          <Group>
            <Badge variant="light">{t("selected", { count: review.selected.size })}</Badge>
            <Button size="compact-sm" color="teal" variant="light" onClick={() => decide("ACCEPT")}>
              {t("acceptSelected")}
            </Button>
            <Button size="compact-sm" color="red" variant="light" onClick={() => decide("REJECT")}>
              {t("rejectSelected")}
            </Button>
            <Button size="compact-sm" variant="default" onClick={review.clear}>
              {t("clear")}
            </Button>
          </Group>
        </Paper>
      )}
      <div className={classes.page}>
        <ItemList
          entries={review.entries}
          current={review.current}
          selected={review.selected}
          onOpen={(place) => {
            setCorrecting(false);
            review.move(place);
          }}
          onToggle={review.toggle}
        />
        {item && (
          <section
            aria-label={t("position", {
              place: review.current + 1,
              total: review.entries.length,
            })}
          >
            <ItemCard item={item} decision={entry.decision}>
              <Actions
                key={item.key}
                item={item}
                correcting={correcting}
                onAccept={() => decide("ACCEPT")}
                onReject={() => decide("REJECT")}
                onCorrect={startCorrection}
                onCancel={() => setCorrecting(false)}
                onSend={(value) => decide("CORRECT", value)}
                onUndo={() => void undo()}
              />
            </ItemCard>
          </section>
        )}
      </div>
      <Said text={said} />
    </>
  );
}

/** What was just decided, for those who do not see it. */
function Said({ text }: { text: string }) {
  return (
    <VisuallyHidden role="status" aria-live="polite">
      {text}
    </VisuallyHidden>
  );
}
