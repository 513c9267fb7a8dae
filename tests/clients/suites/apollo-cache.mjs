// Apollo Client's normalised cache, by the example: two queries, one entity; two pages, one list.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { buildSchema, isAbstractType } from 'graphql';

const url = process.argv[2];
const folder = fileURLToPath(new URL('../../../examples/apollo/', import.meta.url));
const sdl = readFileSync(new URL('../../../api/schema.graphql', import.meta.url), 'utf8');

const schema = buildSchema(sdl);
const possible = Object.fromEntries(
  Object.values(schema.getTypeMap())
    .filter(isAbstractType)
    .map((type) => [type.name, schema.getPossibleTypes(type).map((t) => t.name).sort()])
    .sort(([a], [b]) => a.localeCompare(b)),
);
assert.deepEqual(JSON.parse(readFileSync(`${folder}possibleTypes.json`, 'utf8')), possible);

const found = JSON.parse(execFileSync('node', ['shop.mjs', url], { cwd: folder, encoding: 'utf8' }));
console.log(JSON.stringify({ suite: 'apollo-cache', ...found }));
assert.deepEqual(
  { ...found, total: 0 },
  {
    firstPage: 3,
    bothPages: 6,
    total: 0,
    different: 6,
    cardFromCache: true,
    requests: 3,
    entities: 1,
    fields: ['__typename', 'description', 'id', 'key', 'price', 'title'],
    renamedInList: true,
  },
);
