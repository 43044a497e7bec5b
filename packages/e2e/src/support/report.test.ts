import { describe, expect, test } from "@jest/globals";
import { Report, type ReportOptions } from "./report.ts";

describe("a report", () => {
  function aReport(options: ReportOptions = {}) {
    let written = "";
    const write = (text: string) => {
      written += text;
    };
    const report = new Report({ write, ...options });
    return { report, lines: () => written.split("\n") };
  }

  test("goes on after a failed case and closes with the counts alone on a line", async () => {
    const { report, lines } = aReport();
    await report.case("pods get credentials", () => {});
    await report.case("pods get no others", () => {
      throw new Error("got others", { cause: new Error("no policy") });
    });
    await report.case("pods keep them", async () => {});
    expect(report.close()).toBe(1);
    expect(
      lines()
        .filter((line) => /^(not )?ok /.test(line))
        .map((line) => line.replace(/ \([\d.]+ s\)$/, "")),
    ).toEqual(["ok pods get credentials", "not ok pods get no others", "ok pods keep them"]);
    expect(lines().join("\n")).toMatch(/got others[\s\S]*caused by: Error: no policy/);
    expect(lines().slice(-2)).toEqual(["2 passed, 1 failed", ""]);
  });

  test("fails a case that hangs, names it, and goes on", async () => {
    const { report, lines } = aReport({ caseLimitMs: 1 });
    await report.case("a feed ends", () => new Promise(() => {}));
    await report.case("another begins", () => {});
    expect(lines().join("\n")).toMatch(
      /^not ok a feed ends[\s\S]*still not done after 0.001 s: a feed ends[\s\S]*^ok another begins/m,
    );
    expect(report.close()).toBe(1);
  });

  test("is a success when all passed", async () => {
    const { report } = aReport();
    await report.case("pods get credentials", () => {});
    expect(report.close()).toBe(0);
  });

  test("without a case is a failure: nothing was shown", () => {
    expect(aReport().report.close()).toBe(1);
  });

  test("counts a suite that could not begin as failed", async () => {
    const { report, lines } = aReport();
    await report.fail("the cluster comes up", new Error("no bridge"));
    expect(report.close()).toBe(1);
    expect(lines()).toContain("0 passed, 1 failed");
  });
});
