/**
 * The settings of the extension: one table for the manifest, the client and the server.
 * A parity test holds package.json to it; what belongs to a project stands in its airlock.yaml.
 */
export const settings = {
  "airlock.docker.host": {
    type: "string",
    default: "",
    scope: "machine-overridable",
    description:
      "Where the container engine listens, e.g. unix:///run/user/1000/podman/podman.sock. Empty: DOCKER_HOST, the current Docker context, then the usual places.",
  },
  "airlock.registry": {
    type: "string",
    default: "",
    scope: "resource",
    description:
      "Registry that images are pushed to where the project's airlock.yaml names none, e.g. ghcr.io/team.",
  },
  "airlock.lens.enabled": {
    type: "boolean",
    default: true,
    scope: "resource",
    description: "Show “Run isolated task” above each isolated task.",
  },
  "airlock.trace.server": {
    type: "string",
    enum: ["off", "messages", "verbose"],
    default: "off",
    scope: "window",
    description: "What to log of the conversation between the editor and Airlock's language server.",
  },
} as const;

export type SettingId = keyof typeof settings;
