const project = (displayName, testMatch) => ({
  displayName,
  testMatch,
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "\\.ts$": ["@swc/jest", { jsc: { parser: { syntax: "typescript" }, target: "es2024" }, module: { type: "es6" } }],
  },
  modulePathIgnorePatterns: ["/dist/"],
});

/** Unit tests stand beside the code; tests of several modules over real sockets stand in a package's `test/` folder. */
export default {
  // Tests wait for events and not for time: this ends only what never comes, on a busy machine too.
  testTimeout: 30_000,
  reporters: ["default", "<rootDir>/.ci/tasks/closing-line-reporter.mjs"],
  projects: [
    project("unit", ["<rootDir>/packages/*/src/**/*.test.ts", "<rootDir>/proto/src/**/*.test.ts"]),
    project("integration", ["<rootDir>/packages/{common,server,agent,sandbox,cli,bench}/test/**/*.test.ts"]),
  ],
};
