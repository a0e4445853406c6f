import assert from "node:assert/strict";
import { imagePinned as rule } from "../../../../policies/rules/workloads/image-pinned";
import { excuse, fact, judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const digest = `sha256:${"0".repeat(64)}`;

function complaints(image: unknown): readonly string[] {
    return judge(rule, workload({ container: { image } })).messages;
}

describe("image-pinned", () => {
    for (const image of [
        "docker.io/jellyfin/jellyfin:10.11.7",
        "postgres:17.2-alpine",
        "registry.house.example:5000/media/profiler:1.0.0",
        `ghcr.io/onedr0p/exportarr@${digest}`,
        `ghcr.io/onedr0p/exportarr:latest@${digest}`,
    ]) {
        it(`accepts ${image.slice(0, 60)}`, () => assert.deepEqual(complaints(image), []));
    }

    it("refuses an image without a tag, also behind a registry with a port", () => {
        assert.match(complaints("jellyfin/jellyfin").join(), /jellyfin\/jellyfin has no tag, which means latest/);
        assert.match(complaints("registry.house.example:5000/media/profiler").join(), /has no tag/);
    });

    for (const tag of ["latest", "nightly", "main"]) {
        it(`refuses the tag ${tag}, which moves`, () => {
            assert.deepEqual(complaints(`jellyfin/jellyfin:${tag}`), [
                `StatefulSet media/jellyfin spec.template.spec.containers[0].image: jellyfin/jellyfin:${tag} has a tag that moves ` +
                    "(image-pinned); name a version tag or a digest, as components/versions.ts does",
            ]);
        });
    }

    it("refuses a container without an image, except in a patch", () => {
        assert.match(complaints(undefined).join(), /image: names no image/);
        const patch = workload({ type: "kubernetes:apps/v1:StatefulSetPatch", container: { image: undefined } });
        assert.deepEqual(judge(rule, patch), clean);
    });

    it("looks at init and ephemeral containers and at image volumes too, and names each place", () => {
        const pod = {
            initContainers: [{ name: "wait", image: "busybox" }],
            ephemeralContainers: [{ name: "debug", image: "busybox:latest" }],
            volumes: [
                { name: "web", image: { reference: "jellyfin/web" } },
                { name: "tmp", emptyDir: {} },
            ],
        };
        const places = judge(rule, workload({ pod })).messages.map((message) => message.split(" ")[2]);
        assert.deepEqual(places, [
            "spec.template.spec.initContainers[0].image:",
            "spec.template.spec.ephemeralContainers[0].image:",
            "spec.template.spec.volumes[0].image.reference:",
        ]);
    });

    const pod = { spec: { containers: [{ name: "x", image: "x" }] } };
    for (const [type, props] of Object.entries({
        "kubernetes:apps/v1:Deployment": { spec: { template: pod } },
        "kubernetes:apps/v1:StatefulSet": { spec: { template: pod } },
        "kubernetes:apps/v1:DaemonSet": { spec: { template: pod } },
        "kubernetes:apps/v1:ReplicaSet": { spec: { template: pod } },
        "kubernetes:batch/v1:Job": { spec: { template: pod } },
        "kubernetes:batch/v1:CronJob": { spec: { jobTemplate: { spec: { template: pod } } } },
        "kubernetes:core/v1:Pod": pod,
        "kubernetes:apps/v1:DaemonSetPatch": { spec: { template: pod } },
    })) {
        it(`finds the pods of ${type}`, () => assert.equal(judge(rule, fact(type, props)).messages.length, 1));
    }

    it("does not apply to what runs no pods", () => {
        assert.equal(rule.applies("kubernetes:core/v1:Service"), false);
        assert.equal(rule.applies("aws:ecr/repository:Repository"), false);
    });

    it("reads the values of a Helm release, which is all that is seen of it", () => {
        const values = {
            image: { repository: "longhornio/longhorn-manager", tag: "latest" },
            sidecars: [{ image: "busybox:edge" }, { image: "busybox:1.37" }, { image: { tag: "v1.2.3" } }],
            nodeSelector: { tag: unknownText },
        };
        const found = judge(rule, fact("kubernetes:helm.sh/v3:Release", { chart: "longhorn", values }));
        assert.deepEqual(
            found.messages.map((message) => message.split(" ")[2]),
            ["values.image.tag:", "values.sidecars[0].image:"],
        );
        assert.deepEqual(found.unchecked, ["values.nodeSelector.tag"]);
        assert.deepEqual(judge(rule, fact("kubernetes:helm.sh/v3:Release", { chart: "longhorn" })), clean);
    });

    it("leaves an unknown image unchecked and still judges the one beside it", () => {
        const containers = [{ image: unknownText }, { image: "busybox" }];
        const found = judge(rule, workload({ pod: { containers } }));
        assert.equal(found.messages.length, 1);
        assert.deepEqual(found.unchecked, ["spec.template.spec.containers.0.image"]);
    });

    it("counts a wholly unknown object once", () => {
        const found = judge(rule, fact("kubernetes:apps/v1:Deployment", { spec: unknownText }));
        assert.deepEqual(found, { messages: [], unchecked: ["spec.template.spec.initContainers"] });
    });

    it("accepts an exception with a reason, not one without", () => {
        const container = { image: "jellyfin/jellyfin:latest" };
        const key = "policy.homelab/allow-image-pinned";
        assert.deepEqual(
            judge(rule, workload({ container, annotations: { [key]: excuse("rebuilt by hand each day") } })),
            clean,
        );
        assert.equal(judge(rule, workload({ container, annotations: { [key]: "" } })).messages.length, 2);
    });

    it("does not know whether there is an exception while the annotations are unknown", () => {
        const container = { image: "jellyfin/jellyfin:latest" };
        const found = judge(rule, workload({ container, annotations: unknownText }));
        assert.deepEqual(found, {
            messages: [],
            unchecked: ["metadata.annotations.policy.homelab/allow-image-pinned"],
        });
    });
});
