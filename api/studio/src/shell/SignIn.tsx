import { Button, Modal, PasswordInput, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { SERVER } from "../data/server";
import { useSession } from "../data/session";

/** Signs in by OpenID Connect where the server has a client id, else by an API key. */
export function SignIn() {
  const { t } = useTranslation();
  const { viewer, signIn, signInByOpenId, signOut } = useSession();
  const [opened, { open, close }] = useDisclosure();
  const [secret, setSecret] = useState("");
  const [refused, setRefused] = useState<string>();

  async function submit(event: FormEvent) {
    event.preventDefault();
    const message = await signIn(secret.trim());
    setRefused(message);
    if (!message) close();
  }

  if (viewer.known)
    return (
      <Button variant="default" size="xs" onClick={() => void signOut()}>
        {t("signIn.out")}
      </Button>
    );
  return (
    <>
      <Button size="xs" onClick={open}>
        {t("signIn.open")}
      </Button>
      <Modal opened={opened} onClose={close} title={t("signIn.title")}>
        <Stack>
          {SERVER.openid && (
            <Button onClick={() => void signInByOpenId()}>{t("signIn.openid")}</Button>
          )}
          <form onSubmit={(event) => void submit(event)}>
            <Stack>
              <PasswordInput
                label={t("signIn.key")}
                description={t("signIn.keyHint")}
                value={secret}
                onChange={(event) => setSecret(event.currentTarget.value)}
                error={refused && t("signIn.refused", { message: refused })}
                autoComplete="off"
                required
              />
              <Button type="submit" variant={SERVER.openid ? "default" : "filled"}>
                {t("signIn.open")}
              </Button>
            </Stack>
          </form>
        </Stack>
      </Modal>
    </>
  );
}
