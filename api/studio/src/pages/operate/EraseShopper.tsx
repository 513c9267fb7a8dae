import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "urql";
import { Panel } from "../../components/Panel";
import { EraseShopperDocument, KnownOfShopperDocument, type KnownOfShopperQuery } from "./Operate.generated";

type Known = KnownOfShopperQuery["userProfile"];

interface Proof {
  userKey: string;
  before: Known;
  records: number;
  staleModels: readonly string[];
  /** What a look after it found: null when nothing is known any more. */
  after: Known;
}

/** Erases a shopper in two steps: what is known, then, confirmed by the key, that it went. */
export function EraseShopper() {
  const { t } = useTranslation("operate");
  const client = useClient();
  const [key, setKey] = useState("");
  const [repeated, setRepeated] = useState("");
  const [found, setFound] = useState<{ userKey: string; known: Known }>();
  const [proof, setProof] = useState<Proof>();
  const [failed, setFailed] = useState<string>();
  const [working, setWorking] = useState(false);

  const look = (userKey: string) => client.query(KnownOfShopperDocument, { userKey }, { requestPolicy: "network-only" }).toPromise();
  const run = (work: () => Promise<string | undefined>) => async (event: FormEvent) => {
    event.preventDefault();
    setWorking(true);
    setFailed(await work());
    setWorking(false);
  };
  const search = run(async () => {
    setProof(undefined);
    setRepeated("");
    const { data, error } = await look(key);
    setFound(data && { userKey: key, known: data.userProfile });
    return error && (error.graphQLErrors[0]?.message ?? error.message);
  });
  const erase = run(async () => {
    const { userKey, known } = found!;
    const { data, error } = await client.mutation(EraseShopperDocument, { userKey }).toPromise();
    const result = data?.eraseUser;
    if (!result || "message" in result) return result?.message ?? error?.graphQLErrors[0]?.message ?? error?.message;
    const after = await look(userKey);
    setFound(undefined);
    setProof({ userKey, before: known, ...result, after: after.data?.userProfile ?? null });
    return after.error?.message;
  });
  return (
    <Panel title={t("erase.title")} hint={t("erase.hint")}>
      <Stack>
        <form onSubmit={(event) => void search(event)}>
          <Group align="end">
            <TextInput
              flex={1}
              miw={220}
              label={t("erase.key")}
              placeholder="user:shop:…"
              required
              value={key}
              onChange={(event) => setKey(event.currentTarget.value.trim())}
            />
            <Button type="submit" variant="default" loading={working && !found} disabled={!key}>
              {t("erase.look")}
            </Button>
          </Group>
        </form>
        {failed && (
          <Alert color="red" role="alert">
            {failed}
          </Alert>
        )}
        {found && (
          <form onSubmit={(event) => void erase(event)}>
            <Stack gap="sm">
              <Text>{found.known ? t("erase.known", figures(found.known)) : t("erase.unknown")}</Text>
              <Group align="end">
                <TextInput
                  flex={1}
                  miw={220}
                  label={t("erase.repeat")}
                  value={repeated}
                  onChange={(event) => setRepeated(event.currentTarget.value.trim())}
                />
                <Button type="submit" color="red" variant="light" loading={working} disabled={repeated !== found.userKey}>
                  {t("erase.do")}
                </Button>
              </Group>
            </Stack>
          </form>
        )}
        {proof && (
          <Alert color={proof.after ? "red" : "green"} title={t(proof.after ? "erase.left" : "erase.done")} role="status">
            <Stack gap={4}>
              <Text size="sm">{proof.userKey}</Text>
              {proof.before && <Text size="sm">{t("erase.before", figures(proof.before))}</Text>}
              <Text size="sm">{t("erase.records", { count: proof.records })}</Text>
              <Text size="sm">{proof.after ? t("erase.known", figures(proof.after)) : t("erase.gone")}</Text>
              <Text size="sm">
                {proof.staleModels.length ? t("erase.stale", { kinds: proof.staleModels.join(", ") }) : t("erase.noStale")}
              </Text>
            </Stack>
          </Alert>
        )}
      </Stack>
    </Panel>
  );
}

function figures(known: NonNullable<Known>) {
  return {
    events: known.events.reduce((sum, one) => sum + one.count, 0),
    reviews: known.reviews,
    products: known.products,
  };
}
