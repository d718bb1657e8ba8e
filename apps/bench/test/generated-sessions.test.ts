import { expect, test } from "vitest";
import {
  COMMON_WORD,
  MessageGenerator,
  RARE_WORD,
  SHORT_WORD,
  sessionMessages,
} from "../src/generated-sessions.js";
import { seededRandom } from "../src/seeded-random.js";

test("seededRandom() repeats itself for one seed, differs for another, and fills its range evenly", () => {
  const take = (seed: number) => Array.from({ length: 1000 }, seededRandom(seed));
  expect(take(1)).toEqual(take(1));
  expect(take(1)).not.toEqual(take(2));
  const numbers = take(3);
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  expect(mean).toBeCloseTo(0.5, 1);
});

test("MessageGenerator makes the same messages for the same seed, about as long as asked for", () => {
  const messages = new MessageGenerator(7).messages(200, 100);
  expect(new MessageGenerator(7).messages(200, 100)).toEqual(messages);
  const lengths = messages.map(({ content }) => String(content).length);
  expect(Math.min(...lengths)).toBeGreaterThanOrEqual(50);
  expect(Math.max(...lengths)).toBeLessThan(180);
});

test("sessionMessages() puts the rare words into one session of a thousand, the common one into all others", () => {
  const generator = new MessageGenerator();
  const sessions = Array.from({ length: 2000 }, (_, index) =>
    JSON.stringify(sessionMessages(generator, index, 2)),
  );
  for (const word of [RARE_WORD, SHORT_WORD]) {
    expect(sessions.filter((session) => session.includes(word))).toHaveLength(2);
  }
  expect(sessions.every((session) => session.includes(COMMON_WORD))).toBe(true);
});
