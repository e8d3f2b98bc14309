import assert from "node:assert/strict";
import { parseSshHost } from "./ssh-agent";

describe("an engine's machine behind ssh", () => {
  for (const [text, expected] of [
    ["build", { host: "build", user: undefined, port: undefined, socket: undefined }],
    ["me@build.test:2222", { host: "build.test", user: "me", port: "2222", socket: undefined }],
    ["build/", { host: "build", user: undefined, port: undefined, socket: undefined }],
    [
      "build/run/user/1000/docker.sock",
      { host: "build", user: undefined, port: undefined, socket: "/run/user/1000/docker.sock" },
    ],
    ["me@[::1]:22", { host: "::1", user: "me", port: "22", socket: undefined }],
  ] as const) {
    it(`is read: ${text}`, () => assert.deepEqual(parseSshHost(text), expected));
  }

  for (const text of ["", "-oProxyCommand=touch", "-x@host", "a b", "host:port", "me@"]) {
    it(`is none: "${text}"`, () => assert.equal(parseSshHost(text), undefined));
  }
});
