import { expect, test } from "@jest/globals";
import { aborted, runAfter, runTogether } from "./run-together.ts";

test("the first task that fails stops the others, and is what is thrown once all have ended", async () => {
  let ended = false;
  const other = async (signal: AbortSignal) => {
    await aborted(signal);
    ended = true;
  };
  const failing = () => Promise.reject(new Error("cannot go on"));
  await expect(runTogether(new AbortController().signal, [other, failing])).rejects.toThrow("cannot go on");
  expect(ended).toBe(true);
});

test("a task that is to run after something runs when that has come", async () => {
  const ready = Promise.withResolvers<void>();
  const stop = new AbortController();
  const began = Promise.withResolvers<void>();
  const ran: string[] = [];
  const running = runAfter(ready.promise, async (signal) => {
    ran.push("began");
    began.resolve();
    await aborted(signal);
    ran.push("ended");
  })(stop.signal);
  expect(ran).toEqual([]);
  ready.resolve();
  await began.promise;
  stop.abort();
  await running;
  expect(ran).toEqual(["began", "ended"]);
});

test("a task whose time never came does not run when all is stopped", async () => {
  const stop = new AbortController();
  let ran = false;
  const running = runAfter(new Promise(() => {}), async () => {
    ran = true;
  })(stop.signal);
  stop.abort();
  await running;
  expect(ran).toBe(false);
});
