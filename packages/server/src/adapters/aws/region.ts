import { errorMessage } from "@rolecall/common/errors/error-message";
import { StartupError } from "@rolecall/common/errors/startup-error";

const INSTANCE_METADATA = "http://169.254.169.254";
const TIMEOUT_MS = 1_000;

/**
 * The region whose STS is asked: the flag, else what every AWS SDK reads, else where this instance runs.
 *
 * @throws StartupError naming the flag when none of them says
 */
export async function resolveRegion(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const region = flag ?? env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"];
  if (region) return region;
  try {
    return await instanceRegion();
  } catch (cause) {
    throw new StartupError(
      [
        `--region is not set, nor is AWS_REGION, and the instance metadata does not say (${errorMessage(cause)}): set --region`,
      ],
      { cause },
    );
  }
}

async function instanceRegion(): Promise<string> {
  const token = await ask("PUT", "/latest/api/token", { "x-aws-ec2-metadata-token-ttl-seconds": "60" });
  return ask("GET", "/latest/meta-data/placement/region", { "x-aws-ec2-metadata-token": token });
}

async function ask(method: string, path: string, headers: Record<string, string>): Promise<string> {
  const response = await fetch(`${INSTANCE_METADATA}${path}`, {
    method,
    headers,
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`);
  return (await response.text()).trim();
}
