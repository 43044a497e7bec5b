import type { TokenReviewer } from "../../application/ports/token-reviewer.ts";
import type { ReviewedToken } from "../../domain/node/attestation.ts";
import type { KubernetesApi } from "./kubernetes-api.ts";
import { fields, items, text } from "./object-fields.ts";

const NODE_NAME = "authentication.kubernetes.io/node-name";
const ANSWER_MS = 5_000;

/** Asks the API server what a token is, by TokenReview. */
export class KubernetesTokenReviewer implements TokenReviewer {
  readonly #api: KubernetesApi;

  constructor(api: KubernetesApi) {
    this.#api = api;
  }

  async review(token: string, audience: string): Promise<ReviewedToken> {
    const review = await this.#api.request({
      path: "/apis/authentication.k8s.io/v1/tokenreviews",
      body: {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenReview",
        spec: { token, audiences: [audience] },
      },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const status = fields(fields(review)["status"]);
    const user = fields(status["user"]);
    return {
      authenticated: status["authenticated"] === true,
      username: text(user["username"]) ?? "",
      audiences: items(status["audiences"]).flatMap((audience) => text(audience) ?? []),
      nodeName: text(items(fields(user["extra"])[NODE_NAME])[0]),
    };
  }
}
