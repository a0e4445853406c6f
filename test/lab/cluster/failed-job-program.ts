import * as k8s from "@pulumi/kubernetes";
import { Namespace } from "../../../components/namespace";
import { images } from "../../../components/versions";
import { fromSecret, Workload } from "../../../components/workload";

export const NAMESPACE = "jobs";
/** Made by hand, as the connection to a database of others is. */
export const SECRET = "made-by-hand";

/** A job that needs a secret, in a house that protects its data, and something that comes after it. */
export function writeJob(kubeconfig: string): void {
    const provider = new k8s.Provider("cluster", { kubeconfig });
    const options = { providers: [provider], protect: true };
    const namespace = new Namespace(NAMESPACE, { podSecurity: "restricted", partOf: "test" }, options).name;
    const job = new Workload(
        "setup",
        {
            identity: { name: "setup", app: "redis", component: "setup", partOf: "test" },
            namespace,
            run: { kind: "Job", retries: 0, deadlineSeconds: 15 },
            runAs: { user: 999, group: 999 },
            container: {
                name: "setup",
                image: images.redis,
                command: ["/bin/true"],
                env: { WORD: fromSecret(SECRET, "password") },
                resources: { cpu: "10m", memory: { request: "16Mi", limit: "64Mi" } },
            },
        },
        options,
    );
    const metadata = { name: "after", namespace };
    new k8s.core.v1.ConfigMap("after", { metadata }, { provider, dependsOn: job.controller });
}
