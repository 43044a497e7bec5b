import { expect, test } from "@jest/globals";
import { aSnapshot, aViewedPod, credentialsUntil, granted, HOUR_MS } from "../../test/support/makers.ts";
import { NodeView } from "../domain/credentials/node-view.ts";
import { countStandings } from "./count-standings.ts";

test("a node's pods are counted by what they have, and those without by why", () => {
  const view = new NodeView();
  view.apply(
    aSnapshot(
      [
        aViewedPod({ uid: "a" }),
        aViewedPod({ uid: "b" }),
        aViewedPod({ uid: "c", grant: granted("other") }),
        aViewedPod({ uid: "d", grant: { kind: "denied", reason: "host-network" } }),
        aViewedPod({ uid: "e", grant: { kind: "none" } }),
      ],
      { app: credentialsUntil(HOUR_MS) },
    ),
    0,
  );
  expect(countStandings(view, 0)).toEqual([
    { standing: "ready", reason: "", count: 2 },
    { standing: "pending", reason: "", count: 1 },
    { standing: "denied", reason: "host-network", count: 1 },
    { standing: "no-role", reason: "", count: 1 },
  ]);
  expect(countStandings(view, HOUR_MS)).toContainEqual({ standing: "failed", reason: "credentials-expired", count: 2 });
});
