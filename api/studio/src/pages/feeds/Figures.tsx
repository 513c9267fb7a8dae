import { Group, Paper, Text } from "@mantine/core";
import { currentLanguage } from "../../i18n";
import classes from "./feeds.module.css";

interface Figure {
  label: string;
  value: number;
  colour?: string;
}

/** Numbers with their names; those that are zero are left out, but for the first. */
export function Figures({ figures }: { figures: Figure[] }) {
  const number = new Intl.NumberFormat(currentLanguage());
  return (
    <Group gap="xs">
      {figures
        .filter(({ value }, n) => n === 0 || value)
        .map(({ label, value, colour }) => (
          <Paper key={label} withBorder px="md" py="xs" radius="md">
            <Text size="xl" fw={700} lh={1.2} className={classes.figure} c={colour}>
              {number.format(value)}
            </Text>
            <Text size="xs" c="dimmed">
              {label}
            </Text>
          </Paper>
        ))}
    </Group>
  );
}
