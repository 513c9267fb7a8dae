// What reviews praise and complain of, counted.

export interface AspectCount {
  key: string;
  name: string;
  positive: number;
  neutral: number;
  negative: number;
}

interface Mentioning {
  mentions: readonly {
    sentiment: string;
    value: { key: string; name: string } | null;
  }[];
}

/** Counts reviews by aspect and sentiment, those that most speak of first. */
export function countAspects(reviews: readonly Mentioning[]): AspectCount[] {
  const counts = new Map<string, AspectCount>();
  for (const { mentions } of reviews) {
    const said = new Set<string>();
    for (const { sentiment, value } of mentions) {
      if (!value || !isSentiment(sentiment) || said.has(`${value.key} ${sentiment}`)) continue;
      said.add(`${value.key} ${sentiment}`);
      const count = counts.get(value.key) ?? { key: value.key, name: value.name, positive: 0, neutral: 0, negative: 0 };
      count[sentiment] += 1;
      counts.set(value.key, count);
    }
  }
  const all = ({ positive, neutral, negative }: AspectCount) => positive + neutral + negative;
  return [...counts.values()].sort((a, b) => all(b) - all(a) || a.name.localeCompare(b.name));
}

function isSentiment(text: string): text is "positive" | "neutral" | "negative" {
  return text === "positive" || text === "neutral" || text === "negative";
}
