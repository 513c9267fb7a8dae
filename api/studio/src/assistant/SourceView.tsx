import { Anchor, Badge, Blockquote, Button, Group, Stack, Text } from "@mantine/core";
import { IconAffiliate, IconArrowLeft, IconExternalLink, IconShoppingBag } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { Loaded } from "../components/Loaded";
import { MarkedText } from "../components/MarkedText";
import { productPath } from "../components/ProductCard";
import { Supports } from "../components/supports";
import { SourceNodeDocument, type SourceNodeQuery } from "./Assistant.generated";
import type { Citation } from "./conversation";

interface Props {
  source: Citation;
  onBack: () => void;
  /** Called when a link leads to another page. */
  onLeave: () => void;
}

/** A source of an answer: what it says, and where that stands. */
export function SourceView({ source, onBack, onLeave }: Props) {
  const { t } = useTranslation("assistant");
  const { kind, text, productKey, url, predicted } = source;
  return (
    <Stack gap="md">
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<IconArrowLeft size={16} />}
        onClick={onBack}
        data-autofocus
        autoFocus
        mr="auto"
      >
        {t("back")}
      </Button>
      <Group gap="xs">
        <Badge variant="light">{t(`kind.${kind}`)}</Badge>
        {predicted && <Text size="sm">{t("predicted")}</Text>}
      </Group>
      <Blockquote p="sm" dir="auto">
        {text}
      </Blockquote>
      {/* A record is read by what it supports, an order by its owner's text above. */}
      {kind !== "RECORD" && kind !== "ORDER" && <SourceNode source={source} />}
      <Group gap="xs">
        {productKey && (
          <>
            <Button
              component={Link}
              to={productPath(productKey)}
              size="xs"
              variant="light"
              leftSection={<IconShoppingBag size={14} />}
              onClick={onLeave}
            >
              {t("openProduct")}
            </Button>
            <Button
              component={Link}
              to="/graph"
              search={{ start: [productKey], open: [productKey] } as never}
              size="xs"
              variant="default"
              leftSection={<IconAffiliate size={14} />}
              onClick={onLeave}
            >
              {t("openGraph")}
            </Button>
          </>
        )}
        {url && /^https?:/.test(url) && (
          <Anchor href={url} target="_blank" rel="noreferrer noopener" size="sm">
            {t("openPage")} <IconExternalLink size={12} aria-hidden />
          </Anchor>
        )}
      </Group>
    </Stack>
  );
}

function SourceNode({ source }: { source: Citation }) {
  const found = useQuery({ query: SourceNodeDocument, variables: { id: source.id } });
  return (
    <Loaded query={found}>
      {({ node }) => (node ? <NodeParts node={node} productKey={source.productKey} /> : null)}
    </Loaded>
  );
}

type Found = NonNullable<SourceNodeQuery["node"]>;

function NodeParts({ node, productKey }: { node: Found; productKey: string | null }) {
  const { t } = useTranslation("assistant");
  switch (node.__typename) {
    case "Assertion":
      return <Supports supports={node.supports} productKey={productKey} />;
    case "Review": {
      const spans = node.mentions.flatMap(({ field, start, end }) =>
        field !== "title" && start !== null && end !== null ? [{ start, end }] : [],
      );
      return (
        <Stack gap={4}>
          {node.rating !== null && <Text size="sm">{t("stars", { count: node.rating })}</Text>}
          <Text fw={600} dir="auto">
            {node.title}
          </Text>
          <Text size="sm">
            <MarkedText text={node.words ?? ""} spans={spans} />
          </Text>
        </Stack>
      );
    }
    case "Passage":
      return (
        <Stack gap={4}>
          <Text size="xs" c="dimmed" dir="auto">
            {[node.document?.title, node.heading, node.page && t("page", { number: node.page })]
              .filter(Boolean)
              .join(" › ")}
          </Text>
          <Text size="sm" dir="auto">
            {node.text}
          </Text>
        </Stack>
      );
    default:
      return null;
  }
}
