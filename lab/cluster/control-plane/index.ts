import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { KubeClient } from "../../kube/client";
import { issueCertificate } from "../../pki/certificate";
import { Child } from "../../process/child";
import { caBundleHash } from "../boot/join-token";
import type { K3sConfig } from "../boot/k3s-config";
import { apiServerArgs, controllerManagerArgs, etcdArgs, schedulerArgs, writeServingCertificate } from "./arguments";
import { API_PORT, type ControlPlaneOptions, type ControlPlaneTools } from "./options";
import { componentKubeconfig, kubeconfigText, writePki, type Pki } from "./pki";

export {
    API_PORT,
    homeAddress,
    type ControlPlaneOptions,
    type ControlPlaneSite,
    type ControlPlaneTools,
} from "./options";

const READY_BUDGET_MS = 60_000;

/**
 * The control plane that the first server's k3s would run in itself: one etcd, API server, controller manager and
 * scheduler stand for those of all servers.
 */
export class ControlPlane {
    private constructor(
        private readonly children: readonly Child[],
        private readonly pki: Pki,
        /** Takes the lab's own address of the API server back. */
        private readonly withdraw: () => Promise<void>,
        /** `https://<address of the lab's own>:6443`. */
        readonly url: string,
        /** Administrator's kubeconfig, signed by the cluster's own client CA. */
        readonly kubeconfig: string,
        /** Hash of the CA that a full join token names. */
        readonly caHash: string,
        private readonly options: ControlPlaneOptions,
    ) {}

    get config(): K3sConfig {
        return this.options.config;
    }

    /** @throws Error with the end of the log of the process that did not come up. */
    static async start(options: ControlPlaneOptions): Promise<ControlPlane> {
        const { paths, tools, site } = options;
        const { home, inner } = site;
        const url = `https://${home}:${API_PORT}`;
        const pki = await writePki(options);
        const admin = await issueCertificate(pki.clientCa, {
            commonName: "system:admin",
            organization: "system:masters",
            usages: ["client"],
        });
        const kubeconfig = kubeconfigText(url, pki.serverCa.certificate, admin);
        const child = (name: keyof ControlPlaneTools, args: readonly string[], stopGraceMs = 5_000) =>
            new Child({
                name,
                ...site.place(tools[name], args),
                logFile: join(paths.logs, `${name}.log`),
                pidDirectory: paths.run,
                restart: true,
                stopGraceMs,
            });
        const children = [child("etcd", etcdArgs(paths, inner))];
        // It would wait a minute for whoever watches, and holds nothing that could be lost.
        children.push(child("kube-apiserver", await apiServerArgs(options, pki), 500));
        const withdraw = await site.publish(home, API_PORT);
        const client = KubeClient.fromKubeconfig(kubeconfig);
        try {
            await untilReady(client, children);
            const managers = ["kube-controller-manager", "kube-scheduler"] as const;
            for (const name of managers) {
                const kubeconfigFile = await componentKubeconfig(name, `https://${inner}:${API_PORT}`, pki);
                const args = name === "kube-scheduler" ? schedulerArgs(inner) : controllerManagerArgs(options, pki);
                children.push(child(name, [...args, "--kubeconfig", kubeconfigFile]));
            }
        } catch (error) {
            for (const running of children) await running.stop();
            await withdraw();
            throw error;
        } finally {
            client.close();
        }
        writeFileSync(paths.kubeconfig, kubeconfig, { mode: 0o600 });
        const caHash = caBundleHash(pki.serverCa.certificate);
        return new ControlPlane(children, pki, withdraw, url, kubeconfig, caHash, options);
    }

    /** Certificate of the authority that signs clients: kubelets believe whoever shows one of them. */
    get clientAuthority(): string {
        return this.pki.clientCa.certificate;
    }

    /**
     * A kubeconfig for a component, signed by the cluster's own client CA.
     * @param server URL at which the component reaches the API server. @param organization its group in Kubernetes
     */
    async kubeconfigFor(server: string, commonName: string, organization?: string): Promise<string> {
        const usages = ["client" as const];
        const pair = await issueCertificate(this.pki.clientCa, {
            commonName,
            usages,
            ...(organization !== undefined && { organization }),
        });
        return kubeconfigText(server, this.pki.serverCa.certificate, pair);
    }

    /** Has the API server's certificate hold these names and addresses, besides those that it always has. */
    answerAs(tlsSans: readonly string[]): Promise<void> {
        return writeServingCertificate({ ...this.options, config: { ...this.config, tlsSans } }, this.pki);
    }

    async stop(): Promise<void> {
        // The API server last but one and etcd last: the others write until they end.
        const [etcd, apiServer, ...managers] = this.children;
        await Promise.all(managers.map((child) => child.stop()));
        await this.withdraw();
        await apiServer?.stop();
        await etcd?.stop();
    }
}

async function untilReady(client: KubeClient, children: readonly Child[]): Promise<void> {
    const deadline = Date.now() + READY_BUDGET_MS;
    for (;;) {
        try {
            await client.request("GET", "/readyz", { timeoutMs: 2_000 });
            return;
        } catch (error) {
            if (Date.now() < deadline && children.every((child) => child.crashes < 3)) {
                await new Promise((done) => setTimeout(done, 100));
                continue;
            }
            const logs = children.map((child) => `${child.name}:\n${child.tail()}`).join("\n");
            throw new Error(
                `the control plane is not ready after ${READY_BUDGET_MS / 1000} s: ${String(error)}\n${logs}`,
            );
        }
    }
}
