/** Tells the suite's lines from VS Code's own where both come over one console. Set by the runner that reads them. */
export const suiteMark = { variable: "AIRLOCK_TEST_MARK", text: "[suite] " } as const;
