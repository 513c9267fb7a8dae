// Lists the Studio's documents for servers that take trusted ones only, as the client sends them.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { formatDocument, stringifyDocument } from "@urql/core";
import type { DocumentNode } from "graphql";

const modules = import.meta.glob<Record<string, DocumentNode>>("./src/**/*.generated.ts", {
  eager: true,
});
const texts = Object.values(modules)
  .flatMap((module) => Object.values(module))
  .filter((document) => document.definitions.some((part) => part.kind === "OperationDefinition"))
  .map((document) => stringifyDocument(formatDocument(document)));
const manifest = Object.fromEntries(
  texts.sort().map((text) => [createHash("sha256").update(text).digest("hex"), text]),
);
const folder = process.env.STUDIO_OUTPUT ?? "../catalograph/api/console/studio";
writeFileSync(`${folder}/documents.json`, `${JSON.stringify(manifest, null, 1)}\n`);
