import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { DatabaseBackup, Postgres } from "../../../components/data";
import { BlockStorage } from "../../../components/storage";
import { parseArguments } from "../../../scripts/restore/arguments";
import { restoreJob, templateFor, templateSelector } from "../../../scripts/restore/job";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { captureGraph } from "../../support/graph";
import { kubeObjects, Paths } from "../../support/kube-objects";

describe("the words of a restore", () => {
    it("are a database and what may be done to it", () => {
        assert.deepEqual(parseArguments(["database", "jellyfin", "--dry-run"]), {
            ...{ kind: "database", name: "jellyfin", dryRun: true, replace: false, dump: "" },
        });
        assert.deepEqual(parseArguments(["database", "radarr_main", "--from", "20261128T023000Z", "--replace"]), {
            ...{ kind: "database", name: "radarr_main", dryRun: false, replace: true, dump: "20261128T023000Z" },
        });
    });

    it("are a configuration in the same form", () => {
        assert.deepEqual(parseArguments(["configuration", "jellyfin", "--replace"]), {
            ...{ kind: "configuration", name: "jellyfin", dryRun: false, replace: true, dump: "" },
        });
    });

    const wrong: readonly [readonly string[], RegExp][] = [
        [[], /^nothing: only a database, a configuration or a moment/],
        [["volume", "jellyfin"], /^volume: only a database/],
        [["database"], /^"" is no name of a database/],
        [["database", "x; rm"], /is no name of a database/],
        [["database", "jellyfin", "--force"], /^--force: is no option/],
        [["database", "jellyfin", "--from", "latest"], /^--from: "latest" is no name of a dump; write one like/],
    ];
    for (const [words, says] of wrong) {
        it(`are refused where they are "${words.join(" ")}", with the usage`, () => {
            assert.throws(() => parseArguments(words), { message: says });
            assert.throws(() => parseArguments(words), /npm run restore -- database <name>/);
        });
    }
});

describe("the job of a restore, made of the template in a real cluster,", function () {
    this.timeout(120_000);
    let plane: ControlPlane;
    let listed: unknown;
    before(async () => {
        plane = await startControlPlane();
        const graph = await captureGraph(() => {
            const storage = new BlockStorage("block", { replicas: 2, disposable: false });
            const common = { app: "jellyfin", partOf: "media", namespace: "default" };
            const server = { memoryMiB: 1024, maxConnections: 300 };
            const args = { ...common, objectName: "pg", storage, size: "10Gi", server, scrapers: undefined };
            const database = new Postgres("db", args).database("jellyfin");
            const keys = { accessKeyId: pulumi.secret("AKIA"), secretAccessKey: pulumi.secret("swordfish") };
            const target = { endpoint: "https://192.168.30.10:9000", region: "eu", bucket: "kept", ...keys };
            new DatabaseBackup("backup", { ...common, database, target, keepDays: 90, size: "10Gi" });
        });
        const paths = new Paths(plane.client);
        for (const object of kubeObjects(graph).filter(({ kind }) => kind === "CronJob")) {
            await plane.client.apply(await paths.of(object), object, "test");
        }
        listed = await plane.client.request("GET", "/apis/batch/v1/cronjobs", {
            query: { labelSelector: templateSelector("database") },
        });
    });
    after(() => plane.stop());

    const request = {
        kind: "database",
        name: "jellyfin",
        dryRun: false,
        replace: true,
        dump: "20261128T023000Z",
    } as const;

    it("is the template with other words, taken by the API server, and goes with it", async () => {
        const job = restoreJob(templateFor(request, listed), request, "x1");
        const made = await plane.client.request("POST", "/apis/batch/v1/namespaces/default/jobs", {
            body: job,
            query: { fieldValidation: "Strict" },
        });
        const text = JSON.stringify(made);
        assert.equal(made.metadata.name, "jellyfin-database-restore-x1");
        assert.match(text, /\{"name":"REPLACE","value":"yes"\},\{"name":"DRY_RUN","value":"no"\}/);
        assert.match(text, /\{"name":"DUMP","value":"20261128T023000Z"\}/);
        assert.match(text, /"secretKeyRef":\{"name":"pg-jellyfin","key":"password"\}/);
        assert.match(text, /"ownerReferences":\[\{[^\]]*"name":"jellyfin-database-restore"/);
    });

    it("is refused for a database that has no template, with those that have", () => {
        assert.throws(
            () => templateFor({ ...request, name: "radarr" }, listed),
            /^Error: radarr: this cluster restores no such database; there are .*jellyfin/,
        );
        assert.throws(
            () => templateFor({ ...request, name: "radarr" }, { items: [] }),
            /there are none \(no bucket is configured\)/,
        );
    });
});
