import { ActionIcon, Box, Button, SimpleGrid, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconHeart, IconThumbDown } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Loaded } from "../../components/Loaded";
import { useGlide } from "../../components/useGlide";
import { useSession } from "../../data/session";
import { useShopper } from "../../data/shopper";
import { useViewState } from "../../data/viewState";
import { addTexts } from "../../i18n";
import { LeftProducts, MovedCard } from "./cards";
import en from "./en.json";
import { isMoved } from "./moves";
import { ReasonPanel } from "./ReasonPanel";
import classes from "./Recommend.module.css";
import { FIRST, type Item, type LastChange, useForYou } from "./useForYou";
import { countChanges, NOTHING_SUPPOSED, type Supposed } from "./supposed";
import { WhatIfList } from "./WhatIfList";
import { WhatIfPanel } from "./WhatIfPanel";
import zh from "./zh.json";

addTexts("recommend", { en, zh });

export default function RecommendPage() {
  const { t } = useTranslation("recommend");
  const { userKey } = useShopper();
  const { query, last, act } = useForYou();
  const [supposed, suppose] = useViewState<Supposed>(NOTHING_SUPPOSED);
  const [opened, { toggle }] = useDisclosure();
  const active = countChanges(supposed) > 0;
  const name = userKey?.split(":").at(-1)?.slice(0, 8);
  return (
    <Stack>
      <Box>
        <Title order={2} size="h3">
          {t("forWhom", { name: name ? t("shopperName", { name }) : t("unknown") })}
        </Title>
        <Text c="dimmed" size="sm">
          {t(userKey ? "intro" : "introUnknown")}
        </Text>
      </Box>
      <Button
        hiddenFrom="md"
        variant="light"
        mr="auto"
        aria-expanded={opened || active}
        aria-controls="what-if"
        onClick={toggle}
      >
        {t("whatIf.title")}
      </Button>
      <div className={classes.columns}>
        <Loaded query={query} lines={8}>
          {({ recommendations }) =>
            active ? (
              <WhatIfList supposed={supposed} />
            ) : (
              <ForYouList items={recommendations.items} popular={!recommendations.model} last={last} act={act} />
            )
          }
        </Loaded>
        <div id="what-if" className={classes.aside} data-opened={opened || active}>
          <WhatIfPanel supposed={supposed} suppose={suppose} active={active} />
        </div>
      </div>
    </Stack>
  );
}

interface ListProps {
  items: readonly Item[];
  popular: boolean;
  last: (LastChange & { gone: readonly Item[] }) | undefined;
  act: (kind: "LIKE" | "DISMISS" | "CLICK", item: Item) => Promise<void>;
}

function ForYouList({ items, popular, last, act }: ListProps) {
  const { t } = useTranslation("recommend");
  const [opened, setOpened] = useState<Item>();
  const list = useRef<HTMLDivElement>(null);
  useGlide(list, items.map((item) => item.product.key).join());
  return (
    <Stack>
      <Text size="sm" role="status" c={last && isMoved(last.moves) ? undefined : "dimmed"}>
        {last ? <ChangeText last={last} /> : popular && t("popular")}
      </Text>
      <SimpleGrid ref={list} cols={{ base: 2, sm: 3, xl: 4 }} spacing="md">
        {items.map((item) => (
          <MovedCard key={item.product.key} product={item.product} move={last?.moves.byKey.get(item.product.key)}
            onOpen={() => void act("CLICK", item)}
            reason={<ReasonButton item={item} onOpen={() => setOpened(item)} />}
            actions={<Opinions item={item} act={act} />}
          />
        ))}
      </SimpleGrid>
      <LeftProducts products={last?.gone.map((item) => item.product) ?? []} />
      <ReasonPanel item={opened} onClose={() => setOpened(undefined)} />
    </Stack>
  );
}

function ChangeText({ last }: { last: LastChange }) {
  const { t } = useTranslation("recommend");
  const what = last.title ? t("afterLike", { title: last.title }) : t("afterElsewhere");
  return isMoved(last.moves) ? t("changed", { what, ...last.moves.counts }) : t("same", { what, count: FIRST });
}

function ReasonButton({ item, onOpen }: { item: Item; onOpen: () => void }) {
  const { t } = useTranslation("recommend");
  const text = (item.shortReasons[0] ?? item.reasons[0])?.text ?? "";
  return (
    <UnstyledButton className={classes.reason} aria-label={t("why", { text })} onClick={onOpen}>
      <Text inherit lineClamp={3} component="span" dir="auto">
        {text}
      </Text>
    </UnstyledButton>
  );
}

function Opinions({ item, act }: { item: Item; act: ListProps["act"] }) {
  const { t } = useTranslation("recommend");
  const { may } = useSession();
  const { userKey } = useShopper();
  const title = item.product.title ?? item.product.key;
  // What an unknown shopper likes stays in the tab and needs no right.
  if (userKey && !may("events:write")) return null;
  return (
    <>
      <Button
        size="compact-sm"
        variant="light"
        leftSection={<IconHeart size={14} />}
        aria-label={t("likeProduct", { title })}
        onClick={() => void act("LIKE", item)}
      >
        {t("like")}
      </Button>
      {userKey && (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t("notForMeProduct", { title })}
          title={t("notForMe")}
          onClick={() => void act("DISMISS", item)}
        >
          <IconThumbDown size={16} />
        </ActionIcon>
      )}
    </>
  );
}
