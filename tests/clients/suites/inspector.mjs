// graphql-inspector: the committed SDL is the server's, and nothing of the released one is broken.
// That a difference and a breakage would be found, copies broken on purpose show.
import { readFileSync } from 'node:fs';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildClientSchema, buildSchema, getIntrospectionQuery, printSchema } from 'graphql';

const url = process.argv[2];
const read = (name) => readFileSync(new URL(`../../../api/${name}`, import.meta.url), 'utf8');
const response = await fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query: getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true }) }),
});
// Printed and read again, as an introspection has no directives where `specifiedBy` stands in an SDL.
const live = buildSchema(printSchema(buildClientSchema((await response.json()).data)));
const committed = read('schema.graphql');
const released = read('clients/released.graphql');

const changes = async (old, now) => {
  const found = await diff(old, now);
  const breaking = found.filter((change) => change.criticality.level === CriticalityLevel.Breaking);
  const messages = (list) => list.map((change) => change.message);
  return { all: messages(found), breaking: messages(breaking) };
};
const broken = (sdl, from, to) => {
  if (!sdl.includes(from)) throw new Error(`the SDL has no ${from}`);
  return buildSchema(sdl.replace(from, to));
};

const withLive = await changes(buildSchema(committed), live);
const withReleased = await changes(buildSchema(released), live);
const renamed = await changes(broken(committed, '  totalCount: Int\n', '  total: Int\n'), live);
const narrowed = await changes(buildSchema(released), broken(released, '  POPULARITY\n', '  POPULAR\n'));
for (const message of withLive.all) console.error(`committed and live differ: ${message}`);
for (const message of withReleased.breaking) console.error(`breaks what was released: ${message}`);
console.log(
  JSON.stringify({
    suite: 'inspector',
    committedToLive: withLive.all.length,
    releasedToLiveBreaking: withReleased.breaking.length,
    brokenCopiesFound: [renamed.breaking.length, narrowed.breaking.length],
  }),
);
const right =
  withLive.all.length === 0 &&
  withReleased.breaking.length === 0 &&
  renamed.breaking.length > 0 &&
  narrowed.breaking.length > 0;
process.exit(right ? 0 : 1);
