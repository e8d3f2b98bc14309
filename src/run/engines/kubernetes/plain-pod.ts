import type { V1Pod } from "@kubernetes/client-node";
import { baseContainer } from "../../../kubernetes/pod";
import type { OperatorContainer } from "../../contract";
import { asItIs } from "../references";
import { resourceLimits } from "./pod-of";

/** The pod of a container that an operator would start on an engine; the variables that are secrets are left to its maker. */
export function plainPod({ environ, secrets, ...wanted }: OperatorContainer): V1Pod {
  const text = wanted.references ? (one: string) => one : asItIs;
  const [user] = (wanted.user ?? "").split(":");
  const limits = resourceLimits(wanted.memory ?? undefined, wanted.cpus ?? undefined);
  const volumes = wanted.folders.map((_, index) => ({ name: `airlock-${index}`, emptyDir: {} }));
  const plain = Object.entries(environ).filter(([name]) => !secrets.includes(name));
  const container = {
    name: baseContainer,
    ...(wanted.entrypoint && { command: wanted.entrypoint.map(text) }),
    ...(wanted.command && { args: wanted.command.map(text) }),
    ...(wanted.working_dir != null && { workingDir: wanted.working_dir }),
    env: plain.map(([name, value]) => ({ name, value: text(value) })),
    ...(user && /^\d+$/.test(user) && { securityContext: { runAsUser: Number(user) } }),
    ...(Object.keys(limits).length > 0 && { resources: { limits } }),
    volumeMounts: wanted.folders.map((mountPath, index) => ({ name: `airlock-${index}`, mountPath })),
  };
  return { spec: { hostAliases: wanted.extra_hosts.map(hostAlias), volumes, containers: [container] } };
}

/** `name:address`, as `docker run --add-host` has it. */
function hostAlias(host: string) {
  const colon = host.indexOf(":");
  return { ip: host.slice(colon + 1), hostnames: [host.slice(0, colon)] };
}
