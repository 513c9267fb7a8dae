// What a page shows, kept in its address, so that every view is a permalink.
import { useLocation, useNavigate, useParams, useSearch } from "@tanstack/react-router";

/** The part of the address after the page's own, such as a key; empty on the page itself. */
export function useRest(): string {
  const params: { _splat?: string } = useParams({ strict: false });
  return params._splat ?? "";
}

/**
 * The search part of the address, and a function that changes some of it.
 *
 * @param first What holds for what the address does not name; such values are left out of it.
 */
export function useViewState<S extends object>(
  first: S,
): [S, (change: Partial<S>, options?: { replace?: boolean }) => void] {
  const search = useSearch({ strict: false }) as Partial<S>;
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const state = { ...first, ...search };
  const change = (part: Partial<S>, { replace = false } = {}) => {
    const next = Object.fromEntries(
      Object.entries({ ...state, ...part }).filter(
        ([name, value]) =>
          value !== undefined &&
          JSON.stringify(value) !== JSON.stringify((first as Record<string, unknown>)[name]),
      ),
    );
    void navigate({ to: pathname, search: next as never, replace, resetScroll: false });
  };
  return [state, change];
}
