import { Drawer, Group } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface Props {
  opened: boolean;
  onClose: () => void;
  title: ReactNode;
  position?: "left" | "right";
  children: ReactNode;
}

/**
 * A panel at the side, above the page.
 *
 * It has no `header` element, as the library's own does: in a dialog that counts as a second banner
 * of the page.
 */
export function SidePanel({ opened, onClose, title, position = "left", children }: Props) {
  const { t } = useTranslation();
  return (
    <Drawer.Root
      opened={opened}
      onClose={onClose}
      position={position}
      size="min(420px, 90vw)"
      lockScroll={false} // which would add a style element that the content policy refuses
    >
      <Drawer.Overlay />
      <Drawer.Content>
        <Drawer.Body pt="md">
          <Group justify="space-between" align="start" wrap="nowrap" mb="md">
            <Drawer.Title fw={600} dir="auto">
              {title}
            </Drawer.Title>
            <Drawer.CloseButton aria-label={t("close")} />
          </Group>
          {children}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}
