// The Relay compiler takes @connection and @refetchable against the SDL, and the runtime reads what
// the server answers to the compiled documents' ids.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const url = process.argv[2];
const folder = fileURLToPath(new URL('../../../examples/relay/', import.meta.url));
const manifest = () => readFileSync(join(folder, 'persisted.json'), 'utf8');

const committed = manifest();
writeFileSync(join(folder, 'persisted.json'), '{}\n'); // the compiler only adds to it
execFileSync(join(folder, 'node_modules', '.bin', 'relay-compiler'), ['--repersist'], {
  cwd: folder,
  stdio: ['ignore', 'ignore', 'inherit'],
});
const current = manifest() === committed;
if (!current) console.error('examples/relay/persisted.json was stale; commit what changed.');
const found = JSON.parse(
  execFileSync('node', ['-r', '@babel/register', 'shop.js', url], { cwd: folder, encoding: 'utf8' }),
);
console.log(JSON.stringify({ suite: 'relay-compiler', current, documents: Object.keys(JSON.parse(committed)).length, ...found }));
assert.deepEqual(found, { firstPage: 3, bothPages: 6, different: 6, refetched: true, persisted: true });
assert.ok(current);
