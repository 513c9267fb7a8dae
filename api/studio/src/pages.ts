// The registry of pages: one entry in pages.json and one folder in pages/ each.
//
// A folder holds `index.tsx`, whose default export is the page, and `icon.ts`, whose default export
// is its icon. Pages are loaded when they are opened; icons come with the shell.
import type { TablerIcon } from "@tabler/icons-react";
import type { ComponentType } from "react";
import entries from "./pages.json";

export interface Page {
  /** First part of the page's address. */
  path: string;
  title: { en: string; zh: string };
  /** Scope without which the page is not offered. */
  scope: string;
  /** Whether the navigation lists it. */
  listed: boolean;
  icon: TablerIcon | undefined;
  load: () => Promise<{ default: ComponentType }>;
}

const modules = import.meta.glob<{ default: ComponentType }>("./pages/*/index.tsx");
const icons = import.meta.glob<TablerIcon>("./pages/*/icon.ts", { eager: true, import: "default" });

export const PAGES: Page[] = entries.map((entry) => {
  const load = modules[`./pages/${entry.path}/index.tsx`];
  if (!load) throw new Error(`pages/${entry.path}/index.tsx is missing.`);
  return { ...entry, icon: icons[`./pages/${entry.path}/icon.ts`], load };
});
