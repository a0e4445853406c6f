import assert from "node:assert/strict";
import { job } from "../../../scripts/migrate/objects";
import { deployedJellyfin, listAt, recordAt, type Json } from "../../../scripts/migrate/running-house";
import { only } from "../../support/graph";
import { captureStack, type HouseName } from "../../support/stack-graph";

const TASK = { kind: "migrate", source: "data/jellyfin.db", replace: false } as const;

/** The Job for a house, whose StatefulSet is that of the program and scaled down. */
async function jobOf(house: HouseName, without: readonly string[] = []): Promise<Json> {
    const graph = await captureStack(house);
    const { props } = only(graph, "kubernetes:apps/v1:StatefulSet", "jellyfin-web-statefulset");
    const pod = recordAt(props, "spec", "template", "spec");
    const initContainers = listAt(pod, "initContainers").map((container) => ({
        ...container,
        env: listAt(container, "env").filter(({ name }) => !without.includes(String(name))),
    }));
    const set = {
        spec: {
            ...recordAt(props, "spec"),
            replicas: 0,
            template: { spec: { ...pod, initContainers } },
        },
    };
    const answer = (args: readonly string[]) => (args[1] === "statefulset" ? set : { items: [] });
    const found = await deployedJellyfin((args) => Promise.resolve(JSON.stringify(answer(args))), "jellyfin");
    return recordAt(job(found, "program", TASK, "now"), "spec", "template", "spec");
}

const valueOf = (pod: Json, variable: string) =>
    listAt(listAt(pod, "containers")[0] ?? {}, "env").find(({ name }) => name === variable);

describe("the Job of a migration", () => {
    it("checks the server like all our jobs, by the same file", async () => {
        const pod = await jobOf("dev");
        assert.equal(valueOf(pod, "PGSSLMODE")?.["value"], "verify-full");
        assert.equal(valueOf(pod, "PGSSLROOTCERT")?.["value"], "/authority/ca.crt");
        assert.equal(recordAt(valueOf(pod, "PGPASSWORD") ?? {}, "valueFrom", "secretKeyRef")["key"], "password");
        const mounted = listAt(listAt(pod, "containers")[0] ?? {}, "volumeMounts").at(-1);
        assert.deepEqual(mounted, { name: "authority", mountPath: "/authority", readOnly: true });
        const volume = listAt(pod, "volumes").at(-1) ?? {};
        assert.equal(volume["name"], "authority");
        assert.equal(recordAt(volume, "configMap")["name"], "jellyfin-postgres-authority");
    });

    it("is not made for a Jellyfin that tells it no database", async () => {
        await assert.rejects(jobOf("dev", ["PGHOST"]), /has no PGHOST in its container prepare .*run pulumi up first/);
    });
});
