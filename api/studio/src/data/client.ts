// The only door to the server: the public GraphQL API, over HTTP and, for subscriptions, a socket.
import { cacheExchange, Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import type { Client as SocketClient } from "graphql-ws";
import { credentials } from "./credentials";
import { SERVER } from "./server";

let socket: Promise<SocketClient> | undefined;

/** Opens the socket at the first subscription; most visitors never need its code. */
function openSocket(): Promise<SocketClient> {
  socket ??= import("graphql-ws").then(({ createClient }) =>
    createClient({
      url: `${location.origin.replace(/^http/, "ws")}/graphql`,
      connectionParams: () => credentials(),
    }),
  );
  return socket;
}

/** Ends the socket, so that the next subscription signs in anew. */
export function closeSocket(): void {
  void socket?.then((open) => open.dispose());
  socket = undefined;
}

const sendIds = persistedExchange({
  enforcePersistedQueries: true,
  enableForMutation: true,
  enableForSubscriptions: true,
  preferGetForPersistedQueries: false,
});

export const client = new Client({
  url: "/graphql",
  preferGetMethod: false,
  fetchOptions: () => ({ headers: credentials() }),
  exchanges: [
    cacheExchange,
    ...(SERVER.trustedOnly ? [sendIds] : []),
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: (request) => ({
        subscribe: (sink) => {
          let stop: (() => void) | undefined;
          let ended = false;
          void openSocket().then((open) => {
            if (!ended) stop = open.subscribe({ ...request, query: request.query ?? "" }, sink);
          });
          return {
            unsubscribe: () => {
              ended = true;
              stop?.();
            },
          };
        },
      }),
    }),
  ],
});
