import { Alert, Badge, Button, Code, CopyButton, Group, MultiSelect, Stack, Table, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMutation } from "urql";
import { Panel } from "../../components/Panel";
import { useSession } from "../../data/session";
import { CreateKeyDocument, RevokeKeyDocument, type ServerStateQuery } from "./Operate.generated";

type Server = ServerStateQuery["server"];

interface Props {
  server: Server;
  refresh: () => void;
}

/** Whom API keys stand for; keys are made here, shown once, and revoked, where the server keeps them in a file. */
export function Keys({ server, refresh }: Props) {
  const { t } = useTranslation("operate");
  const { may } = useSession();
  const changes = server.keyFile && may("keys:write");
  return (
    <Panel title={t("keys.title")} hint={t("keys.hint")}>
      <Stack gap="sm">
        {server.apiKeys.length > 0 ? (
          <Owners owners={server.apiKeys} changes={changes} refresh={refresh} />
        ) : (
          <Text c="dimmed">{t("keys.none")}</Text>
        )}
        {server.authentication && (
          <Text size="sm">
            {t("keys.anonymous")} {server.anonymousScopes.join(", ") || t("none")}
          </Text>
        )}
        {changes && <NewKey refresh={refresh} />}
        {!server.keyFile && (
          <Text size="sm">
            {t("keys.noFile")} <Code>CATALOGRAPH_API__AUTH__API_KEY_FILE</Code>, <Code>catalograph api-key new NAME</Code>
          </Text>
        )}
      </Stack>
    </Panel>
  );
}

interface OwnersProps {
  owners: Server["apiKeys"];
  changes: boolean;
  refresh: () => void;
}

function Owners({ owners, changes, refresh }: OwnersProps) {
  const { t } = useTranslation("operate");
  return (
    <Table.ScrollContainer minWidth={400} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("keys.name")}</Table.Th>
            <Table.Th>{t("keys.scopes")}</Table.Th>
            <Table.Th>{t("keys.whose")}</Table.Th>
            {changes && <Table.Th>{t("keys.end")}</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {owners.map((one) => (
            <Table.Tr key={one.name}>
              <Table.Td>{one.name}</Table.Td>
              <Table.Td>
                <Group gap={4}>
                  {one.scopes.map((scope) => (
                    <Badge key={scope} variant="light" tt="none" size="sm">
                      {scope}
                    </Badge>
                  ))}
                </Group>
              </Table.Td>
              <Table.Td>{t(one.shopper ? "keys.shopper" : "keys.service")}</Table.Td>
              {changes && <Table.Td>{one.revocable ? <Revoke name={one.name} done={refresh} /> : t("keys.fixed")}</Table.Td>}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** Revokes a key after a second click, which a slip of the hand does not make. */
function Revoke({ name, done }: { name: string; done: () => void }) {
  const { t } = useTranslation("operate");
  const [asked, setAsked] = useState(false);
  const [fault, setFault] = useState<string>();
  const [{ fetching }, revoke] = useMutation(RevokeKeyDocument);
  const act = async () => {
    if (!asked) return setAsked(true);
    const { data, error } = await revoke({ name });
    const result = data?.revokeApiKey;
    if (result && !("message" in result)) return done();
    setAsked(false);
    setFault(result?.message ?? error?.message);
  };
  return (
    <Stack gap={4} align="start">
      <Button
        size="compact-sm"
        color="red"
        variant={asked ? "filled" : "light"}
        loading={fetching}
        aria-label={t(asked ? "keys.reallyRevoke" : "keys.revokeKey", { name })}
        onClick={() => void act()}
      >
        {t(asked ? "keys.really" : "keys.revoke")}
      </Button>
      {fault && (
        <Text size="sm" c="red.8" role="alert">
          {fault}
        </Text>
      )}
    </Stack>
  );
}

function NewKey({ refresh }: { refresh: () => void }) {
  const { t } = useTranslation("operate");
  const { viewer } = useSession();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string[]>([]);
  const [userKey, setUserKey] = useState("");
  const [made, setMade] = useState<{ name: string; key: string }>();
  const [fault, setFault] = useState<string>();
  const [{ fetching }, create] = useMutation(CreateKeyDocument);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const { data, error } = await create({ input: { name, scopes, userKey: userKey || null } });
    const result = data?.createApiKey;
    const key = result && "key" in result ? result : undefined;
    setMade(key);
    setFault(result && "message" in result ? result.message : error?.message);
    if (!key) return;
    setName("");
    refresh();
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="sm">
        <Group align="end">
          <TextInput label={t("keys.newName")} required value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <MultiSelect flex={1} miw={220} label={t("keys.may")} required={scopes.length === 0} data={[...viewer.scopes]} value={scopes} onChange={setScopes} searchable />
          <TextInput label={t("keys.ofShopper")} placeholder="user:shop:…" value={userKey} onChange={(event) => setUserKey(event.currentTarget.value.trim())} />
          <Button type="submit" loading={fetching} disabled={!name || !scopes.length}>
            {t("keys.create")}
          </Button>
        </Group>
        {fault && (
          <Alert color="red" role="alert">
            {fault}
          </Alert>
        )}
        {made && (
          <Alert color="green" title={t("keys.made", { name: made.name })} role="status">
            <Stack gap="xs" align="start">
              <Code style={{ overflowWrap: "anywhere" }}>{made.key}</Code>
              <CopyButton value={made.key}>
                {({ copied, copy }) => (
                  <Button size="compact-sm" variant="default" onClick={copy}>
                    {t(copied ? "keys.copied" : "keys.copy")}
                  </Button>
                )}
              </CopyButton>
            </Stack>
          </Alert>
        )}
      </Stack>
    </form>
  );
}
