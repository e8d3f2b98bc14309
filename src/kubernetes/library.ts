/** What is used of the Kubernetes client, which is a bundle of its own (scripts/build.ts): it is large, and few commands need it. */
export { CoreV1Api, Exec, KubeConfig, Log, Watch } from "@kubernetes/client-node";
