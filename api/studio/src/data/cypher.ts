// The gate for analysts' Cypher: statements, saved queries, and their rows as files.
import { useCallback, useEffect, useRef, useState } from "react";
import { credentials } from "./credentials";

export type Cell = string | number | boolean | null | object;

export interface Rows {
  columns: string[];
  rows: Cell[][];
  truncated: boolean;
  milliseconds: number;
  notifications: { code: string; title: string; description: string }[];
}

/** A statement, or the name of a saved query, with parameters. */
export interface Statement {
  query?: string;
  saved?: string;
  parameters?: Record<string, unknown>;
}

export const FILES = {
  csv: "text/csv",
  parquet: "application/vnd.apache.parquet",
} as const;

// The server runs four statements at once, for all callers, and refuses more; a page of many waits.
const AT_ONCE = 2;
const RETRIES = 5;
let running = 0;
const waiting: (() => void)[] = [];

async function queue<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>((go) => waiting.push(go));
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

async function post(statement: Statement, accept: string): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    const answer = await fetch("/cypher", {
      method: "POST",
      headers: { ...credentials(), "content-type": "application/json", accept },
      body: JSON.stringify(statement),
    });
    if (answer.status !== 429 || attempt === RETRIES) return answer;
    const seconds = Math.min(Number(answer.headers.get("retry-after")) || 1, 10);
    await new Promise((go) => setTimeout(go, seconds * 1000));
  }
}

async function send(statement: Statement, accept: string): Promise<Response> {
  const answer = await queue(() => post(statement, accept));
  if (answer.ok) return answer;
  const body = (await answer.json().catch(() => null)) as { error?: { message: string } } | null;
  throw new Error(body?.error?.message ?? `${answer.status} ${answer.statusText}`);
}

/** Saves the rows of a statement as a file of this device. */
export async function download(statement: Statement, kind: keyof typeof FILES): Promise<void> {
  const file = await (await send(statement, FILES[kind])).blob();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `${statement.saved ?? "rows"}.${kind}`;
  link.click();
  URL.revokeObjectURL(link.href);
}

interface Answer {
  rows?: Rows;
  error?: string;
  asking: boolean;
}

/** Runs statements; the answer to the latest one counts. */
export function useStatement(): [Answer, (statement: Statement | null) => void] {
  const [answer, setAnswer] = useState<Answer>({ asking: false });
  const latest = useRef(0);
  const run = useCallback((statement: Statement | null) => {
    const mine = ++latest.current;
    if (!statement) return setAnswer({ asking: false });
    setAnswer((before) => ({ ...before, asking: true }));
    send(statement, "application/json")
      .then((response) => response.json() as Promise<Rows>)
      .then((rows) => ({ rows, asking: false }))
      .catch((error: unknown) => ({ error: error instanceof Error ? error.message : String(error), asking: false }))
      .then((settled) => {
        if (mine === latest.current) setAnswer(settled);
      });
  }, []);
  return [answer, run];
}

/** Runs one statement, and again when it changes. */
export function useRows(statement: Statement | null): Answer {
  const [answer, run] = useStatement();
  const text = JSON.stringify(statement);
  useEffect(() => run(JSON.parse(text) as Statement | null), [text, run]);
  return answer;
}
