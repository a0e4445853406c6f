import assert from "node:assert/strict";
import { BlockStorage, FileStorage, hangingMounts, StoragePreflight, type Nas } from "../../../components/storage";
import { at, captureGraph, ofType, only, type Graph } from "../../support/graph";

const JOB = "kubernetes:batch/v1:Job";
const CLAIM = "kubernetes:core/v1:PersistentVolumeClaim";
const POD = ["spec", "template", "spec"] as const;
const nodes = ["agent-1", "agent-2"];

const nas: Nas = { address: "192.168.30.10", export: "/mnt/pool", nfsVersion: "4.2" };

function build(other: Partial<Nas> = {}): Promise<Graph> {
    return captureGraph(() => {
        const block = new BlockStorage("block", { replicas: 2, disposable: false });
        const files = new FileStorage("files", { nas: { ...nas, ...other } });
        const preflight = new StoragePreflight("preflight", { nodes, files, block }, { protect: true });
        assert.equal(preflight.passed.length, nodes.length);
    });
}

function claimName(graph: Graph): unknown {
    return at(only(graph, CLAIM, "preflight-files"), "metadata", "name");
}

function env(graph: Graph, name: string): unknown {
    const variables = at(only(graph, JOB, "preflight-agent-1-job"), ...POD, "containers", 0, "env");
    assert.ok(Array.isArray(variables));
    return variables.find(
        (one: unknown) => typeof one === "object" && one !== null && "name" in one && one.name === name,
    );
}

describe("the preflight of the storage", () => {
    let graph: Graph;
    before(async () => {
        graph = await build();
    });

    it("is a job on each node, bounded, of one pod that stays with what it said", () => {
        const jobs = ofType(graph, JOB);
        assert.deepEqual(
            jobs.map(
                (job) =>
                    JSON.stringify(at(job, ...POD, "affinity")).match(/"kubernetes.io\/hostname".*?\["(.*?)"\]/)?.[1],
            ),
            nodes,
        );
        for (const job of jobs) {
            assert.deepEqual(
                [
                    at(job, "spec", "backoffLimit"),
                    at(job, ...POD, "restartPolicy"),
                    at(job, "spec", "activeDeadlineSeconds"),
                ],
                [0, "Never", 240],
            );
        }
    });

    it("mounts a claim of class nfs-client that all nodes share", () => {
        const claim = only(graph, CLAIM, "preflight-files");
        assert.equal(at(claim, "spec", "storageClassName"), "nfs-client");
        assert.deepEqual(at(claim, "spec", "accessModes"), ["ReadWriteMany"]);
        for (const job of ofType(graph, JOB))
            assert.ok(
                JSON.stringify(at(job, ...POD, "volumes")).includes(
                    `"claimName":"${String(at(claim, "metadata", "name"))}"`,
                ),
            );
    });

    it("leaves the error of a NAS that is away to the jobs, which name the cure", () => {
        const claim = only(graph, CLAIM, "preflight-files");
        assert.equal(at(claim, "metadata", "annotations", "pulumi.com/skipAwait"), "true");
    });

    it("has a block volume made for each pod, which goes with it", () => {
        for (const job of ofType(graph, JOB)) {
            const volumes = at(job, ...POD, "volumes");
            assert.ok(Array.isArray(volumes));
            assert.deepEqual(
                volumes.find((one: { ephemeral?: unknown }) => one.ephemeral !== undefined),
                {
                    name: "block",
                    ephemeral: {
                        volumeClaimTemplate: {
                            spec: {
                                accessModes: ["ReadWriteOnce"],
                                storageClassName: "block-scratch",
                                resources: { requests: { storage: "128Mi" } },
                            },
                        },
                    },
                },
            );
        }
    });

    it("protects neither jobs nor claim, which are replaced to run again, and says that the claim holds nothing", () => {
        const claim = only(graph, CLAIM, "preflight-files");
        for (const one of [claim, ...ofType(graph, JOB)]) assert.equal(one.opts.protect, false, one.name);
        assert.ok(at(claim, "metadata", "annotations", "homelab/holds-no-data"));
    });

    it("runs again for another NAS, on a claim of its own, and for other drivers", async () => {
        const other = await build({ address: "192.168.30.11" });
        assert.equal(claimName(graph), "on-192-168-30-10-mnt-pool");
        assert.equal(claimName(other), "on-192-168-30-11-mnt-pool");
        assert.notDeepEqual(env(other, "NAS"), env(graph, "NAS"));
        assert.match(JSON.stringify(env(graph, "DRIVERS")), /csi-driver-nfs \d.*longhorn \d/);
    });

    it("tries another version of NFS on a claim of its own, as a volume keeps its mount options", async () => {
        assert.equal(claimName(await build({ nfsVersion: "4.1" })), "on-192-168-30-10-mnt-pool-nfs-4-1");
    });
});

describe("the error of a preflight whose pod never started", () => {
    const explain = hangingMounts("agent-1", nas);

    it("says that the NFS server is away, and what to do, where an event speaks of the mount", () => {
        const said = explain([
            'Job "storage-preflight/preflight-agent-1" failed: DeadlineExceeded: Job was active longer than specified deadline',
            "event of pod preflight-agent-1-abcde: FailedMount: mount.nfs: No route to host for 192.168.30.10:/mnt/pool",
        ]);
        assert.match(
            said ?? "",
            /^storage of node agent-1 was not there after 240 s: NFS server away: 192\.168\.30\.10:\/mnt\/pool does not answer node agent-1.*; start the NAS, see its export/,
        );
        assert.doesNotMatch(said ?? "", /Longhorn/);
    });

    it("says that the NAS does not speak the version, with the setting, where mount says so", () => {
        const events = [
            "DeadlineExceeded",
            "event of pod preflight-agent-1-abcde: FailedMount: mount.nfs: Protocol not supported for 192.168.30.10:/mnt/pool",
        ];
        assert.equal(
            explain(events),
            "storage of node agent-1 was not there after 240 s: the NAS does not speak NFS 4.2: 192.168.30.10:/mnt/pool refuses " +
                'the version that node agent-1 asks for (storage.nas.nfsVersion); write storage.nas.nfsVersion: "4.1", or let the NAS serve NFS 4.2',
        );
        const older = hangingMounts("agent-1", { ...nas, nfsVersion: "4.1" })(events);
        assert.match(older ?? "", /does not speak NFS 4\.1: .*; let the NAS serve NFS 4\.1$/);
    });

    it("says nothing of a NAS where none is tried", () => {
        assert.doesNotMatch(hangingMounts("agent-1", undefined)(["DeadlineExceeded"]) ?? "", /NFS/);
    });

    it("names Longhorn where an event speaks of it", () => {
        const said = explain(["DeadlineExceeded", "AttachVolume.Attach failed for volume pvc-1"]);
        assert.match(said ?? "", /: Longhorn gives node agent-1 no volume; .*iscsid/);
        assert.doesNotMatch(said ?? "", /NFS/);
    });

    it("names both where nothing but the deadline is known", () => {
        assert.match(explain(["DeadlineExceeded"]) ?? "", /NFS server away: .*; or Longhorn gives/);
    });

    it("adds nothing where the container spoke for itself", () => {
        assert.equal(explain(["BackoffLimitExceeded", "node agent-1: the share is read-only"]), undefined);
    });
});
