import { hostname } from "node:os";
import { isAlive } from "../../base/is-alive";

/** Who starts containers, and ends them: this process of this machine. */
export function thisProcess(): string {
  return `${hostname()}/${process.pid}`;
}

/** Whether it is known to be gone: of another machine nobody can tell. */
export function isGone(owner: string | undefined): boolean {
  const [, host, pid] = /^(.*)\/(\d+)$/.exec(owner ?? "") ?? [];
  return host === hostname() && !isAlive(Number(pid));
}
