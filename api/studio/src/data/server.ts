// What the server says of itself in the page: how to sign in, and which documents and pictures it takes.
interface Server {
  authentication: boolean;
  openid: { authority: string; clientId: string; scope: string } | null;
  /** Only documents of a manifest are taken, so the client sends their ids. */
  trustedOnly: boolean;
  /** Keys of shoppers to look at, such as those of a demo. */
  shoppers: string[];
  /** Where the server has copies of pictures, by the beginning of their addresses. */
  pictures: Record<string, string>;
  /** Other origins whose pictures the content policy lets in. */
  imageOrigins: string[];
}

/** A server for development sends a word in this place, and unit tests have no page. */
function readServer(): Server {
  const said = globalThis.document?.querySelector<HTMLMetaElement>('meta[name="server"]')?.content ?? "";
  return said.startsWith("{")
    ? (JSON.parse(said) as Server)
    : {
        authentication: false,
        openid: null,
        trustedOnly: false,
        imageOrigins: [],
        shoppers: [],
        pictures: {},
      };
}

export const SERVER = readServer();
