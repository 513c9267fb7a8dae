// The shopper whose recommendations are shown: oneself, or one that a service names.
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import { useSession } from "./session";

interface Shopper {
  userKey: string | null;
  choose: (userKey: string | null) => void;
}

const Context = createContext<Shopper>({ userKey: null, choose: () => undefined });
const KEPT = "shopper";

function firstShopper(): string | null {
  const given = new URLSearchParams(location.search).get("user");
  return given ?? localStorage.getItem(KEPT);
}

export function ShopperProvider({ children }: { children: ReactNode }) {
  const { viewer } = useSession();
  const [chosen, setChosen] = useState(firstShopper);
  const shopper = useMemo<Shopper>(
    () => ({
      userKey: viewer.userKey ?? (viewer.scopes.includes("users:any") ? chosen : null),
      choose: (userKey) => {
        if (userKey) localStorage.setItem(KEPT, userKey);
        else localStorage.removeItem(KEPT);
        setChosen(userKey);
      },
    }),
    [viewer, chosen],
  );
  return <Context value={shopper}>{children}</Context>;
}

export const useShopper = (): Shopper => useContext(Context);
