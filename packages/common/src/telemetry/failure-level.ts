/**
 * The level to log the nth failure in a row at: ever more seldom a warning, so that an outage does not fill the log with
 * itself.
 */
export const failureLevel = (failures: number): "warn" | "debug" =>
  (failures & (failures - 1)) === 0 ? "warn" : "debug";
