// What a program in a pod does: the AWS SDK for JavaScript with its default chain of credentials, asked who it is. Prints one
// line of JSON. Its environment is all it knows.
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

try {
  const { Arn } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
  process.stdout.write(JSON.stringify({ arn: Arn }));
} catch (error) {
  process.stdout.write(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
}
