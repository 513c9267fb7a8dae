import { Drawer, Stack, Table, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ReviewProgressQuery } from "./Review.generated";
import { kindName } from "./words";

interface Props {
  opened: boolean;
  onClose: () => void;
  progress: ReviewProgressQuery["reviewProgress"];
}

/** How far the review is, by kind and by reviewer, and how far reviewers agree. */
export function ProgressDrawer({ opened, onClose, progress }: Props) {
  const { t } = useTranslation("review");
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size="lg"
      title={t("progress.title")}
      lockScroll={false} // which would add a style element that the content policy refuses
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Stack gap="xl">
        <Table.ScrollContainer minWidth={420}>
          <Table
            data={{
              head: ["kind", "waiting", "claimed", "secondHead", "decided", "disputed"].map((name) =>
                t(`progress.${name}`),
              ),
              body: progress.counts.map((one) => [
                kindName(t, one.kind),
                one.waiting,
                one.claimed,
                one.second,
                one.decided,
                one.disputed,
              ]),
            }}
          />
        </Table.ScrollContainer>
        <Stack gap="xs">
          <Title order={3} size="h5">
            {t("progress.agreement")}
          </Title>
          <Text size="sm" c="dimmed">
            {t("progress.agreementHint")}
          </Text>
          {progress.agreement.every((one) => one.items === 0) ? (
            <Text size="sm">{t("progress.none")}</Text>
          ) : (
            <Table
              data={{
                head: ["kind", "items", "share", "kappaHead"].map((name) => t(`progress.${name}`)),
                body: progress.agreement.map((one) => [
                  kindName(t, one.kind),
                  one.items,
                  one.share === null ? "–" : `${Math.round(100 * one.share)} %`,
                  one.kappa === null ? "–" : one.kappa.toFixed(2),
                ]),
              }}
            />
          )}
        </Stack>
        {progress.reviewers.length > 0 && (
          <Stack gap="xs">
            <Title order={3} size="h5">
              {t("progress.reviewers")}
            </Title>
            <Table data={{ body: progress.reviewers.map((one) => [one.name, one.count]) }} />
          </Stack>
        )}
      </Stack>
    </Drawer>
  );
}
