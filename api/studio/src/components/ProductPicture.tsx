import { useState } from "react";
import { SERVER } from "../data/server";
import classes from "./ProductPicture.module.css";
import { firstLetters, hashHue, isShown, shownAddress } from "./tile";

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
  if (source && source !== broken && isShown(source, location.origin, SERVER.imageOrigins))
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
      <rect width="100" height="100" style={{ fill: `light-dark(hsl(${hue} 50% 93%), hsl(${hue} 22% 20%))` }} />
      <circle
        cx="78"
        cy="22"
        r="42"
        style={{ fill: `light-dark(hsl(${(hue + 40) % 360} 60% 86%), hsl(${(hue + 40) % 360} 25% 28%))` }}
      />
      <text
        x="50"
        y="52"
        style={{ fill: `light-dark(hsl(${hue} 45% 30%), hsl(${hue} 50% 84%))` }}
        fontSize="24"
        fontWeight="600" textAnchor="middle" dominantBaseline="middle">
        {firstLetters(title ?? "")}
      </text>
    </svg>
  );
}
