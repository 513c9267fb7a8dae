import { Alert, Code, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** Says that the server's gate for Cypher is off, and how an operator turns it on. */
export function GateNotice() {
  const { t } = useTranslation();
  return (
    <Alert color="yellow" title={t("gate.off")}>
      <Stack gap="xs" align="start">
        {t("gate.how")}
        <Code>CATALOGRAPH_API__CYPHER=true catalograph serve</Code>
      </Stack>
    </Alert>
  );
}
