import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { wayTo } from "../../../../components/data/backup/remote";
import { DatabaseBackup, Postgres } from "../../../../components/data";
import type { S3Target } from "../../../../components/object-storage";
import { BlockStorage } from "../../../../components/storage";
import { at, captureGraph, ofType, only, type CapturedResource, type Graph } from "../../../support/graph";

const JOB_POD = ["spec", "jobTemplate", "spec", "template", "spec"] as const;

interface Container {
    readonly name: string;
    readonly command: string[];
    readonly env: { name: string; value?: string; valueFrom?: unknown }[];
    readonly volumeMounts: { name: string }[];
}

function build(): Promise<Graph> {
    return captureGraph(() => {
        const storage = new BlockStorage("block", { replicas: 2, disposable: false });
        const common = { app: "jellyfin", partOf: "media", namespace: "jellyfin" };
        const server = { memoryMiB: 1024, maxConnections: 300 };
        const args = { ...common, objectName: "pg", storage, size: "10Gi", server, scrapers: undefined };
        const database = new Postgres("db", args).database("jellyfin");
        const target: S3Target = {
            ...{ endpoint: "https://s3.eu-central-1.amazonaws.com", region: "eu-central-1", bucket: "kept" },
            ...{ folder: "house", accessKeyId: pulumi.secret("AKIA"), secretAccessKey: pulumi.secret("swordfish") },
        };
        new DatabaseBackup("backup", { ...common, database, target, keepDays: 90, size: "10Gi" });
    });
}

describe("the backup of a database", () => {
    let graph: Graph;
    let jobs: Record<string, CapturedResource>;
    before(async () => {
        graph = await build();
        const all = ofType(graph, "kubernetes:batch/v1:CronJob");
        jobs = Object.fromEntries(all.map((job) => [String(at(job, "metadata", "name")), job]));
    });

    const job = (role: string) => jobs[`jellyfin-database-${role}`] ?? assert.fail(`no job ${role}`);
    const containers = (role: string, kind = "containers") => at(job(role), ...JOB_POD, kind) as Container[];
    const all = (role: string) => [
        ...containers(role),
        ...((at(job(role), ...JOB_POD, "initContainers") ?? []) as Container[]),
    ];

    it("is a dump each night, a check each week, and a restore that nobody starts but a person", () => {
        assert.deepEqual(
            Object.entries(jobs)
                .sort()
                .map(([name, one]) => [name, at(one, "spec", "schedule"), at(one, "spec", "suspend")]),
            [
                ["jellyfin-database-check", "0 5 * * 0", undefined],
                ["jellyfin-database-dump", "30 2 * * *", undefined],
                ["jellyfin-database-restore", "0 0 1 1 *", true],
            ],
        );
    });

    it("starts a whole new pod after a failure: its containers work together", () => {
        for (const role of ["dump", "check", "restore"])
            assert.equal(at(job(role), ...JOB_POD, "restartPolicy"), "Never");
    });

    it("streams: what the containers share is too small for a dump", () => {
        assert.deepEqual(
            containers("dump").map(({ name }) => name),
            ["dump", "upload"],
        );
        const volumes = at(job("dump"), ...JOB_POD, "volumes") as { name: string; emptyDir?: { sizeLimit: string } }[];
        assert.equal(volumes.find(({ name }) => name === "exchange")?.emptyDir?.sizeLimit, "16Mi");
    });

    it("has its keys and passwords from secrets, in no argument and no plain variable", () => {
        for (const role of ["dump", "check", "restore"]) {
            for (const { command, env } of all(role)) {
                assert.doesNotMatch(JSON.stringify([command, env]), /swordfish|AKIA|passwordOf/);
                const key = env.find(({ name }) => name === "RCLONE_CONFIG_HOUSE_SECRET_ACCESS_KEY");
                if (key) {
                    assert.deepEqual(key.valueFrom, {
                        secretKeyRef: { name: "jellyfin-database-backup-s3", key: "secretAccessKey" },
                    });
                }
            }
        }
        const secret = only(graph, "kubernetes:core/v1:Secret", "backup-remote-key");
        assert.ok(secret.secretPaths.some((path) => path.startsWith("stringData")));
    });

    it("deletes dumps after the days that the house says, from the job that has just kept one", () => {
        for (const role of ["dump", "check", "restore"]) {
            const told = all(role).filter(({ env }) =>
                env.some(({ name, value }) => name === "KEEP_DAYS" && value === "90"),
            );
            assert.deepEqual(
                told.map(({ name }) => name),
                role === "dump" ? ["upload"] : [],
            );
        }
    });

    it("restores in a dry run, into nothing but an empty database, unless it is told otherwise", () => {
        const [restore] = containers("restore");
        const words = restore?.env.filter(({ name }) => ["REPLACE", "DRY_RUN"].includes(name));
        assert.deepEqual(words, [
            { name: "REPLACE", value: "no" },
            { name: "DRY_RUN", value: "yes" },
        ]);
    });

    it("checks without any way to the real database", () => {
        const policy = only(graph, "kubernetes:networking.k8s.io/v1:NetworkPolicy", "backup-check-network");
        assert.doesNotMatch(JSON.stringify(at(policy, "spec")), /5432/);
        assert.doesNotMatch(JSON.stringify(containers("check")), /PGPASSWORD/);
    });

    it("keeps each database in a folder of its own, below the target's", () => {
        const [, upload] = containers("dump");
        assert.equal(upload?.env.find(({ name }) => name === "TARGET")?.value, "house:kept/house/jellyfin");
    });

    it("opens the way to Amazon, to an address, or to a name that may be anybody's", () => {
        const to = (endpoint: string) => wayTo({ endpoint } as S3Target);
        assert.deepEqual(to("https://s3.eu-central-1.amazonaws.com"), { kind: "internet", ports: [443] });
        assert.deepEqual(to("http://192.168.30.10:9000"), {
            ...{ kind: "addresses", cidr: "192.168.30.10/32", ports: [9000] },
        });
        assert.deepEqual(to("https://nas.example.org"), { kind: "addresses", cidr: "0.0.0.0/0", ports: [443] });
    });
});
