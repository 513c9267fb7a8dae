// graphql-codegen against the live server: the committed client is what it generates, `tsc --strict`
// is content with it, and it works.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const url = process.argv[2];
const client = fileURLToPath(new URL('../../../api/clients/typescript', import.meta.url));
const run = (program, args, env = {}) =>
  execFileSync(join(client, 'node_modules', '.bin', program), args, {
    cwd: client,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });

const folder = mkdtempSync(join(tmpdir(), 'codegen-'));
const generated = join(folder, 'generated.ts');
run('graphql-codegen', ['--config', 'codegen.yml'], { SCHEMA: url, OUTPUT: generated });
// From an introspection it takes no descriptions of scalars, so comments are left out.
const code = (file) => readFileSync(file, 'utf8').replace(/^ *\/\*\*.*\n/gm, '');
const current = code(generated) === code(join(client, 'src', 'generated.ts'));
if (!current) console.error('api/clients/typescript/src/generated.ts is stale; run `make clients`.');
rmSync(folder, { recursive: true });

run('tsc', ['--noEmit', '--strict']);
run('tsc', ['--project', '.']);
const built = await import(pathToFileURL(join(client, 'dist', 'index.js')));
const catalograph = new built.Catalograph(url, { timeout: 60_000 });
const { product } = await catalograph.ask(built.ProductDocument, { key: 'product:shop:cam1' });
const { recommendations } = await catalograph.ask(built.SessionRecommendationsDocument, {
  session: [{ productKey: product.key }],
  first: 3,
});
const sums = recommendations.items.every(
  ({ score, reasons }) => Math.abs(score - reasons.reduce((sum, r) => sum + r.contribution, 0)) < 1e-9,
);
const { recordEvent } = await catalograph.ask(built.RecordEventDocument, {
  input: { source: 'shop', id: 'codegen', kind: 'CLICK' },
});
const refused = await catalograph.ask(built.ProductsDocument, { first: 1, after: 'nonsense' }).catch((error) => error);

const found = {
  suite: 'codegen',
  current,
  title: product.title,
  items: recommendations.items.length,
  sums,
  refusal: recordEvent.__typename,
  code: refused.code,
};
console.log(JSON.stringify(found));
const right =
  current && sums && found.title === 'Red camera' && found.items === 3 &&
  found.refusal === 'InvalidInput' && refused instanceof built.OperationError && found.code === 'BAD_CURSOR';
process.exit(right ? 0 : 1);
