// Who is signed in, and what they may do.
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import { client, closeSocket } from "./client";
import { keepCredentials } from "./credentials";
import { ViewerDocument, type ViewerQuery } from "./viewer.generated";

interface OpenId {
  authority: string;
  clientId: string;
}

interface Start {
  authentication: boolean;
  openid: OpenId | null;
  viewer: ViewerQuery["viewer"];
}

interface Session extends Start {
  may: (scope: string) => boolean;
  /** Signs in by an API key or a token; returns why it was refused. */
  signIn: (secret: string) => Promise<string | undefined>;
  signInByOpenId: () => Promise<void>;
  signOut: () => Promise<void>;
}

const NOBODY: ViewerQuery["viewer"] = { known: false, userKey: null, scopes: [] };
const Context = createContext<Session | undefined>(undefined);

/** Asks the server how to sign in, completes a sign-in under way, and reads the caller. */
export async function loadSession(): Promise<Start> {
  const answer = await fetch("/studio.json");
  const { authentication, openid } = (await answer.json()) as Omit<Start, "viewer">;
  if (openid && location.pathname === "/shop/signed-in") {
    const user = await (await openIdManager(openid)).signinRedirectCallback();
    keepCredentials(user.access_token);
    history.replaceState(null, "", "/shop");
  }
  const first = await readViewer();
  if (first.error) keepCredentials(undefined); // ran out, or withdrawn
  const { viewer } = first.error ? await readViewer() : first;
  return { authentication, openid, viewer };
}

async function readViewer(): Promise<{ viewer: ViewerQuery["viewer"]; error?: string }> {
  const { data, error } = await client.query(ViewerDocument, {}, { requestPolicy: "network-only" });
  return { viewer: data?.viewer ?? NOBODY, error: error?.message };
}

async function openIdManager({ authority, clientId }: OpenId) {
  const { UserManager, WebStorageStateStore } = await import("oidc-client-ts");
  return new UserManager({
    authority,
    client_id: clientId,
    redirect_uri: `${location.origin}/shop/signed-in`,
    response_type: "code",
    userStore: new WebStorageStateStore({ store: sessionStorage }),
  });
}

export function SessionProvider({ start, children }: { start: Start; children: ReactNode }) {
  const [viewer, setViewer] = useState(start.viewer);
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
      ...start,
      viewer,
      may: (scope) => viewer.scopes.includes(scope),
      signIn: change,
      signInByOpenId: async () => {
        if (start.openid) await (await openIdManager(start.openid)).signinRedirect();
      },
      signOut: async () => void (await change(undefined)),
    };
  }, [start, viewer]);
  return <Context value={session}>{children}</Context>;
}

export function useSession(): Session {
  const session = useContext(Context);
  if (!session) throw new Error("useSession is used outside of SessionProvider.");
  return session;
}
