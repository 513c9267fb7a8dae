import { expect, test } from "vitest";
import { takeStep, type Turn } from "./conversation";

const source = (number: number) => ({
  number, id: `${number}`, kind: "FACT" as const, key: "k", text: "t", productKey: null, url: null, predicted: false,
});
const step = { understood: null, plans: [], statement: null, sources: [], turn: null };

test("sentences come one by one, and the complete answer takes their place", () => {
  let turn: Turn = { asked: "?", plans: [], statements: [], sources: [] };
  turn = takeStep(turn, { ...step, stage: "PLANNED", plans: ["{}"] });
  for (const text of ["One.", "Two."])
    turn = takeStep(turn, {
      ...step,
      stage: "STATED",
      statement: { text, sources: [1] },
      sources: [source(1)],
    });
  expect(turn.statements.map((one) => one.text)).toEqual(["One.", "Two."]);
  expect(turn.sources).toHaveLength(1);
  turn = takeStep(turn, {
    ...step,
    stage: "COMPLETE",
    turn: {
      conversationKey: "c",
      turnKey: "t",
      question: null,
      handOver: null,
      answer: {
        status: "ANSWERED", language: "en", statements: [{ text: "Three.", sources: [] }], sources: [],
        productKeys: [], table: null, plans: [],
      },
    },
  });
  expect(turn.statements.map((one) => one.text)).toEqual(["Three."]);
  expect(turn.turnKey).toBe("t");
});
