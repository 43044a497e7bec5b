import { fileURLToPath } from "node:url";
import { goProgram, pythonPackage } from "./installed.ts";

const MINUTE_MS = 60_000;

/** An AWS client and what makes it ask the metadata service again. */
export interface Client {
  readonly name: string;
  /** Whose code reads what the metadata service says. */
  readonly library: string;
  /** How it is brought to look for new credentials, as `docs/clients.md` says it. */
  readonly asksAgain: string;
  /** How far its own clock is ahead of everything else's; none where its program moves its clock. */
  readonly aheadMs?: number;
  /** What is missing here and how to install it; undefined where it can run. */
  readonly missing?: string;
  readonly command: readonly string[];
}

const inPython = (packageName: string, file: string) => {
  const { python, missing } = pythonPackage(packageName);
  return {
    ...(missing !== undefined && { missing }),
    command: [python, fileURLToPath(new URL(`./programs/${file}`, import.meta.url))],
  };
};

/** Four minutes of what is handed out are left on such a clock, at which these clients ask for each use. */
const NEAR_THE_END = {
  aheadMs: 51 * MINUTE_MS,
  asksAgain: "by itself, its clock being 51 minutes ahead",
};

export const CLIENTS: readonly Client[] = [
  {
    name: "boto3",
    library: "botocore",
    asksAgain: "by itself, as the clock of its credentials is moved on",
    ...inPython("boto3", "boto3_client.py"),
  },
  { name: "AWS CLI", library: "botocore", asksAgain: "as a new process", ...inPython("awscli", "aws_cli.py") },
  {
    name: "AWS SDK for JavaScript v3",
    library: "@smithy/credential-provider-imds",
    asksAgain: "by itself, as its clock is moved on",
    command: [process.execPath, fileURLToPath(new URL("./programs/js-v3.ts", import.meta.url))],
  },
  { name: "awscrt", library: "aws-c-auth, in C", ...NEAR_THE_END, ...inPython("awscrt", "awscrt_client.py") },
  {
    name: "pyarrow",
    library: "the AWS SDK for C++",
    asksAgain: "as a new file system",
    ...inPython("pyarrow", "pyarrow_client.py"),
  },
  { name: "obstore", library: "object_store, in Rust", ...NEAR_THE_END, ...inPython("obstore", "obstore_client.py") },
  {
    name: "AWS SDK for Go v2",
    library: "feature/ec2/imds",
    asksAgain: "by `CredentialsCache.Invalidate`, as its clock cannot be moved",
    ...goProgram(),
  },
];
