import { Alert } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../data/session";

/** Shows its children to those who have a scope, and to others what they lack. */
export function ScopeGuard({ scope, children }: { scope: string; children: ReactNode }) {
  const { may } = useSession();
  const { t } = useTranslation();
  return may(scope) ? (
    children
  ) : (
    <Alert color="yellow" m="md">
      {t("forbidden", { scope })}
    </Alert>
  );
}
