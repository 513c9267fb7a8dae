// What the shopper does, recorded where the caller may: the very next recommendation counts it.
import { useMemo } from "react";
import { client } from "./client";
import { StudioRecordEventDocument } from "./RecordEvent.generated";
import type { EventKind } from "./schema";
import { useSession } from "./session";
import { useShopper } from "./shopper";

interface Place {
  /** The list that the product was shown in: `servedId`. */
  servedId?: string | null;
  position?: number;
}

const SOURCE = "studio";
const arrivals = new Map<string, Place>();

/**
 * Functions that record what the chosen shopper does with a product.
 *
 * Nothing is recorded of an unknown shopper but answers to a served list, which count for the
 * figures of the model that ranked it.
 */
export function useEvents() {
  const { may } = useSession();
  const { userKey } = useShopper();
  const allowed = may("events:write");
  return useMemo(() => {
    const record = async (kind: EventKind, productKey: string, place: Place = {}) => {
      if (!allowed || !(userKey || place.servedId)) return;
      const input = {
        source: SOURCE,
        id: randomId(),
        kind,
        productKey,
        userKey,
        servedId: place.servedId ?? null,
        position: place.position ?? null,
      };
      await client.mutation(StudioRecordEventDocument, { input }).toPromise();
    };
    return {
      record,
      /** Records a click in a list, which later events on the product respond to as well. */
      click: (productKey: string, place: Place) => {
        arrivals.set(productKey, place);
        void record("CLICK", productKey, place);
      },
      /** The list that a product's page was opened from. */
      arrival: (productKey: string): Place => arrivals.get(productKey) ?? {},
    };
  }, [allowed, userKey]);
}

/** Random, also where the page is not served by TLS, which `randomUUID` needs. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
