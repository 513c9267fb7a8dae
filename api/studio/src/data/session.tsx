// Who is signed in, and what they may do.
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import { client, closeSocket } from "./client";
import { keepCredentials } from "./credentials";
import { SERVER } from "./server";
import { ViewerDocument, type ViewerQuery } from "./viewer.generated";

type Viewer = ViewerQuery["viewer"];

interface Session {
  viewer: Viewer;
  may: (scope: string) => boolean;
  /** Signs in by an API key or a token; returns why it was refused. */
  signIn: (secret: string) => Promise<string | undefined>;
  signInByOpenId: () => Promise<void>;
  signOut: () => Promise<void>;
}

const NOBODY: Viewer = { known: false, userKey: null, scopes: [] };
const Context = createContext<Session | undefined>(undefined);

/** Completes a sign-in under way, and reads the caller. */
export async function loadViewer(): Promise<Viewer> {
  if (SERVER.openid && location.pathname === "/shop/signed-in") {
    const user = await (await openIdManager()).signinRedirectCallback();
    keepCredentials(user.access_token);
    history.replaceState(null, "", "/shop");
  }
  const first = await readViewer();
  if (first.error) keepCredentials(undefined); // ran out, or withdrawn
  return first.error ? (await readViewer()).viewer : first.viewer;
}

async function readViewer(): Promise<{ viewer: Viewer; error?: string }> {
  const { data, error } = await client.query(ViewerDocument, {}, { requestPolicy: "network-only" });
  return { viewer: data?.viewer ?? NOBODY, error: error?.message };
}

async function openIdManager() {
  if (!SERVER.openid) throw new Error("The server has no sign-in by OpenID Connect.");
  const { authority, clientId, scope } = SERVER.openid;
  const { UserManager, WebStorageStateStore } = await import("oidc-client-ts");
  return new UserManager({
    authority,
    client_id: clientId,
    scope,
    redirect_uri: `${location.origin}/shop/signed-in`,
    response_type: "code",
    userStore: new WebStorageStateStore({ store: sessionStorage }),
  });
}

export function SessionProvider({ first, children }: { first: Viewer; children: ReactNode }) {
  const [viewer, setViewer] = useState(first);
  const session = useMemo<Session>(() => {
    const change = async (secret: string | undefined) => {
      keepCredentials(secret);
      closeSocket();
      const { viewer: caller, error } = await readViewer();
      if (error) keepCredentials(undefined);
      else setViewer(caller);
      return error;
    };
    return {
      viewer,
      may: (scope) => viewer.scopes.includes(scope),
      signIn: change,
      signInByOpenId: async () => (await openIdManager()).signinRedirect(),
      signOut: async () => void (await change(undefined)),
    };
  }, [viewer]);
  return <Context value={session}>{children}</Context>;
}

export function useSession(): Session {
  const session = useContext(Context);
  if (!session) throw new Error("useSession is used outside of SessionProvider.");
  return session;
}
