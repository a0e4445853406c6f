import assert from "node:assert/strict";
import type { KeyFiles, Scratch } from "../../../components/workload";
import { captureWorkload, examplePod, exampleProbes } from "../../support/example-workload";

describe("a mistake in a workload", () => {
    it("is told together with all others, each with what to write", async () => {
        const container = {
            ...examplePod.container,
            resources: { cpu: "1", memory: { request: "2Gi", limit: "1Gi" } },
        };
        await assert.rejects(
            captureWorkload({ container, run: { kind: "Deployment", replicas: 0 }, runAs: { user: 0, group: 0 } }),
            (error: Error) => {
                assert.match(error.message, /run\.replicas: 0 is not a number of replicas/);
                assert.match(error.message, /limit 1Gi is below request 2Gi; raise it/);
                assert.match(error.message, /runAs\.user: is 0; give a user, or weaken/);
                return true;
            },
        );
    });

    it("is a path that is mounted twice", async () => {
        const volume: Scratch = { kind: "scratch", name: "tmp", sizeLimit: "1Mi" };
        const mounts = [
            { volume, path: "/tmp" },
            { volume, path: "/tmp", subPath: "a" },
        ];
        await assert.rejects(
            captureWorkload({ container: { ...examplePod.container, mounts } }),
            /\/tmp is mounted twice/,
        );
    });

    describe("with files of keys, which are root's and the volume group's,", () => {
        const files = (changes: Partial<KeyFiles> = {}): Parameters<typeof captureWorkload>[0] => {
            const volume: KeyFiles = { kind: "secret-files", name: "key", objectName: "key", ...changes };
            return { container: { ...examplePod.container, mounts: [{ volume, path: "/key" }] } };
        };
        const nobody = { user: 1000, group: 1000 };

        it("is a pod that has no such group", async () => {
            await assert.rejects(
                captureWorkload(files()),
                /runAs\.volumeGroup: is missing, and user 1000 cannot read the files of "key", which are root's; write the group/,
            );
            await assert.rejects(captureWorkload(files({ kind: "config-files" })), /or mode: 0o444 for the files/);
            await assert.rejects(captureWorkload(files({ mode: 0o400 })), /cannot read the files of "key"/);
        });

        it("is none where the group, root's group or everybody may read them", async () => {
            for (const changes of [
                { ...files(), runAs: { ...nobody, volumeGroup: 1000 } },
                { ...files(), runAs: { ...nobody, extraGroups: [0] } },
                files({ mode: 0o444 }),
                files({ mode: 0o555 }),
            ])
                await assert.doesNotReject(captureWorkload(changes));
        });
    });

    it("is a sidecar without a name", async () => {
        const sidecar = { ...examplePod.container, serves: { ports: { metrics: 9000 }, probes: exampleProbes } };
        await assert.rejects(captureWorkload({ sidecars: [sidecar] }), /a further container needs a name/);
    });

    it("is a name that Kubernetes does not take", async () => {
        const identity = { name: "Example_1", app: "example", component: "web", partOf: "test" };
        await assert.rejects(captureWorkload({ identity }), /"Example_1" is no object name/);
    });
});
