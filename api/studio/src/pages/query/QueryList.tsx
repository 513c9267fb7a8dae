import { Card, NavLink, ScrollArea, Select, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { QueryLibraryQuery } from "./Library.generated";

interface Props {
  queries: QueryLibraryQuery["savedQueries"];
  chosen: string;
}

/** The library: a list beside the query, on a phone a drop-down. */
export function QueryList({ queries, chosen }: Props) {
  const { t } = useTranslation("query");
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const words = text.trim().toLowerCase();
  const shown = queries.filter((one) => `${one.title} ${one.question} ${one.name}`.toLowerCase().includes(words));
  return (
    <>
      <Select
        hiddenFrom="md"
        label={t("saved")}
        searchable
        value={chosen}
        allowDeselect={false}
        data={[{ value: "", label: t("own") }, ...queries.map((one) => ({ value: one.name, label: one.title }))]}
        onChange={(name) => void navigate({ to: name ? `/query/${name}` : "/query" })}
      />
      <Card withBorder padding="xs" visibleFrom="md" component="nav" aria-label={t("saved")}>
        <NavLink component={Link} to="/query" label={t("own")} active={!chosen} activeOptions={{ exact: true }} />
        <TextInput
          my="xs"
          type="search"
          aria-label={t("filter")}
          placeholder={t("filter")}
          leftSection={<IconSearch size={16} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <ScrollArea.Autosize mah="calc(100vh - 260px)" type="auto">
          {shown.map((one) => (
            <NavLink
              key={one.name}
              component={Link}
              to={`/query/${one.name}`}
              active={one.name === chosen}
              aria-current={one.name === chosen ? "page" : undefined}
              label={one.title}
              description={one.question}
            />
          ))}
        </ScrollArea.Autosize>
      </Card>
    </>
  );
}
