// Names of relations and labels of the graph, for people.
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { addTexts } from "../../i18n";
import en from "./en.json";
import zh from "./zh.json";

addTexts("relations", { en, zh });

export function useGraphNames() {
  const { t } = useTranslation("relations");
  return useMemo(
    () => ({
      relationName: (relation: string) => t(`relation.${relation}`, { defaultValue: relation }),
      labelName: (label: string) => t(`label.${label}`, { defaultValue: label }),
    }),
    [t],
  );
}
