import { ActionIcon } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconMessageChatbot } from "@tabler/icons-react";
import { useLocation } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { SidePanel } from "../components/SidePanel";
import { useSession } from "../data/session";

const AssistantPanel = lazy(() => import("../assistant/AssistantPanel"));

/** Opens the assistant beside any page; its conversation stays while the tab is open. */
export function AssistantButton() {
  const { t } = useTranslation();
  const { may } = useSession();
  const [opened, { open, close }] = useDisclosure();
  const [used, setUsed] = useState(false);
  const { pathname } = useLocation();
  const product = /^\/product\/(.+)$/.exec(pathname)?.[1];
  const start = () => {
    setUsed(true);
    open();
  };
  if (!may("catalog:read")) return null;
  return (
    <>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("assistant")} onClick={start}>
        <IconMessageChatbot size={20} stroke={1.6} />
      </ActionIcon>
      <SidePanel opened={opened} onClose={close} position="right" title={t("assistant")} kept>
        {used && (
          <Suspense>
            <AssistantPanel productKey={product && decodeURIComponent(product)} onLeave={close} />
          </Suspense>
        )}
      </SidePanel>
    </>
  );
}
