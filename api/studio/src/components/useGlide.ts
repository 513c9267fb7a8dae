// Children of a list glide from where they were to where they are.
import { useReducedMotion } from "@mantine/hooks";
import { type RefObject, useLayoutEffect, useRef } from "react";

/** Animates children with `data-key` whenever `order` changes; not where motion is unwanted. */
export function useGlide(list: RefObject<HTMLElement | null>, order: string): void {
  const places = useRef(new Map<string, DOMRect>());
  const still = useReducedMotion();
  useLayoutEffect(() => {
    const before = places.current;
    const after = new Map<string, DOMRect>();
    for (const child of list.current?.querySelectorAll<HTMLElement>("[data-key]") ?? []) {
      const key = child.dataset.key!;
      const place = child.getBoundingClientRect();
      after.set(key, place);
      const was = before.get(key);
      if (still || !before.size) continue;
      if (!was) child.animate({ opacity: [0, 1], scale: ["0.94", "1"] }, 320);
      else if (was.x !== place.x || was.y !== place.y)
        child.animate(
          { translate: [`${was.x - place.x}px ${was.y - place.y}px`, "0 0"] },
          { duration: 420, easing: "cubic-bezier(.2,.7,.2,1)" },
        );
    }
    places.current = after;
  }, [list, order, still]);
}
