import { expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { IssuedTlsMaterial } from "@rolecall/common/tls/issued-tls-material";
import { createAuthority } from "../src/certs/authority.ts";

const NOW_MS = Date.now();

async function issued() {
  const authority = await createAuthority({ nowMs: NOW_MS });
  const { certificatePem, keyPem } = await authority.issue({ role: "agent" });
  return { certificatePem, keyPem, bundlePem: authority.certificatePem };
}

test("what was issued is taken, and what cannot be used leaves it in use with a line that says why", async () => {
  const outcomes: string[] = [];
  const lines: string[] = [];
  const material = new IssuedTlsMaterial(
    { reloaded: (outcome) => outcomes.push(outcome), filesUsable() {} },
    createLogger("agent", "info", (line) => lines.push(line)),
  );
  const [first, other] = [await issued(), await issued()];
  expect(material.take(first, NOW_MS)).toBe(true);
  await material.whenUsable;
  expect(material.take({ ...first, keyPem: other.keyPem }, NOW_MS)).toBe(false);
  expect(material.current?.certificate.toString()).toBe(first.certificatePem);
  expect(outcomes).toEqual(["taken"]);
  expect(lines).toEqual([expect.stringContaining("is not the key of the certificate")]);
  expect(lines.join("")).not.toContain("PRIVATE KEY");
});
