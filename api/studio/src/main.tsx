import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./studio.css";
import { createTheme, type CSSVariablesResolver, MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Provider } from "urql";
import { client } from "./data/client";
import { loadViewer, SessionProvider } from "./data/session";
import { ShopperProvider } from "./data/shopper";
import { startTexts } from "./i18n";
import { router } from "./router";

const theme = createTheme({
  primaryColor: "indigo",
  primaryShade: 7,
  autoContrast: true,
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  fontFamily:
    'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif',
});

// Darker and lighter than the library's own, for a contrast of 4.5 on tinted grounds too.
const colours: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "var(--mantine-color-gray-7)",
    "--mantine-color-placeholder": "var(--mantine-color-gray-7)",
    "--mantine-color-indigo-light-color": "var(--mantine-color-indigo-9)",
    "--mantine-color-red-light-color": "var(--mantine-color-red-9)",
    "--mantine-color-green-light-color": "#1b5e20",
    "--mantine-color-yellow-light-color": "#7a4100",
    "--mantine-color-orange-light-color": "#8a3300",
    "--mantine-color-gray-light-color": "var(--mantine-color-gray-8)",
    "--mantine-color-blue-light-color": "var(--mantine-color-blue-9)",
    "--mantine-color-teal-light-color": "#065a44",
  },
  dark: {
    "--mantine-color-dimmed": "var(--mantine-color-dark-1)",
    "--mantine-color-placeholder": "var(--mantine-color-dark-1)",
    "--mantine-color-indigo-light-color": "var(--mantine-color-indigo-2)",
    "--mantine-color-red-light-color": "var(--mantine-color-red-2)",
  },
});

// The server lets style elements with this nonce in (content security policy).
const nonce = () => document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";

// The library that keeps the page from scrolling behind a panel reads it here.
Object.assign(globalThis, { __webpack_nonce__: nonce() });

startTexts();
const viewer = await loadViewer();
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      getStyleNonce={nonce}
      cssVariablesResolver={colours}
    >
      <Notifications position="bottom-right" />
      <SessionProvider first={viewer}>
        <Provider value={client}>
          <ShopperProvider>
            <RouterProvider router={router} />
          </ShopperProvider>
        </Provider>
      </SessionProvider>
    </MantineProvider>
  </StrictMode>,
);
