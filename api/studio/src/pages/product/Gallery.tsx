import { Group, Stack, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ProductPicture } from "../../components/ProductPicture";
import type { Product } from ".";
import classes from "./Product.module.css";

type Props = Pick<Product, "title" | "media" | "imageUrl">;

/** One picture large, and all to choose from. */
export function Gallery({ title, media, imageUrl }: Props) {
  const { t } = useTranslation("product");
  const [chosen, setChosen] = useState(0);
  const pictures = media.length
    ? media
    : [{ url: imageUrl, alt: null }];
  const name = title ?? "";
  const shown = pictures[chosen] ?? pictures[0]!;
  return (
    <Stack gap="sm">
      <ProductPicture
        key={shown.url}
        title={title}
        url={shown.url}
        alt={(shown.alt ?? t("picture", { title: name, number: chosen + 1 })).slice(0, 200)}
      />
      {pictures.length > 1 && (
        <Group gap="xs" role="group" aria-label={t("pictures")}>
          {pictures.map((picture, place) => (
            <UnstyledButton
              key={picture.url}
              className={classes.thumbnail}
              aria-pressed={place === chosen}
              aria-label={t("showPicture", { number: place + 1 })}
              onClick={() => setChosen(place)}
            >
              <ProductPicture title={title} url={picture.url} />
            </UnstyledButton>
          ))}
        </Group>
      )}
    </Stack>
  );
}
