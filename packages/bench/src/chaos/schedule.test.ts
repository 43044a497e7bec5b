import { expect, test } from "@jest/globals";
import { chaosSchedule } from "./schedule.ts";

const size = { minutes: 60, servers: 2, nodes: 3, pods: 12, roles: 6 };

test("a seed gives the same schedule again, and another seed another", () => {
  expect(chaosSchedule({ ...size, seed: 7 })).toEqual(chaosSchedule({ ...size, seed: 7 }));
  expect(chaosSchedule({ ...size, seed: 7 })).not.toEqual(chaosSchedule({ ...size, seed: 8 }));
});

test("an hour has every kind of trouble, in order and within the hour", () => {
  const schedule = chaosSchedule({ ...size, seed: 7 });
  expect(new Set(schedule.map(({ trouble }) => trouble.kind)).size).toBe(11);
  const moments = schedule.map(({ atMs }) => atMs);
  expect(moments).toEqual([...moments].sort((one, other) => one - other));
  expect(moments.at(-1)).toBeLessThan(60 * 60_000);
});
