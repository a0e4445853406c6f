import assert from "node:assert/strict";
import { Workload, type ClaimTemplate, type Destination, type Run } from "../../../components/workload";
import { exampleArgs } from "../../support/example-workload";
import { at, captureGraph, ofType, only, type Graph } from "../../support/graph";

const SET = "kubernetes:apps/v1:StatefulSet";
const peer = { name: "peer", app: "peer", component: "web", partOf: "media" };
const reaches: Destination[] = [{ kind: "workload", identity: peer, namespace: "media", port: 80 }];

function claim(name: string, holdsNoData?: boolean): ClaimTemplate {
    const marked = holdsNoData === undefined ? {} : { holdsNoData };
    return { kind: "template", name, storageClass: "block", size: "1Gi", ...marked };
}

const setOf = (...claims: readonly ClaimTemplate[]): Run => ({ kind: "StatefulSet", replicas: 2, claims });

function capture(run: Run): Promise<Graph> {
    return captureGraph(() => {
        new Workload("example", exampleArgs({ run, reaches }), { protect: true });
    });
}

function protectedTypes({ resources }: Graph): string[] {
    return resources.filter(({ opts }) => opts.protect).map(({ type }) => type.split(":").at(-1) ?? "");
}

function reasonOf(graph: Graph): unknown {
    return at(only(graph, SET), "metadata", "annotations", "homelab/holds-no-data");
}

describe("a workload in a house that protects its data", () => {
    it("is protected with the StatefulSet whose claims hold data, and nothing around it is", async () => {
        const graph = await capture(setOf(claim("data"), claim("cache", true)));
        assert.deepEqual(protectedTypes(graph), ["Workload", "StatefulSet"]);
        assert.equal(reasonOf(graph), undefined);
        for (const kind of ["core/v1:Service", "networking.k8s.io/v1:NetworkPolicy", "policy/v1:PodDisruptionBudget"])
            assert.ok(ofType(graph, `kubernetes:${kind}`).length > 0, kind);
    });

    it("is not where its claims hold nothing or there are none, and its StatefulSet says why", async () => {
        const graphs = [await capture(setOf(claim("cache", true))), await capture(setOf())];
        assert.deepEqual(graphs.map(protectedTypes), [[], []]);
        assert.deepEqual(graphs.map(reasonOf), [
            "what is on its pods' claims can be made again",
            "its pods have no claims of their own",
        ]);
    });

    for (const run of [
        { kind: "Deployment", replicas: 2 },
        { kind: "DaemonSet" },
        { kind: "Job", retries: 2, deadlineSeconds: 60 },
        { kind: "CronJob", schedule: "*/30 * * * *", retries: 1, deadlineSeconds: 60 },
    ] as const satisfies readonly Run[]) {
        it(`is not as a ${run.kind}, which is replaced, or taken away, when its setting changes`, async () => {
            assert.deepEqual(protectedTypes(await capture(run)), []);
        });
    }
});
