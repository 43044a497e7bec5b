import { expect, test } from "@jest/globals";
import { answered } from "../domain/imds/response.ts";
import { answerSelfProbe } from "./answer-self-probe.ts";

const answer = answerSelfProbe("instance-1", () => ({ response: answered("for a pod"), route: "leaf" }));
const ask = (change: object) =>
  answer({
    method: "GET",
    target: "/rolecall/probe",
    headers: [],
    hostOptional: false,
    sourceAddress: "169.254.253.2",
    ...change,
  });

test("the self-probe is told which run of the agent answers", () => {
  expect(ask({})).toMatchObject({ response: { status: 200, body: "instance-1" } });
});

test("and nothing else, whatever it asks", () => {
  const nothing = { response: { status: 404, body: "" } };
  expect(ask({ target: "/latest/meta-data/iam/security-credentials/" })).toMatchObject(nothing);
  expect(ask({ method: "PUT", target: "/latest/api/token" })).toMatchObject(nothing);
});

test("anybody else's requests are answered as ever, that for its path among them", () => {
  expect(ask({ sourceAddress: "10.0.1.7" })).toEqual({ response: answered("for a pod"), route: "leaf" });
});

test("what the self-probe asks is not counted: it is no pod's request", () => {
  expect([ask({}), ask({ target: "/" })]).toMatchObject([{ route: undefined }, { route: undefined }]);
});
