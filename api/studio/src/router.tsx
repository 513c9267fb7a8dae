// Addresses: /PAGE and /PAGE/REST, with what a page shows in the search part, so that every view
// has a permalink.
import { Anchor, Text } from "@mantine/core";
import {
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  redirect,
} from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { PAGES } from "./pages";
import { ScopeGuard } from "./shell/ScopeGuard";
import { Shell } from "./shell/Shell";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const start = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/$", params: { _splat: "shop" }, search: true });
  },
});

const pages = PAGES.map((page) => {
  const Content = lazy(page.load);
  return createRoute({
    getParentRoute: () => root,
    path: `/${page.path}/$`,
    validateSearch: (search: Record<string, unknown>) => search,
    component: () => (
      <ScopeGuard scope={page.scope}>
        <Suspense>
          <Content />
        </Suspense>
      </ScopeGuard>
    ),
  });
});

function NotFound() {
  const { t } = useTranslation();
  return (
    <Text p="xl">
      {t("notFound")}{" "}
      <Anchor component={Link} to="/">
        {t("home")}
      </Anchor>
    </Text>
  );
}

export const router = createRouter({
  routeTree: root.addChildren([start, ...pages]),
  defaultPreload: "intent",
  scrollRestoration: true,
});
