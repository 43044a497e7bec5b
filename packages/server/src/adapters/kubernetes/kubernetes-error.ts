/** The API server refused, by an HTTP status or an ERROR event of a watch. */
export class KubernetesError extends Error {
  override readonly name = "KubernetesError";
  /** The HTTP status, such as 403. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }

  /** @param body a `Status` object as the API server sends it, or what a proxy before it said */
  static fromAnswer(status: number, body: string): KubernetesError {
    let message: unknown;
    try {
      message = (JSON.parse(body) as { message?: unknown }).message;
    } catch {
      message = body.slice(0, 200);
    }
    return new KubernetesError(status, typeof message === "string" && message !== "" ? message : `HTTP ${status}`);
  }
}

const GONE = 410;

/** True where the API server no longer has what a version or a continuation asks for. */
export const isGone = (error: unknown): boolean => error instanceof KubernetesError && error.status === GONE;

/** The HTTP status of a refusal; undefined for anything else, such as a broken connection. */
export const refusalStatus = (error: unknown): number | undefined =>
  error instanceof KubernetesError ? error.status : undefined;
