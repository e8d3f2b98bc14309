import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { registryTags } from "./registry-tags";

// Debian's registry has no token server: the bearer flow and paging are tried on one of our own.
describe("a registry's tags", () => {
  let server: Server;
  let host: string;
  let handle: (request: IncomingMessage, url: URL, response: ServerResponse) => void;
  const env = { DOCKER_CONFIG: "/nonexistent" };

  beforeEach(async () => {
    server = createServer((request, response) =>
      handle(request, new URL(request.url ?? "", `http://${host}`), response),
    );
    await once(server.listen(0, "127.0.0.1"), "listening");
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  it("are read page by page", async () => {
    handle = (_, url, response) => {
      const last = url.searchParams.get("last");
      if (last === null) response.setHeader("link", '</v2/team/a/tags/list?last=2&n=2>; rel="next"');
      response.end(JSON.stringify({ name: "team/a", tags: last === null ? ["1", "2"] : ["3"] }));
    };
    assert.deepEqual(await registryTags(`${host}/team/a`, { env }), ["1", "2", "3"]);
  });

  it("end where a registry never ends its list", async () => {
    handle = (_, __, response) => {
      response.setHeader("link", '</v2/a/tags/list?last=1>; rel="next"');
      response.end(JSON.stringify({ tags: ["1"] }));
    };
    assert.equal(new Set(await registryTags(`${host}/a`, { env })).size, 1);
  });

  it("are asked for with a token of the realm", async () => {
    const seen: (string | undefined)[] = [];
    handle = (request, url, response) => {
      const { authorization } = request.headers;
      if (url.pathname === "/token") {
        seen.push(authorization, url.searchParams.get("service") ?? "", url.searchParams.get("scope") ?? "");
        response.end(JSON.stringify({ token: "the-token" }));
      } else if (authorization === "Bearer the-token") {
        response.end(JSON.stringify({ tags: ["1"] }));
      } else {
        const scope = "repository:team/a:pull";
        const challenge = `Bearer realm="http://${host}/token",service="registry",scope="${scope}"`;
        response.writeHead(401, { "www-authenticate": challenge }).end();
      }
    };
    const auth = { serveraddress: host, username: "me", password: "secret" };
    assert.deepEqual(await registryTags(`${host}/team/a`, { auth }), ["1"]);
    const basic = `Basic ${Buffer.from("me:secret").toString("base64")}`;
    assert.deepEqual(seen, [basic, "registry", "repository:team/a:pull"]);
  });

  it("send no credentials to a realm in the clear on another machine", async () => {
    handle = (_, __, response) =>
      void response.writeHead(401, { "www-authenticate": 'Bearer realm="http://realm.invalid/token"' }).end();
    const auth = { serveraddress: host, username: "me", password: "secret" };
    await assert.rejects(registryTags(`${host}/a`, { auth }), { code: "registry-unauthorized" });
  });

  it("are none where the registry does not know the repository", async () => {
    handle = (_, __, response) => void response.writeHead(404).end("{}");
    assert.deepEqual(await registryTags(`${host}/a`, { env }), []);
  });

  it("of a registry that does not answer are given up", async () => {
    handle = () => {};
    const asked = registryTags(`${host}/a`, { env, timeoutMs: 50 });
    await assert.rejects(asked, { code: "registry-unreachable", message: /does not answer/ });
  });

  it("of a registry that is not there say so", async () => {
    handle = () => {};
    const gone = host;
    await new Promise((closed) => server.close(closed));
    await assert.rejects(registryTags(`${gone}/a`, { env }), {
      code: "registry-unreachable",
      message: /ECONNREFUSED/,
    });
  });

  it("of a registry that answers rubbish are refused", async () => {
    handle = (_, __, response) => void response.end("<html>");
    await assert.rejects(registryTags(`${host}/a`, { env }), { kind: "registry" });
  });
});
