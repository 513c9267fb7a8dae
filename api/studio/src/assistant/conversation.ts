// A conversation with the assistant: its turns, streamed as they are answered.
import { useCallback, useRef, useState } from "react";
import { client } from "../data/client";
import { useSession } from "../data/session";
import { useShopper } from "../data/shopper";
import {
  AnsweringDocument,
  type AnsweringSubscription,
  type AnswerPartsFragment,
  AskOnceDocument,
} from "./Assistant.generated";

type Step = AnsweringSubscription["answering"];
export type SaidTurn = NonNullable<Step["turn"]>;
export type Citation = AnswerPartsFragment["sources"][number];

export interface Turn {
  asked: string;
  understood?: Step["understood"];
  plans: readonly string[];
  /** Sentences so far; all of them once `answer` is there. */
  statements: readonly { text: string; sources: readonly number[] }[];
  sources: readonly Citation[];
  answer?: AnswerPartsFragment;
  turnKey?: string;
  question?: SaidTurn["question"];
  handOver?: SaidTurn["handOver"];
  failure?: string;
}

/** The turn after one more step of its answer. */
export function takeStep(turn: Turn, step: Step): Turn {
  switch (step.stage) {
    case "UNDERSTOOD":
      return { ...turn, understood: step.understood };
    case "PLANNED":
      return { ...turn, plans: step.plans };
    case "STATED":
      return {
        ...turn,
        statements: step.statement ? [...turn.statements, step.statement] : turn.statements,
        sources: [
          ...turn.sources,
          ...step.sources.filter((one) => turn.sources.every((other) => other.number !== one.number)),
        ],
      };
    case "COMPLETE": {
      if (!step.turn) return turn;
      const { answer, turnKey, question, handOver } = step.turn;
      return { ...complete(turn, answer), turnKey, question, handOver };
    }
  }
}

function complete(turn: Turn, answer: AnswerPartsFragment): Turn {
  return { ...turn, answer, statements: answer.statements, sources: answer.sources, plans: answer.plans };
}

export function useConversation(productKeys: readonly string[], useHistory: boolean) {
  const { may } = useSession();
  const { userKey } = useShopper();
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const key = useRef<string>(null);
  const stop = useRef<() => void>(undefined);

  const change = (change_: (turn: Turn) => Turn) =>
    setTurns((all) => [...all.slice(0, -1), change_(all.at(-1)!)]);

  const say = (asked: string) => {
    stop.current?.();
    setTurns((all) => [...all, { asked, plans: [], statements: [], sources: [] }]);
    // Turns are kept, which needs a right; without it each question stands for itself.
    if (!may("events:write")) {
      void client
        .query(AskOnceDocument, { text: asked, productKeys: [...productKeys] })
        .then(({ data, error }) =>
          change((turn) => (data ? complete(turn, data.ask) : { ...turn, failure: error?.message })),
        );
      return;
    }
    const input = { text: asked, conversationKey: key.current, userKey, productKeys, useHistory };
    const { unsubscribe } = client.subscription(AnsweringDocument, { input }).subscribe((result) => {
      const message = result.error?.graphQLErrors[0]?.message ?? result.error?.message;
      if (message) change((turn) => ({ ...turn, failure: message }));
      const step = result.data?.answering;
      if (!step) return;
      if (step.turn) key.current = step.turn.conversationKey;
      change((turn) => takeStep(turn, step));
    });
    stop.current = unsubscribe;
  };

  const begin = useCallback(() => {
    stop.current?.();
    key.current = null;
    setTurns([]);
  }, []);
  return { turns, say, begin, userKey };
}
