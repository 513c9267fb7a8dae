import { AppShell, Burger, Group, NavLink, Text, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { SERVER } from "../data/server";
import { useSession } from "../data/session";
import { currentLanguage } from "../i18n";
import { PAGES } from "../pages";
import { AssistantButton } from "./AssistantButton";
import { BasketLink } from "./BasketLink";
import { Preferences } from "./Preferences";
import classes from "./Shell.module.css";
import { ShopperMenu } from "./ShopperMenu";
import { SignIn } from "./SignIn";

/** The frame of all pages: navigation, shopper, language, colours, sign-in. */
export function Shell() {
  const { t } = useTranslation();
  const [opened, { toggle, close }] = useDisclosure();
  const { may } = useSession();
  const { pathname } = useLocation();
  const language = currentLanguage();
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 208, breakpoint: "sm", collapsed: { mobile: !opened } }}
      padding="md"
    >
      <a className={classes.skip} href="#content">
        {t("skip")}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t("openNavigation")}
            />
            <Text component={Link} to="/" fw={700} size="lg" className={classes.name}>
              Catalograph
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <ShopperMenu />
            <AssistantButton />
            {may("catalog:read") && <BasketLink />}
            <Preferences />
            {SERVER.authentication && <SignIn />}
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t("navigation")}>
        {PAGES.filter((page) => page.listed && may(page.scope)).map((page) => (
          <NavLink
            key={page.path}
            component={Link}
            to={`/${page.path}`}
            label={page.title[language]}
            leftSection={page.icon && <page.icon size={18} stroke={1.6} aria-hidden />}
            active={pathname.split("/")[1] === page.path}
            onClick={close}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <VisuallyHidden component="h1">
          {PAGES.find((page) => page.path === pathname.split("/")[1])?.title[language]}
        </VisuallyHidden>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}
