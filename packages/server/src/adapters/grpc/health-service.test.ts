import { EventEmitter } from "node:events";
import { expect, test } from "@jest/globals";
import { Announcement } from "@rolecall/common/lifecycle/announcement";
import { healthService } from "./health-service.ts";

class Watched extends EventEmitter {
  readonly told: unknown[] = [];
  write(status: unknown): void {
    this.told.push(status);
  }
  end(): void {
    this.told.push("end");
  }
}

function watch(stopping: AbortController, changes = new Announcement()): Watched {
  const service = healthService(() => true, changes.on, stopping.signal) as unknown as { Watch(call: Watched): void };
  const call = new Watched();
  service.Watch(call);
  return call;
}

test("a watch ends when the server stops, and is told of nothing after that", () => {
  const stopping = new AbortController();
  const changes = new Announcement();
  const call = watch(stopping, changes);
  stopping.abort();
  changes.announce();
  expect(call.told).toEqual([{ status: "SERVING" }, "end"]);
});

test("one that begins while the server stops ends at once", () => {
  const stopping = new AbortController();
  stopping.abort();
  expect(watch(stopping).told.at(-1)).toBe("end");
});
