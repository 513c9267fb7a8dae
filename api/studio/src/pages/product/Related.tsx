import { Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { ProductRow } from "../../components/ProductRow";
import { locale } from "../../i18n";
import { ProductRelatedDocument } from "./Related.generated";

/** What goes along with a product, and instead of it. */
export function Related({ productKey }: { productKey: string }) {
  const { t } = useTranslation("product");
  const asked = { key: productKey, first: 10, locale: locale() };
  const [along] = useQuery({
    query: ProductRelatedDocument,
    variables: { ...asked, intent: "COMPLEMENTARY" },
  });
  const [instead] = useQuery({
    query: ProductRelatedDocument,
    variables: { ...asked, intent: "RELATED" },
  });
  const lists = [
    ["along", along.data?.productRecommendations],
    ["instead", instead.data?.productRecommendations],
  ] as const;
  if (!lists.some(([, list]) => list?.items.length)) return null;
  return (
    <Stack gap="xl">
      {lists.map(([name, list]) => list && <ProductRow key={name} title={t(name)} list={list} />)}
    </Stack>
  );
}
