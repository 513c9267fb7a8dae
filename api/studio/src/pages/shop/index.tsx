import { Card, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Loaded } from "../../components/Loaded";
import { MoneyText } from "../../components/MoneyText";
import { ProductPicture } from "../../components/ProductPicture";
import { addTexts, locale } from "../../i18n";
import en from "./en.json";
import { ShopSearchDocument } from "./Search.generated";
import zh from "./zh.json";

addTexts("shop", { en, zh });

export default function ShopPage() {
  const { t } = useTranslation("shop");
  const [text, setText] = useState("");
  const [query] = useDebouncedValue(text, 150);
  const found = useQuery({
    query: ShopSearchDocument,
    variables: { query: query || null, filter: null, first: 24, locale: locale() },
  });
  return (
    <Stack>
      <TextInput
        type="search"
        size="md"
        aria-label={t("search")}
        placeholder={t("search")}
        leftSection={<IconSearch size={18} />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Loaded query={found} lines={8}>
        {({ products }) => (
          <>
            <Text c="dimmed" role="status">
              {t("count", { count: products.totalCount ?? 0 })}
            </Text>
            <SimpleGrid cols={{ base: 2, sm: 3, lg: 4, xl: 6 }}>
              {products.nodes.map((product) => (
                <Card key={product.key} withBorder padding="sm">
                  <ProductPicture title={product.title} url={product.imageUrl} />
                  <Text mt="xs" lineClamp={2} dir="auto">
                    {product.title}
                  </Text>
                  <Text fw={600}>
                    <MoneyText money={product.pricing?.current} />
                  </Text>
                </Card>
              ))}
            </SimpleGrid>
          </>
        )}
      </Loaded>
    </Stack>
  );
}
