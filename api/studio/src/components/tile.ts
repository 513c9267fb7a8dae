// What stands in place of a picture, and when.

/** Whether the content policy lets a picture in; others are not even asked for. */
export function isShown(url: string, own: string, others: readonly string[]): boolean {
  const parsed = URL.parse(url, own);
  if (!parsed) return false;
  const { protocol, origin } = parsed;
  return protocol === "data:" || protocol === "blob:" || origin === own || others.includes(origin);
}

/** The address of the server's own copy of a picture, if it has one. */
export function shownAddress(url: string, copies: Record<string, string>): string {
  const beginning = Object.keys(copies).find((one) => url.startsWith(one));
  return beginning ? copies[beginning] + url.slice(beginning.length) : url;
}

/** The first letters of the first two words, or the first two characters of Chinese. */
export function firstLetters(title: string): string {
  const words = title.match(/\p{Script=Han}|[\p{L}\p{N}]+/gu) ?? [];
  return words
    .slice(0, 2)
    .map((word) => [...word][0]!.toUpperCase())
    .join("");
}

/** A hue in degrees, the same for the same text. */
export function hashHue(text: string): number {
  let hash = 0;
  for (const character of text) hash = (hash * 31 + character.codePointAt(0)!) % 360;
  return hash;
}
