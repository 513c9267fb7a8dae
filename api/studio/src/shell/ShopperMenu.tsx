import { TextInput } from "@mantine/core";
import { IconUser } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useSession } from "../data/session";
import { useShopper } from "../data/shopper";

/** Chooses whose recommendations are shown; those who may name themselves only have no choice. */
export function ShopperMenu() {
  const { t } = useTranslation();
  const { may, viewer } = useSession();
  const { userKey, choose } = useShopper();
  if (viewer.userKey || !may("users:any")) return null;
  return (
    <TextInput
      visibleFrom="xs"
      aria-label={t("shopper.label")}
      placeholder={t("shopper.nobody")}
      leftSection={<IconUser size={16} />}
      defaultValue={userKey ?? ""}
      onBlur={(event) => choose(event.currentTarget.value.trim() || null)}
    />
  );
}
