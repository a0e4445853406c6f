import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { removeFolder } from "../../support/scratch-folder";
import { testTool } from "../../support/tools";

const POD = "jellyfin-database-restore-x1-abcde";
const JOBS = "/apis/batch/v1/namespaces/jellyfin/jobs";
const PODS = "/api/v1/namespaces/jellyfin/pods";
const labels = { "batch.kubernetes.io/job-name": "jellyfin-database-restore" };
const containers = { initContainers: [{ name: "fetch" }], containers: [{ name: "restore" }] };

type Answer = readonly [status: number, body: object | string];

/** As much of a cluster as the real kubectl asks for: one restore, whose job has failed in its first container. */
export class ClusterStandIn {
    /** Whether the pod of the job is still there. */
    hasPod = true;
    private constructor(
        private readonly server: Server,
        private readonly folder: string,
        private readonly before: Readonly<Record<"PATH" | "KUBECONFIG", string | undefined>>,
    ) {}

    /** @param printed what the first container printed; the second one has never started */
    static async start(printed: string): Promise<ClusterStandIn> {
        const server = createServer();
        await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
        const folder = mkdtempSync(join(tmpdir(), "cluster-"));
        const { PATH, KUBECONFIG } = process.env;
        const standIn = new ClusterStandIn(server, folder, { PATH, KUBECONFIG });
        server.on("request", ({ method, url }, response) => {
            const [status, body] = standIn.answer(method ?? "", new URL(url ?? "", "http://127.0.0.1"), printed);
            const text = typeof body === "string" ? body : JSON.stringify(body);
            response.writeHead(status, { "content-type": "application/json" }).end(text);
        });
        const { port } = server.address() as AddressInfo;
        const kubeconfig = {
            ...{ apiVersion: "v1", kind: "Config", "current-context": "test" },
            clusters: [{ name: "test", cluster: { server: `http://127.0.0.1:${port}` } }],
            contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
            users: [{ name: "test", user: {} }],
        };
        writeFileSync(join(folder, "kubeconfig"), JSON.stringify(kubeconfig));
        process.env["KUBECONFIG"] = join(folder, "kubeconfig");
        process.env["PATH"] = `${dirname(testTool("kubectl"))}:${PATH ?? ""}`;
        return standIn;
    }

    async stop(): Promise<void> {
        for (const [name, value] of Object.entries(this.before)) {
            if (value === undefined) Reflect.deleteProperty(process.env, name);
            else process.env[name] = value;
        }
        this.server.closeAllConnections();
        await new Promise((closed) => this.server.close(closed));
        removeFolder(this.folder);
    }

    private answer(method: string, url: URL, printed: string): Answer {
        if (method === "POST" && url.pathname === JOBS) return [201, job("jellyfin-database-restore-x1")];
        if (url.pathname.startsWith(`${JOBS}/`)) return [200, job(url.pathname.slice(JOBS.length + 1))];
        switch (url.pathname) {
            case "/api":
                return [200, { kind: "APIVersions", versions: ["v1"] }];
            case "/apis":
                return [200, groups];
            case "/api/v1":
                return [200, resources("v1", { pods: "Pod" })];
            case "/apis/batch/v1":
                return [200, resources("batch/v1", { cronjobs: "CronJob", jobs: "Job" })];
            case "/openapi/v3":
                return [200, { paths: { "apis/batch/v1": { serverRelativeURL: "/openapi/v3/apis/batch/v1" } } }];
            case "/openapi/v3/apis/batch/v1":
                return [200, checksFields];
            case "/apis/batch/v1/cronjobs":
                return [200, { apiVersion: "batch/v1", kind: "CronJobList", metadata: {}, items: [template] }];
            case PODS:
                return [200, { apiVersion: "v1", kind: "PodList", metadata: {}, items: this.hasPod ? [pod] : [] }];
            case `${PODS}/${POD}`:
                return [200, pod];
            case `${PODS}/${POD}/log`:
                return url.searchParams.get("container") === "fetch" ? [200, printed] : [400, neverStarted];
            default:
                return [404, { ...status, reason: "NotFound", code: 404, message: url.pathname }];
        }
    }
}

const status = { apiVersion: "v1", kind: "Status", status: "Failure" };
const neverStarted = {
    ...{ ...status, reason: "BadRequest", code: 400 },
    message: `container "restore" in pod "${POD}" is waiting to start: PodInitializing`,
};
const groups = {
    ...{ apiVersion: "v1", kind: "APIGroupList" },
    groups: [
        {
            name: "batch",
            versions: [{ groupVersion: "batch/v1", version: "v1" }],
            preferredVersion: { groupVersion: "batch/v1", version: "v1" },
        },
    ],
};

function resources(groupVersion: string, kinds: Readonly<Record<string, string>>): object {
    const verbs = ["create", "get", "list"];
    const all = Object.entries(kinds).map(([name, kind]) => ({
        ...{ name, kind, verbs, namespaced: true, singularName: kind.toLowerCase() },
    }));
    return { apiVersion: "v1", kind: "APIResourceList", groupVersion, resources: all };
}

/** Without it kubectl would check what it creates by itself. */
const checksFields = {
    openapi: "3.0.0",
    paths: {
        [`${JOBS}/{name}`]: {
            patch: {
                parameters: [{ name: "fieldValidation", in: "query" }],
                "x-kubernetes-group-version-kind": { group: "batch", version: "v1", kind: "Job" },
            },
        },
    },
};

const template = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "jellyfin-database-restore", namespace: "jellyfin", uid: "1", labels },
    spec: { jobTemplate: { spec: { template: { metadata: { labels }, spec: containers } } } },
};

const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: POD, namespace: "jellyfin", labels },
    spec: containers,
    status: { phase: "Failed" },
};

function job(name: string): object {
    return {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name, namespace: "jellyfin", labels },
        spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: containers } },
        status: { conditions: [{ type: "Failed", status: "True" }] },
    };
}
