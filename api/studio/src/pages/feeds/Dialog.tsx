import { Modal, Stack } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  opened: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
}

/** A dialog without a header of its own, which would be a second banner of the page. */
export function Dialog({ opened, onClose, title, children }: Props) {
  return (
    // Locking the scroll of the page needs a style element, which the content policy refuses.
    <Modal.Root opened={opened} onClose={onClose} size="lg" lockScroll={false}>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body>
          <Stack>
            <Modal.Title fz="lg" fw={700}>
              {title}
            </Modal.Title>
            {children}
          </Stack>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
