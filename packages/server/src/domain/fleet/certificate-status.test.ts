import { expect, test } from "@jest/globals";
import { certificateStatus } from "./certificate-status.ts";

const HOUR_MS = 3_600_000;

test.each([
  ["a day, as managed ones do, is overdue 4.8 hours before its end", 24, 4.8],
  ["a year is overdue 14 days before its end", 8_760, 14 * 24],
  ["ten years is overdue 14 days before its end", 87_600, 14 * 24],
])("a certificate that lives %s", (_how, lifeHours, overdueHours) => {
  const { expiresAt, overdueAt } = certificateStatus("server", 0, lifeHours * HOUR_MS);
  expect((Date.parse(expiresAt) - Date.parse(overdueAt)) / HOUR_MS).toBeCloseTo(overdueHours);
});
