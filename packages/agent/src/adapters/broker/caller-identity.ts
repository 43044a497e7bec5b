import { Metadata } from "@grpc/grpc-js";

/** What a call says of its caller: the token that proves its node, read anew. */
export async function callerIdentity(readToken: () => Promise<string | undefined>): Promise<Metadata> {
  const metadata = new Metadata();
  const token = await readToken();
  if (token) metadata.set("authorization", `Bearer ${token}`);
  return metadata;
}
