import { Kbd, Modal, Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

const KEYS = [
  ["j", "next"],
  ["k", "previous"],
  ["a", "accept"],
  ["r", "reject"],
  ["c", "correct"],
  ["u", "undo"],
  ["x", "select"],
  ["Esc", "clear"],
  ["?", "help"],
] as const;

/** The keys of the page. */
export function KeysHelp({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("review");
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("keys.title")}
      lockScroll={false} // which would add a style element that the content policy refuses
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Stack>
        <Table
          data={{ body: KEYS.map(([key, what]) => [<Kbd key={key}>{key}</Kbd>, t(`keys.${what}`)]) }}
        />
        <Text size="sm" c="dimmed">
          {t("keys.bulk")}
        </Text>
      </Stack>
    </Modal>
  );
}
