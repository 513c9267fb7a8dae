// Apollo Client's cache: products are kept once, whoever asked, and pages grow into one list.
//
//     catalograph serve            # in another terminal
//     npm install && npm start     # or: node shop.mjs http://127.0.0.1:8000/graphql
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import possibleTypes from './possibleTypes.json' with { type: 'json' };

const url = process.argv[2] ?? 'http://127.0.0.1:8000/graphql';
let requests = 0;
const client = new ApolloClient({
  link: new HttpLink({
    uri: url,
    fetch: (...args) => {
      requests += 1;
      return fetch(...args);
    },
  }),
  cache: new InMemoryCache({
    // Fragments on interfaces and unions match only if the cache knows who belongs to them.
    possibleTypes,
    typePolicies: {
      // By the key rather than the opaque id, so that `product(key:)` finds what a list brought.
      Product: { keyFields: ['key'] },
      Query: {
        fields: {
          // Lists that are ordered or narrowed otherwise are other lists.
          products: relayStylePagination(['query', 'filter', 'orderBy', 'mode']),
          // Answered from the product that a list brought, without a request.
          product: (_, { args, toReference }) =>
            toReference({ __typename: 'Product', key: args.key }),
        },
      },
    },
  }),
});

const PRODUCTS = gql`
  query Products($first: Int!, $after: String) {
    products(first: $first, after: $after, orderBy: PRICE_ASC) {
      totalCount
      edges { cursor node { id key title price } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
`;
const PRODUCT = gql`
  query Product($key: String!) {
    product(key: $key) { id key title price description }
  }
`;
const CARD = gql`
  query Card($key: String!) {
    product(key: $key) { id key title price }
  }
`;

// Two pages, one list.
const pages = client.watchQuery({ query: PRODUCTS, variables: { first: 3 } });
const first = await new Promise((resolve, reject) => {
  pages.subscribe({
    next: ({ data, dataState }) => dataState === 'complete' && resolve(data.products),
    error: reject,
  });
});
await pages.fetchMore({ variables: { after: first.pageInfo.endCursor } });
const listed = client.readQuery({ query: PRODUCTS, variables: { first: 3 } }).products;

// Its page asks for more of the same product: one entity in the cache, now with a description.
const { key, id } = first.edges[0].node;
const cached = await client.query({ query: CARD, variables: { key } });
const beforeDetails = requests;
const details = await client.query({ query: PRODUCT, variables: { key } });
const entities = Object.values(client.cache.extract()).filter((entity) => entity.id === id);

// Whoever changes it changes it for the list, too.
client.cache.modify({ id: client.cache.identify(details.data.product), fields: { title: () => 'Renamed' } });
const renamed = client.readQuery({ query: PRODUCTS, variables: { first: 3 } }).products.edges[0].node.title;

console.log(
  JSON.stringify({
    firstPage: first.edges.length,
    bothPages: listed.edges.length,
    total: listed.totalCount,
    different: new Set(listed.edges.map((edge) => edge.node.id)).size,
    cardFromCache: cached.data.product.key === key && beforeDetails === 2,
    requests,
    entities: entities.length,
    fields: Object.keys(entities[0]).sort(),
    renamedInList: renamed === 'Renamed',
  }),
);
client.stop();
