import { Anchor, Button, Code, CopyButton, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure, useLocalStorage } from "@mantine/hooks";
import { IconCheck, IconCopy, IconDatabase, IconExternalLink } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { SidePanel } from "../../components/SidePanel";
import { cypherOf, type GraphState } from "./view";

/** Opens the same view in Neo4j Browser: a statement to copy, and a link that carries it. */
export function BrowserLink({ state }: { state: GraphState }) {
  const { t } = useTranslation("graph");
  const [opened, { open, close }] = useDisclosure();
  const [address, setAddress] = useLocalStorage({
    key: "neo4j-browser",
    defaultValue: "http://localhost:7474/browser/",
  });
  const statement = cypherOf(state);
  const link = /^https?:\/\//.test(address)
    ? `${address}?cmd=edit&arg=${encodeURIComponent(statement)}`
    : undefined;
  return (
    <>
      <Button variant="default" leftSection={<IconDatabase size={16} />} onClick={open} disabled={!statement}>
        {t("neo4j")}
      </Button>
      <SidePanel opened={opened} onClose={close} position="right" size="wide" title={t("neo4jTitle")}>
        <Stack>
          <Text size="sm">{t("neo4jHint")}</Text>
          <Code block tabIndex={0} aria-label={t("statement")}>
            {statement}
          </Code>
          <CopyButton value={statement}>
            {({ copied, copy }) => (
              <Button
                variant="light"
                leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
                onClick={copy}
              >
                {t(copied ? "copied" : "copy")}
              </Button>
            )}
          </CopyButton>
          <TextInput
            label={t("address")}
            description={t("addressHint")}
            value={address}
            onChange={(event) => setAddress(event.currentTarget.value)}
          />
          {link && (
            <Anchor href={link} target="_blank" rel="noreferrer noopener">
              {t("openBrowser")} <IconExternalLink size={14} aria-hidden />
            </Anchor>
          )}
        </Stack>
      </SidePanel>
    </>
  );
}
