import { Badge, Button, Chip, Group, Popover, SegmentedControl, Slider, Stack, Text } from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useGraphNames } from "../../components/relations";
import { countConditions, FIRST_STATE, type GraphState, RELATIONS } from "./view";

interface Props {
  state: GraphState;
  change: (part: Partial<GraphState>, options?: { replace?: boolean }) => void;
}

/** Which edges are followed, and how many at once. */
export function EdgeFilters({ state, change }: Props) {
  const { t } = useTranslation("graph");
  const { relationName } = useGraphNames();
  const count = countConditions(state);
  const { relations, confidence, origin } = FIRST_STATE;
  return (
    <Popover width={360} position="bottom-end" trapFocus withArrow shadow="md">
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<IconFilter size={16} />}
          rightSection={count > 0 && <Badge circle>{count}</Badge>}
        >
          {t("filters")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="md">
          <div role="group" aria-label={t("relations")}>
            <Text size="sm" fw={600} mb={6}>
              {t("relations")}
            </Text>
            <Chip.Group
              multiple
              value={[...state.relations]}
              onChange={(chosen) => change({ relations: chosen })}
            >
              <Group gap={6}>
                {RELATIONS.map((name) => (
                  <Chip key={name} value={name} size="xs">
                    {relationName(name)}
                  </Chip>
                ))}
              </Group>
            </Chip.Group>
          </div>
          <div>
            <Text size="sm" fw={600}>
              {t("confidence", { percent: Math.round(state.confidence * 100) })}
            </Text>
            <Slider
              thumbLabel={t("confidenceLabel")}
              min={0}
              max={100}
              step={5}
              label={(percent) => `${percent} %`}
              defaultValue={state.confidence * 100}
              onChangeEnd={(percent) => change({ confidence: percent / 100 })}
            />
          </div>
          <div>
            <Text size="sm" fw={600} mb={4}>
              {t("origin")}
            </Text>
            <SegmentedControl
              fullWidth
              size="xs"
              aria-label={t("origin")}
              value={state.origin}
              onChange={(chosen) => change({ origin: chosen as GraphState["origin"] })}
              data={(["all", "stated", "guessed"] as const).map((name) => ({
                value: name,
                label: t(`origins.${name}`),
              }))}
            />
          </div>
          <div>
            <Text size="sm" fw={600} mb={4}>
              {t("most")}
            </Text>
            <SegmentedControl
              fullWidth
              size="xs"
              aria-label={t("most")}
              value={String(state.most)}
              onChange={(chosen) => change({ most: Number(chosen) })}
              data={["10", "25", "50", "100"]}
            />
          </div>
          {count > 0 && (
            <Button
              size="compact-sm"
              variant="subtle"
              onClick={() => change({ relations, confidence, origin })}
            >
              {t("noFilters")}
            </Button>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
