// What the server says of itself in the page: how to sign in, and which documents it takes.
interface Server {
  authentication: boolean;
  openid: { authority: string; clientId: string } | null;
  /** Only documents of a manifest are taken, so the client sends their ids. */
  trustedOnly: boolean;
}

/** A server for development sends the page as it is, with a word in this place. */
function readServer(): Server {
  const said = document.querySelector<HTMLMetaElement>('meta[name="server"]')?.content ?? "";
  return said.startsWith("{")
    ? (JSON.parse(said) as Server)
    : { authentication: false, openid: null, trustedOnly: false };
}

export const SERVER = readServer();
