import { Drawer, Group } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "./SidePanel.module.css";

interface Props {
  opened: boolean;
  onClose: () => void;
  title: ReactNode;
  position?: "left" | "right";
  /** Width: of a list, or of a drawing. */
  size?: "narrow" | "wide";
  /** Whether the content keeps its state while the panel is closed, and fills its height. */
  kept?: boolean;
  children: ReactNode;
}

const SIZES = { narrow: "min(420px, 90vw)", wide: "min(640px, 100vw)" };

/**
 * A panel at the side, above the page.
 *
 * It has no `header` element, as the library's own does: in a dialog that counts as a second banner
 * of the page.
 */
export function SidePanel(props: Props) {
  const { opened, onClose, title, position = "left", size = "narrow", kept, children } = props;
  const { t } = useTranslation();
  return (
    <Drawer.Root
      opened={opened}
      onClose={onClose}
      position={position}
      size={SIZES[size]}
      keepMounted={kept}
    >
      <Drawer.Overlay />
      <Drawer.Content>
        <Drawer.Body pt="md" className={kept ? classes.filled : undefined}>
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
