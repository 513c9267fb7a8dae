// Relay: documents are compiled and sent by their ids; a fragment turns pages and is asked again.
//
//     CATALOGRAPH_API__PERSISTED='["examples/relay/persisted.json"]' catalograph serve
//     npm install && npm run compile && npm start     # with the address, if it is another one
const {
  Environment,
  Network,
  RecordSource,
  Store,
  createOperationDescriptor,
  fetchQuery,
  getRequest,
  getSelector,
  getSingularSelector,
  graphql,
} = require('relay-runtime');

const url = process.argv[2] ?? 'http://127.0.0.1:8000/graphql';
const sent = [];

async function ask(request, variables) {
  // After `relay-compiler` with `persistConfig` a request has an id, and no text.
  sent.push(request.id);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ documentId: request.id, variables }),
  });
  return response.json();
}

const environment = new Environment({
  network: Network.create(ask),
  store: new Store(new RecordSource()),
});

const shopQuery = graphql`
  query shopQuery($count: Int!, $cursor: String) {
    ...shopProducts @arguments(count: $count, cursor: $cursor)
  }
`;

const productsFragment = graphql`
  fragment shopProducts on Query
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "String" })
  @refetchable(queryName: "shopProductsPageQuery") {
    products(first: $count, after: $cursor, orderBy: PRICE_ASC) @connection(key: "shop_products") {
      edges {
        node {
          id
          title
          ...shopProduct
        }
      }
    }
  }
`;

const productFragment = graphql`
  fragment shopProduct on Product @refetchable(queryName: "shopProductAgainQuery") {
    id
    title
    price
  }
`;

async function main() {
  await fetchQuery(environment, shopQuery, { count: 3, cursor: null }).toPromise();
  const root = createOperationDescriptor(getRequest(shopQuery), { count: 3, cursor: null });
  environment.retain(root);
  const seen = () => {
    const query = environment.lookup(root.fragment).data;
    const fragment = environment.lookup(getSingularSelector(productsFragment, query));
    return fragment.data.products;
  };
  const first = seen();

  // The next page is asked for by the query that @refetchable made, and joins the connection.
  const page = productsFragment.metadata.refetch.operation;
  const variables = { count: 3, cursor: first.pageInfo.endCursor };
  await fetchQuery(environment, page, variables).toPromise();
  const both = seen();

  // A single product again, by its global id: `node(id:)` answers.
  const again = productFragment.metadata.refetch.operation;
  const { id } = both.edges[0].node;
  await fetchQuery(environment, again, { id }).toPromise();
  const product = environment.lookup(getSelector(productFragment, both.edges[0].node)).data;

  console.log(
    JSON.stringify({
      firstPage: first.edges.length,
      bothPages: both.edges.length,
      different: new Set(both.edges.map((edge) => edge.node.id)).size,
      refetched: product.id === id && product.title === both.edges[0].node.title,
      persisted: sent.length === 3 && sent.every((one) => typeof one === 'string'),
    }),
  );
}

main();
