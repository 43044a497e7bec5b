import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export type SdkAnswer = { readonly arn: string } | { readonly error: string };

/** Runs the real AWS SDK as the pod behind an endpoint, with nothing else to find credentials by. */
export async function askAsPod(metadataEndpoint: string, stsEndpoint: string): Promise<SdkAnswer> {
  const script = fileURLToPath(new URL("./sdk-client.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script], {
    env: {
      AWS_EC2_METADATA_SERVICE_ENDPOINT: metadataEndpoint,
      AWS_ENDPOINT_URL_STS: stsEndpoint,
      AWS_REGION: "us-east-1",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    },
  });
  return JSON.parse(stdout) as SdkAnswer;
}
