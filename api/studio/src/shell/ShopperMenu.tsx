import { Button, Menu, Text, TextInput, VisuallyHidden } from "@mantine/core";
import { IconChevronDown, IconUser } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { formatMoney } from "../components/MoneyText";
import { SERVER } from "../data/server";
import { useSession } from "../data/session";
import { useShopper } from "../data/shopper";
import { currentLanguage } from "../i18n";
import { ShopperSummaryDocument, type ShopperSummaryQuery } from "./ShopperSummary.generated";

/** Chooses whose recommendations are shown; those who may name themselves only have no choice. */
export function ShopperMenu() {
  const { t } = useTranslation();
  const { may, viewer } = useSession();
  const { userKey, choose } = useShopper();
  if (viewer.userKey || !may("users:any")) return null;
  const others = userKey && !SERVER.shoppers.includes(userKey) ? [userKey] : [];
  return (
    <Menu position="bottom-end" withArrow width={320}>
      <Menu.Target>
        <Button
          variant="default"
          size="sm"
          maw={260}
          leftSection={<IconUser size={16} aria-hidden />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
        >
          <VisuallyHidden>{t("shopper.label")} </VisuallyHidden>
          <Text span truncate size="sm" visibleFrom="xs">
            {userKey ? <Taste userKey={userKey} /> : t("shopper.nobody")}
          </Text>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("shopper.hint")}</Menu.Label>
        {[...others, ...SERVER.shoppers].map((key) => (
          <Menu.Item
            key={key}
            fw={key === userKey ? 700 : 400}
            leftSection={<IconUser size={16} aria-hidden />}
            onClick={() => choose(key)}
          >
            <Taste userKey={key} />
          </Menu.Item>
        ))}
        <Menu.Item onClick={() => choose(null)}>{t("shopper.nobody")}</Menu.Item>
        <Menu.Divider />
        <form
          onSubmit={(event) => {
            event.preventDefault();
            choose(String(new FormData(event.currentTarget).get("key")).trim() || null);
          }}
        >
          <TextInput
            name="key"
            size="xs"
            p="xs"
            aria-label={t("shopper.key")}
            placeholder={t("shopper.key")}
            onKeyDown={(event) => event.stopPropagation()}
          />
        </form>
      </Menu.Dropdown>
    </Menu>
  );
}

/** What a shopper likes, from what they did; their key until that is known. */
function Taste({ userKey }: { userKey: string }) {
  const { t } = useTranslation();
  const [{ data }] = useQuery({ query: ShopperSummaryDocument, variables: { userKey } });
  const profile = data?.userProfile;
  if (!profile) return <>{userKey}</>;
  const { liked, price } = describeTaste(profile, currentLanguage());
  return <>{price ? t("shopper.taste", { liked, price }) : liked || userKey}</>;
}

/** The brand or category most looked at, and the highest price. */
export function describeTaste(
  profile: NonNullable<ShopperSummaryQuery["userProfile"]>,
  language: string,
): { liked: string; price: string } {
  const [brand] = profile.brands;
  const [category] = profile.categories;
  const highest = profile.prices.at(-1);
  return {
    liked: [brand?.name, category?.name].filter(Boolean).join(" · "),
    price:
      highest === undefined
        ? ""
        : formatMoney(
            { amount: String(Math.ceil(highest)), currencyCode: profile.priceCurrency },
            language,
          ).replace(/[.,]00(?=\D|$)/, ""),
  };
}
