import { describe, expect, test } from "@jest/globals";
import { EventThrottle } from "./event-throttle.ts";

const anEvent = (uid: string, message = "denied") => ({
  pod: { uid, namespace: "shop", name: "web-0" },
  reason: "RoleForbidden",
  message,
});

describe("EventThrottle", () => {
  test("admits the same event again after ten minutes", () => {
    const throttle = new EventThrottle();
    expect(throttle.admit(anEvent("a"), 0)).toBe(true);
    expect(throttle.admit(anEvent("a"), 599_999)).toBe(false);
    expect(throttle.admit(anEvent("a"), 600_000)).toBe(true);
  });

  test("another pod, reason or message is another event", () => {
    const throttle = new EventThrottle();
    const events = [anEvent("a"), anEvent("b"), anEvent("a", "other"), { ...anEvent("a"), reason: "InvalidRole" }];
    expect(events.map((event) => throttle.admit(event, 0))).toEqual([true, true, true, true]);
  });

  test("a pod whose events keep changing is held to five at once and one a minute, others are not", () => {
    const throttle = new EventThrottle();
    const admitted = Array.from({ length: 20 }, (_, index) => throttle.admit(anEvent("a", `message ${index}`), 0));
    expect(admitted.filter(Boolean)).toHaveLength(5);
    expect(throttle.admit(anEvent("b"), 0)).toBe(true);
    expect(throttle.admit(anEvent("a", "later"), 60_000)).toBe(true);
    expect(throttle.admit(anEvent("a", "too soon"), 60_001)).toBe(false);
  });

  test("nodes are told apart from each other and from pods", () => {
    const throttle = new EventThrottle();
    const onNode = (node: string) => ({ node, reason: "RoleForbidden", message: "denied" });
    const events = [onNode("a"), onNode("b"), anEvent("a"), onNode("a")];
    expect(events.map((event) => throttle.admit(event, 0))).toEqual([true, true, true, false]);
  });

  test("what could not be shown may be tried again", () => {
    const throttle = new EventThrottle();
    throttle.admit(anEvent("a"), 0);
    throttle.forget(anEvent("a"));
    expect(throttle.admit(anEvent("a"), 1)).toBe(true);
  });

  test("remembers the latest events where there are too many to remember", () => {
    const throttle = new EventThrottle();
    for (let index = 0; index <= 10_000; index++) throttle.admit(anEvent(`pod-${index}`), 0);
    expect(throttle.admit(anEvent("pod-10000"), 1)).toBe(false);
    expect(throttle.admit(anEvent("pod-1"), 1)).toBe(false);
    expect(throttle.admit(anEvent("pod-0"), 1)).toBe(true);
  });
});
