import { beforeEach, expect, test } from "@jest/globals";
import { Readiness } from "@rolecall/common/health/readiness";
import { aSnapshot, aViewedPod } from "../../test/support/makers.ts";
import { NodeView } from "../domain/credentials/node-view.ts";
import { awaitFirstFeed } from "./feed-readiness.ts";

let view: NodeView;
let readiness: Readiness;
let attemptEnded: (ending: string) => void;
const problem = () => readiness.problems().get("feed");

beforeEach(() => {
  view = new NodeView();
  readiness = new Readiness();
  attemptEnded = awaitFirstFeed(view, readiness);
});

test("an agent is not ready before a server has told what its node may know, and says what the last attempt ended with", () => {
  expect(problem()).toBe("no server has fed this node yet");
  attemptEnded("name-not-resolved: rolecall-server");
  expect(problem()).toMatch(/name-not-resolved.*--server-address/);
});

test("a pod that was asked for is not the whole", () => {
  view.adopt(aViewedPod(), undefined, 0);
  expect(problem()).toBeDefined();
});

test("an agent stays ready when servers go away: it has what it needs", () => {
  view.apply(aSnapshot(), 0);
  expect(problem()).toBeUndefined();
  attemptEnded("unavailable");
  expect(problem()).toBeUndefined();
});
