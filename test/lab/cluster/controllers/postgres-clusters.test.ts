import assert from "node:assert/strict";
import { clusterSpec } from "../../../../components/data/cluster/cluster-spec";
import { PostgresClusters } from "../../../../lab/cluster/controllers/postgres-clusters";
import { isRecord, valueAt } from "../../../../lab/plain-values";
import { installCnpgKinds } from "../../../support/cnpg-kinds";
import { startControlPlane, type ControlPlane } from "../../../support/control-plane";
import { eventually } from "../../../support/eventually";
import { Paths } from "../../../support/kube-objects";

const NAMESPACE = "default";

describe("clusters of databases where no containers run", function () {
    this.timeout(60_000);
    const stop = new AbortController();
    let plane: ControlPlane;
    let paths: Paths;

    before(async () => {
        plane = await startControlPlane();
        paths = new Paths(plane.client);
        await installCnpgKinds(plane.client, paths);
        void new PostgresClusters({ client: plane.client, signal: stop.signal, log: () => undefined }).run();
    });
    after(async () => {
        stop.abort();
        await plane.stop();
    });

    const make = async (kind: string, name: string, spec: object) => {
        const object = { apiVersion: "postgresql.cnpg.io/v1", kind, metadata: { name, namespace: NAMESPACE }, spec };
        const path = await paths.of(object);
        await plane.client.apply(path, object, "test");
        return path;
    };
    const live = (path: string) => plane.client.find(path);

    it("are said to be ready, with what their clients ask for", async () => {
        const server = { memoryMiB: 1024, maxConnections: 100 };
        const disk = { storageClass: "block", anyNode: false, sizeGiB: 1 };
        const shape = { instances: 3, ...disk, server, archive: undefined };
        const path = await make("Cluster", "db", clusterSpec(shape));
        await eventually("it is ready", async () => valueAt(await live(path), "status.readyInstances") === 3);
        assert.match(JSON.stringify(valueAt(await live(path), "status.conditions")), /"status":"True","type":"Ready"/);
        const data = valueAt(await live(`/api/v1/namespaces/${NAMESPACE}/secrets/db-ca`), "data");
        assert.ok(isRecord(data) && typeof data["ca.crt"] === "string");
        assert.ok(await live(`/api/v1/namespaces/${NAMESPACE}/services/db-rw`));
    });

    for (const [kind, spec] of [
        ["DatabaseRole", { name: "jellyfin", login: true, cluster: { name: "db" } }],
        ["Database", { name: "jellyfin", owner: "jellyfin", cluster: { name: "db" } }],
    ] as const)
        it(`say of a ${kind} that it is applied`, async () => {
            const path = await make(kind, "jellyfin", spec);
            await eventually("it is applied", async () => valueAt(await live(path), "status.applied") === true);
        });
});
