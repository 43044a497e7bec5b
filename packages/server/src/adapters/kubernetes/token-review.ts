import type { Review, TokenReviewer } from "../../application/ports/token-reviewer.ts";
import type { ReviewedToken } from "../../domain/node/attestation.ts";
import type { KubernetesApi } from "./kubernetes-api.ts";
import { refusalStatus } from "./kubernetes-error.ts";
import { fields, items, text } from "./object-fields.ts";

const EXTRA = "authentication.kubernetes.io/";
/** An agent gives up a stream that brings nothing for 5 s, and another proof may be tried after this one. */
const ANSWER_MS = 3_000;

/** Asks the API server what a token is, by TokenReview. */
export class KubernetesTokenReviewer implements TokenReviewer {
  readonly #api: KubernetesApi;

  constructor(api: KubernetesApi) {
    this.#api = api;
  }

  async review(token: string, audience: string): Promise<Review> {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const ask = () => this.#ask(token, audience, signal);
    try {
      // A connection that broke may have been idle for long; the second question goes by a new one.
      const review = await ask().catch((error: unknown) => (isAnswer(error) ? Promise.reject(error) : ask()));
      return { kind: "reviewed", token: reviewedIn(review, token) };
    } catch (error) {
      if (isAnswer(error)) throw error;
      return { kind: "no-answer", cause: error };
    }
  }

  #ask(token: string, audience: string, signal: AbortSignal): Promise<unknown> {
    return this.#api.request({
      path: "/apis/authentication.k8s.io/v1/tokenreviews",
      body: {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenReview",
        spec: { token, audiences: [audience] },
      },
      signal,
    });
  }
}

/** A refusal is an answer, and so is what cannot be read. */
const isAnswer = (error: unknown): boolean => refusalStatus(error) !== undefined || error instanceof SyntaxError;

function reviewedIn(review: unknown, token: string): ReviewedToken {
  const status = fields(fields(review)["status"]);
  const user = fields(status["user"]);
  const extra = (name: string) => text(items(fields(user["extra"])[`${EXTRA}${name}`])[0]);
  return {
    authenticated: status["authenticated"] === true,
    username: text(user["username"]) ?? "",
    audiences: items(status["audiences"]).flatMap((audience) => text(audience) ?? []),
    podName: extra("pod-name"),
    podUid: extra("pod-uid"),
    nodeName: extra("node-name"),
    nodeUid: extra("node-uid"),
    expiresAtMs: expiryOf(token),
  };
}

/** TokenReview does not say it; of a token that it took, the claim `exp` (RFC 7519) is the API server's own word. */
function expiryOf(token: string): number | undefined {
  try {
    const claims = fields(JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()));
    return typeof claims["exp"] === "number" ? claims["exp"] * 1_000 : undefined;
  } catch {
    return undefined;
  }
}
