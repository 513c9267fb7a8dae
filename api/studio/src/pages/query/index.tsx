import { Grid, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { GateNotice } from "../../components/GateNotice";
import { Loaded } from "../../components/Loaded";
import { useRest } from "../../data/viewState";
import { addTexts, locale } from "../../i18n";
import en from "./en.json";
import { FreeStatement } from "./FreeStatement";
import { QueryLibraryDocument } from "./Library.generated";
import { QueryList } from "./QueryList";
import { SavedStatement } from "./SavedStatement";
import zh from "./zh.json";

addTexts("query", { en, zh });

/** Saved queries and free Cypher, read-only: /query/NAME is a saved one, /query a statement of one's own. */
export default function QueryPage() {
  const { t } = useTranslation("query");
  const name = useRest();
  const library = useQuery({ query: QueryLibraryDocument, variables: { locale: locale() } });
  return (
    <Stack>
      <Title order={2}>
        {t("title")}
      </Title>
      <Loaded query={library} lines={10}>
        {({ savedQueries, analystGate }) => {
          const chosen = savedQueries.find((one) => one.name === name);
          return (
            <>
              {!analystGate.on && <GateNotice />}
              <Grid>
                <Grid.Col span={{ base: 12, md: 4, lg: 3 }}>
                  <QueryList queries={savedQueries} chosen={name} />
                </Grid.Col>
                <Grid.Col span={{ base: 12, md: 8, lg: 9 }}>
                  {name && !chosen && <Text>{t("unknown", { name })}</Text>}
                  {chosen && <SavedStatement key={chosen.name} query={chosen} on={analystGate.on} />}
                  {!name && <FreeStatement on={analystGate.on} limits={analystGate} />}
                </Grid.Col>
              </Grid>
            </>
          );
        }}
      </Loaded>
    </Stack>
  );
}
