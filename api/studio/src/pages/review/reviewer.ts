// Under which name decisions are kept, where nobody signs in.
import { useState } from "react";

const KEPT = "reviewer";

export function useReviewer(): [string, (name: string) => void] {
  const [name, setName] = useState(() => {
    const kept = localStorage.getItem(KEPT);
    if (kept) return kept;
    const made = `reviewer ${crypto.getRandomValues(new Uint16Array(1))[0]}`;
    localStorage.setItem(KEPT, made);
    return made;
  });
  const keep = (given: string) => {
    const cleaned = given.trim().slice(0, 100);
    if (!cleaned) return;
    localStorage.setItem(KEPT, cleaned);
    setName(cleaned);
  };
  return [name, keep];
}
