import { answered, refused } from "../domain/imds/response.ts";
import { PROBE_PATH, PROBE_SOURCE } from "../domain/interception/rules.ts";
import type { AnswerMetadata } from "./answer-metadata.ts";

/**
 * Answers the self-probe with who answers, so that it knows the agent from anything else at the metadata address. No pod
 * has the probe's address as its source (domain/interception/probe-rules.ts), and to any other the path is as unknown as
 * any. What the probe asks is not counted: it is no pod's request.
 *
 * @param instanceId of this process
 */
export function answerSelfProbe(instanceId: string, answer: AnswerMetadata): AnswerMetadata {
  return (request) => {
    if (request.sourceAddress !== PROBE_SOURCE) return answer(request);
    const isProbe = request.method === "GET" && request.target === PROBE_PATH;
    return { response: isProbe ? answered(instanceId) : refused("path-unknown"), route: undefined };
  };
}
