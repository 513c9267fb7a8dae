// @neo4j/graphql on Yoga over the graph that benchmarks/api.py loads, for it to be measured beside.
// Arguments: a port, and a JSON file with the statements and parameters of the `@cypher` fields.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Neo4jGraphQL } from '@neo4j/graphql';
import { createYoga } from 'graphql-yoga';
import neo4j from 'neo4j-driver';

const [port, file] = process.argv.slice(2);
const { recommended, withoutEdges, cypherParams } = JSON.parse(readFileSync(file, 'utf8'));
const { BENCH_URI, BENCH_USER, BENCH_PASSWORD } = process.env;

const typeDefs = `#graphql
  type Product
    @node
    @fulltext(
      indexes: [
        { indexName: "product_text", queryName: "searchProducts", fields: ["title", "description"] }
      ]
    ) {
    key: String!
    source: String
    listed: Boolean
    title: String
    description: String
    price: Float
    brands: [Brand!]! @relationship(type: "HAS_BRAND", direction: OUT)
    categories: [Category!]! @relationship(type: "IN_CATEGORY", direction: OUT)
  }
  type Brand @node {
    key: String!
    name: String
  }
  type Category @node {
    key: String!
    name: String
  }
  type ShownProduct {
    key: String!
    title: String
  }
  type Edge {
    key: String!
    title: String
    weight: Float!
    parts: [Float!]!
  }
  type Item {
    product: ShownProduct!
    score: Float!
    edges: [Edge!]!
    rest_weight: Float!
    rest_count: Int!
  }
  type Fact {
    relation: String!
    key: String!
    name: String
    degree: Int!
    products: [String!]!
  }
  type Ranking {
    products: Int!
    items: [Item!]!
    facts: [Fact!]!
  }
  type Query {
    recommended(user: String!, first: Int!): Ranking
      @cypher(statement: ${JSON.stringify(recommended)}, columnName: "ranking")
    withoutEdges(user: String!, first: Int!): Ranking
      @cypher(statement: ${JSON.stringify(withoutEdges)}, columnName: "ranking")
  }
  extend schema @mutation(operations: []) @subscription(events: [])
`;

// A number of JavaScript is a float to Neo4j, which takes none for a limit.
for (const [name, value] of Object.entries(cypherParams)) {
  if (Number.isInteger(value)) cypherParams[name] = neo4j.int(value);
}
const driver = neo4j.driver(BENCH_URI, neo4j.auth.basic(BENCH_USER, BENCH_PASSWORD));
const schema = await new Neo4jGraphQL({
  typeDefs,
  driver,
  features: { filters: { String: { GT: true } } },
}).getSchema();
const yoga = createYoga({
  schema,
  context: { cypherParams },
  graphiql: false,
  landingPage: false,
  logging: 'error',
  maskedErrors: false,
});
createServer(yoga).listen(Number(port), '127.0.0.1');
