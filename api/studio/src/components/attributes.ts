import i18next from "i18next";

/** The name of an attribute for people; those without a word of their own as the catalogue has them. */
export function labelAttribute(name: string): string {
  const words = name.replaceAll("_", " ");
  return i18next.t(`attribute.${name}`, {
    ns: "shell",
    defaultValue: words.charAt(0).toUpperCase() + words.slice(1),
  });
}

/** What a key says where no name is known: its last part. */
export function nameOfKey(key: string): string {
  return key.split(/[=/]|^\w+:/).at(-1) || key;
}
