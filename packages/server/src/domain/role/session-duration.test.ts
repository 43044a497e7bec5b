import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseSessionDuration } from "./session-duration.ts";

test.each([
  ["1h", 3_600],
  ["15m", 900],
  ["900s", 900],
  ["59m60s", 3_600],
  ["0h20m5s", 1_205],
])("%s is %d seconds", (text, seconds) => {
  expect(parseSessionDuration(text, 3_600)).toEqual({ kind: "valid", value: seconds });
});

test.each(["", "h", "3600", "1H", "1.5h", "-1h", "1h 5m", "5m1h", " 1h", "1h\n", "9999999s", "1d"])(
  "%p is no duration",
  (text) => {
    expect(parseSessionDuration(text, 43_200)).toEqual({
      kind: "malformed",
      detail: expect.stringContaining("must be a duration"),
    });
  },
);

test.each(["14m59s", "1h1s", "0s", "12h"])("%s is refused where sessions last 900 to 3600 seconds", (text) => {
  expect(parseSessionDuration(text, 3_600)).toEqual({
    kind: "malformed",
    detail: expect.stringContaining("from 900s to 3600s"),
  });
});

test("what is valid is a whole number of seconds within the bounds", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^(\d{1,3}h)?(\d{1,3}m)?(\d{1,5}s)?$/), (text) => {
      const parsed = parseSessionDuration(text, 3_600);
      return parsed.kind === "malformed" || (parsed.value >= 900 && parsed.value <= 3_600);
    }),
  );
});
