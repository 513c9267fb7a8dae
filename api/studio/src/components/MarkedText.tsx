interface Span {
  /** First and one past the last character, counted as Python counts: by code points. */
  start: number;
  end: number;
}

/** A text with parts of it marked. Spans may come in any order; those that overlap are joined. */
export function MarkedText({ text, spans }: { text: string; spans: readonly Span[] }) {
  return (
    <span dir="auto">
      {splitMarked(text, spans).map((part, index) =>
        part.marked ? <mark key={index}>{part.text}</mark> : part.text,
      )}
    </span>
  );
}

export function splitMarked(text: string, spans: readonly Span[]): { text: string; marked: boolean }[] {
  const characters = [...text];
  const parts: { text: string; marked: boolean }[] = [];
  let at = 0;
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    const from = Math.max(start, at);
    if (from > at) parts.push({ text: characters.slice(at, from).join(""), marked: false });
    if (end > from) parts.push({ text: characters.slice(from, end).join(""), marked: true });
    at = Math.max(at, end);
  }
  if (at < characters.length) parts.push({ text: characters.slice(at).join(""), marked: false });
  return parts;
}
