import * as z from "zod";
import type { AuthConfig } from "./auth";
import { isLoopback } from "./reference";

const tokenAnswer = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/**
 * Answers a registry's 401 (docs.docker.com, "Registry token authentication"): by the credentials themselves where it
 * wants Basic, by a token of the realm that it names where it wants Bearer.
 * @returns the `Authorization` header's value, or undefined where there is nothing to answer with.
 * @throws as fetch does.
 */
export async function authorization(
  challenged: Response,
  auth: AuthConfig | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const challenge = challenged.headers.get("www-authenticate") ?? "";
  if (/^basic\b/i.test(challenge)) return basic(auth);
  if (!/^bearer\b/i.test(challenge)) return undefined;
  if (auth?.registrytoken) return `Bearer ${auth.registrytoken}`;
  const parameters = parse(challenge);
  const realm = urlOf(parameters["realm"]);
  // Credentials never leave this machine in the clear, whatever realm a registry names.
  if (!realm || (realm.protocol !== "https:" && !isLoopback(realm.host))) return undefined;
  const response = await askRealm(realm, parameters, auth, signal);
  if (!response.ok) return undefined;
  const { token, access_token } = tokenAnswer.parse(await response.json());
  const bearer = token ?? access_token;
  return bearer === undefined ? undefined : `Bearer ${bearer}`;
}

function askRealm(
  realm: URL,
  { service, scope }: Readonly<Record<string, string>>,
  auth: AuthConfig | undefined,
  signal: AbortSignal,
): Promise<Response> {
  const query = { ...(service !== undefined && { service }), ...(scope !== undefined && { scope }) };
  if (auth?.identitytoken) {
    const body = new URLSearchParams({
      ...query,
      grant_type: "refresh_token",
      client_id: "airlock",
      refresh_token: auth.identitytoken,
    });
    return fetch(realm, { method: "POST", body, signal });
  }
  for (const [name, value] of Object.entries(query)) realm.searchParams.set(name, value);
  const header = basic(auth);
  return fetch(realm, { headers: header === undefined ? {} : { authorization: header }, signal });
}

function basic(auth: AuthConfig | undefined): string | undefined {
  if (auth?.username === undefined) return undefined;
  return `Basic ${Buffer.from(`${auth.username}:${auth.password ?? ""}`).toString("base64")}`;
}

/** `Bearer realm="https://…",service="…",scope="a:b:c,d"`. */
function parse(challenge: string): Record<string, string> {
  return Object.fromEntries(
    [...challenge.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)].map((found) => [
      (found[1] ?? "").toLowerCase(),
      found[2] ?? found[3] ?? "",
    ]),
  );
}

function urlOf(text: string | undefined): URL | undefined {
  try {
    return new URL(text ?? "");
  } catch {
    return undefined;
  }
}
