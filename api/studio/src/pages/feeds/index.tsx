import "@mantine/dropzone/styles.css";
import { useRest } from "../../data/viewState";
import { addTexts } from "../../i18n";
import { BringIn } from "./BringIn";
import en from "./en.json";
import { RunPage } from "./RunPage";
import { Start } from "./Start";
import zh from "./zh.json";

addTexts("feeds", { en, zh });

export default function FeedsPage() {
  const rest = useRest();
  if (rest === "new") return <BringIn />;
  if (rest.startsWith("runs/")) return <RunPage key={rest} run={`run:${rest.slice("runs/".length)}`} />;
  return <Start />;
}
