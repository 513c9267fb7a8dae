import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Availability } from "../data/schema";

const COLOURS: Partial<Record<Availability, string>> = {
  IN_STOCK: "green",
  LIMITED: "orange",
  OUT_OF_STOCK: "red",
  DISCONTINUED: "red",
};

/** Whether a product can be bought; nothing where that is not known. */
export function Stock({ status, size = "sm" }: { status: Availability; size?: string }) {
  const { t } = useTranslation();
  if (status === "UNKNOWN") return null;
  return (
    <Badge size={size} variant="light" color={COLOURS[status] ?? "gray"}>
      {t(`availability.${status}`)}
    </Badge>
  );
}
