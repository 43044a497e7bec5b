import { createHook } from "node:async_hooks";

/**
 * Keeps one of the objects alive that `process.nextTick` makes. V8 lets go of a hidden class that no object has at the time of
 * a full collection; when the next one is made, code that was compiled for the old class has seen two, and takes the slow way
 * ever after. For `nextTick` that is 0.27 µs a call instead of 0.04, and a metadata request has more than a dozen of them.
 *
 * To be called before anything is collected.
 */
export function keepTickShape(): void {
  const hook = createHook({
    init(_asyncId, type, _triggerAsyncId, resource) {
      if (type === "TickObject") kept.push(resource);
    },
  });
  hook.enable();
  process.nextTick(() => {});
  hook.disable();
}

const kept: object[] = [];
