// Copies GraphiQL and React, as published, to where the server serves them from.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const target = '../catalograph/api/console/graphiql';
mkdirSync(target, { recursive: true });

// React's browser builds stay as they are; the source maps are not shipped.
for (const name of ['react', 'react-dom']) {
  copyFileSync(`node_modules/${name}/umd/${name}.production.min.js`, `${target}/${name}.js`);
  copyFileSync(`node_modules/${name}/LICENSE`, `${target}/LICENSE.${name}.txt`);
}
const script = readFileSync('node_modules/graphiql/graphiql.min.js', 'utf8');
writeFileSync(`${target}/graphiql.js`, script.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'));
copyFileSync('node_modules/graphiql/LICENSE', `${target}/LICENSE.graphiql.txt`);

// The fonts are nine tenths of the style sheet; the system's are used in their place.
const style = readFileSync('node_modules/graphiql/graphiql.min.css', 'utf8');
writeFileSync(`${target}/graphiql.css`, style.replace(/@font-face\{[^}]*\}/g, ''));
