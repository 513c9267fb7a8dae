// Where a record says something: the sentence around a span of its text.

interface Span {
  start: number;
  end: number;
}

/** Ends of sentences in English and Chinese, and of lines. */
const ENDS = new Set([".", "!", "?", "\n", "。", "！", "？", "；"]);
const MOST = 160;

/** The sentence around a span, at most 160 characters on either side, with the span moved into it. */
export function cutSentence(text: string, { start, end }: Span): { text: string; span: Span } | null {
  const characters = [...text];
  if (!(start >= 0 && start < end && end <= characters.length)) return null;
  const ends = (at: number) =>
    ENDS.has(characters[at]!) &&
    // A point within a number or a word ends nothing.
    (characters[at] !== "." || /\s/.test(characters[at + 1] ?? " "));
  let from = start;
  while (from > 0 && start - from < MOST && !ends(from - 1)) from -= 1;
  while (from < start && /\s/.test(characters[from]!)) from += 1;
  let to = end;
  while (to < characters.length && to - end < MOST && !ends(to - 1)) to += 1;
  return {
    text: characters.slice(from, to).join(""),
    span: { start: start - from, end: end - from },
  };
}

/** A web address that may be linked to; null for others, such as `javascript:`. */
export function safeAddress(url: string | null): string | null {
  return url && /^https?:\/\//i.test(url) ? url : null;
}
