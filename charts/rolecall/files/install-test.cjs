// What `helm test` runs, as a pod on a worker would: a server is ready, and the metadata address gives this pod its own
// role or, where it has none, nothing; the node's role in no case.
const METADATA = "http://169.254.169.254";
const ROLES = "/latest/meta-data/iam/security-credentials/";
const { SERVER_URL, EXPECTED_ROLE = "" } = process.env;
const TIMEOUT_MS = 60_000;

async function serverIsReady() {
  const { status, body } = await ask(`${SERVER_URL}/readyz`);
  if (status !== 200) throw new Error(`no server is ready: ${status} ${body.trim()}`);
  return "a server is ready";
}

async function metadataGivesItsOwnRole() {
  const headers = { "x-aws-ec2-metadata-token-ttl-seconds": "60" };
  const token = await ask(`${METADATA}/latest/api/token`, { method: "PUT", headers });
  if (token.status !== 200) throw new Error(`the metadata address gave no token: ${token.status} ${token.body}`);
  const asked = { headers: { "x-aws-ec2-metadata-token": token.body } };
  const role = EXPECTED_ROLE.replace(/.*[:/]/, "");
  const list = await ask(`${METADATA}${ROLES}`, asked);
  if (list.status === 200 && list.body !== role) throw new Error(`the metadata address names the role ${list.body}, which is not this pod's`);
  if (role === "") return "a pod without a role gets none, and not the node's";
  if (list.status !== 200) throw new Error(`the metadata address names no role: ${list.status} ${list.body}`);
  const credentials = await ask(`${METADATA}${ROLES}${role}`, asked);
  if (credentials.status !== 200) throw new Error(`no credentials of ${role}: ${credentials.status} ${credentials.body}`);
  return `this pod has credentials of ${role}`;
}

async function ask(url, options) {
  const response = await fetch(url, { ...options, redirect: "error", signal: AbortSignal.timeout(2_000) });
  return { status: response.status, body: await response.text() };
}

/** Asks again while an install settles. */
async function eventually(check) {
  for (const begin = Date.now(); ; await new Promise((resolve) => setTimeout(resolve, 1_000))) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() - begin > TIMEOUT_MS) throw error;
    }
  }
}

(async () => {
  for (const check of [serverIsReady, metadataGivesItsOwnRole]) {
    try {
      console.log(`ok: ${await eventually(check)}`);
    } catch (error) {
      console.error(`failed: ${error.message}${error.cause ? ` (${error.cause.message})` : ""}`);
      process.exitCode = 1;
    }
  }
})();
