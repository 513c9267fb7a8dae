import { useState } from "react";
import { SERVER } from "../data/server";
import classes from "./ProductPicture.module.css";

interface Props {
  title: string | null;
  url: string | null;
  /** Text for those who do not see it; a picture beside its product's title needs none. */
  alt?: string;
}

/** A product's picture, or a drawn tile with its first letters where there is none. */
export function ProductPicture({ title, url, alt = "" }: Props) {
  const [broken, setBroken] = useState<string>();
  const source = url && shownAddress(url, SERVER.pictures);
  if (source && source !== broken)
    return (
      <img
        className={classes.picture}
        src={source}
        alt={alt}
        loading="lazy"
        onError={() => setBroken(source)}
      />
    );
  const hue = hashHue(title ?? "");
  return (
    <svg className={classes.picture} viewBox="0 0 100 100" role="img" aria-label={alt} aria-hidden={!alt}>
      <rect width="100" height="100" fill={`hsl(${hue} 45% 42%)`} />
      <circle cx="78" cy="22" r="42" fill={`hsl(${(hue + 40) % 360} 50% 55%)`} opacity="0.35" />
      <text x="50" y="52" fill="white" fontSize="30" fontWeight="600" textAnchor="middle" dominantBaseline="middle">
        {firstLetters(title ?? "")}
      </text>
    </svg>
  );
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
