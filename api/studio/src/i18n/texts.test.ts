import { readdirSync } from "node:fs";
import { expect, test } from "vitest";

const texts = import.meta.glob<Record<string, unknown>>("../**/{en,zh}.json", {
  eager: true,
  import: "default",
});

/** Names of texts; forms of plurals count as one, since Chinese has one form only. */
function namesOf(node: Record<string, unknown>, prefix = ""): string[] {
  const names = Object.entries(node).flatMap(([name, value]) =>
    typeof value === "string"
      ? [prefix + name.replace(/_(one|other)$/, "")]
      : namesOf(value as Record<string, unknown>, `${prefix}${name}.`),
  );
  return [...new Set(names)].sort();
}

test.each(Object.keys(texts).filter((path) => path.endsWith("/en.json")))(
  "%s has the same texts in Chinese",
  (path) => {
    const chinese = texts[path.replace("/en.json", "/zh.json")];
    expect(namesOf(chinese ?? {})).toEqual(namesOf(texts[path]!));
  },
);

test("every page has texts", () => {
  const pages = readdirSync(new URL("../pages", import.meta.url));
  expect(pages.filter((page) => !(`../pages/${page}/en.json` in texts))).toEqual([]);
});
