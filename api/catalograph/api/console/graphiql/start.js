const defaultQuery = `# Control and space shows what there is.
{
  products(first: 5) {
    nodes { key title price }
  }
}
`;
const fetcher = GraphiQL.createFetcher({ url: '/graphql' });
// A link may hold what to ask; it is shown, and asked once somebody says so.
const link = new URLSearchParams(window.location.search);
const given = (name) => link.get(name) ?? undefined;
ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultQuery,
    query: given('query'),
    variables: given('variables'),
    shouldPersistHeaders: false,
  }),
);
