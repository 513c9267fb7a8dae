import { Alert, Button, Skeleton, Stack, VisuallyHidden } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { UseQueryExecute, UseQueryState } from "urql";

interface Props<D> {
  /** What `useQuery` returned. */
  query: [UseQueryState<D>, UseQueryExecute];
  children: (data: D) => ReactNode;
  /** Number of grey lines while there is nothing yet. */
  lines?: number;
}

/** Shows the answer of a query; before it comes, grey lines; where it fails, why, and a retry. */
export function Loaded<D>({ query: [state, refresh], children, lines = 3 }: Props<D>) {
  const { t } = useTranslation();
  if (state.error && !state.data)
    return (
      <Alert color="red" title={t("failed")} role="alert">
        <Stack align="start">
          {state.error.graphQLErrors[0]?.message ?? state.error.message}
          <Button
            size="xs"
            variant="default"
            onClick={() => refresh({ requestPolicy: "network-only" })}
          >
            {t("retry")}
          </Button>
        </Stack>
      </Alert>
    );
  if (!state.data)
    return (
      <Stack role="status" gap="sm">
        <VisuallyHidden>{t("loading")}</VisuallyHidden>
        {Array.from({ length: lines }, (_, line) => (
          <Skeleton key={line} height={24} />
        ))}
      </Stack>
    );
  return children(state.data);
}
