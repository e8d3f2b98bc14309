import assert from "node:assert/strict";
import { pushFailed } from "./push-errors";

describe("a failed push", () => {
  // As engines 20.10 and 26 word them.
  const cases: [reason: string, registry: string, credentials: boolean, code: string, next: RegExp][] = [
    ["no basic auth credentials", "r:5000", false, "registry-unauthorized", /docker login r:5000/],
    [
      "unauthorized: authentication required",
      "r:5000",
      true,
      "registry-unauthorized",
      /refuses the credentials/,
    ],
    [
      "denied: requested access to the resource is denied",
      "r:5000",
      true,
      "registry-forbidden",
      /may not push/,
    ],
    [
      "denied: requested access to the resource is denied",
      "docker.io",
      false,
      "registry-forbidden",
      /docker login.*image\.registry in airlock\.yaml/,
    ],
    [
      'Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
      "127.0.0.1:1",
      false,
      "registry-unreachable",
      /running and reachable/,
    ],
    ["x509: certificate signed by unknown authority", "r:5000", true, "registry-tls", /certificate/],
    [
      "http: server gave HTTP response to HTTPS client",
      "r:5000",
      true,
      "registry-tls",
      /insecure-registries/,
    ],
    ["received unexpected HTTP status: 500 Internal Server Error", "r:5000", true, "push-failed", /log/],
  ];
  for (const [reason, registry, credentials, code, next] of cases) {
    it(`is ${code} at ${registry} for "${reason}"`, () => {
      const error = pushFailed("a/b:1", registry, credentials, new Error(reason));
      assert.equal(error.code, code);
      assert.equal(error.kind, "registry");
      assert.match(error.next ?? "", next);
      assert.ok(error.message.includes(reason));
    });
  }

  it("says that a name without a registry went to docker.io", () => {
    assert.match(
      pushFailed("a/b", "docker.io", false, new Error("x")).message,
      /docker\.io, because its name names no/,
    );
  });
});
