// graphql-http's audits of GraphQL over HTTP: every one of them has to pass, MAY and SHOULD as well.
import { serverAudits } from 'graphql-http';

const url = process.argv[2];
const results = await Promise.all(serverAudits({ url, fetchFn: fetch }).map((audit) => audit.fn()));
const failed = results.filter((result) => result.status !== 'ok');
for (const result of failed) console.error(`${result.id} ${result.name}: ${result.reason}`);
console.log(JSON.stringify({ suite: 'http-audits', passed: results.length - failed.length, of: results.length }));
process.exit(failed.length === 0 ? 0 : 1);
