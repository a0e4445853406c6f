import assert from "node:assert/strict";
import { imageFromKnownRegistry as rule } from "../../../../policies/rules/workloads/image-from-known-registry";
import { excuse, judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function complaints(image: unknown): readonly string[] {
    return judge(rule, workload({ container: { image } })).messages;
}

describe("image-from-known-registry", () => {
    for (const image of [
        "docker.io/jellyfin/jellyfin:10.11.7",
        "ghcr.io/jpvenson/jellyfin.pgsql:10.11.11-1",
        "postgres:18.1",
        "jellyfin/jellyfin",
        "123456789012.dkr.ecr.eu-central-1.amazonaws.com/media/profiler:1.0.0",
    ]) {
        it(`accepts ${image}`, () => assert.deepEqual(complaints(image), []));
    }

    it("refuses a registry that the house does not know", () => {
        assert.deepEqual(complaints("registry.example/media/profiler:1.0.0"), [
            "StatefulSet media/jellyfin spec.template.spec.containers[0].image: registry.example/media/profiler:1.0.0 comes " +
                "from a registry that the house does not know, and may be gone when a pod moves " +
                "(image-from-known-registry); copy it to a repository of the house",
        ]);
    });

    for (const image of [
        "localhost/profiler:1",
        "registry:5000/profiler:1",
        "docker.io.example/postgres:18",
        "12.dkr.ecr.eu-central-1.amazonaws.com.example/a:1",
    ]) {
        it(`refuses ${image}, which only looks like a known one`, () => assert.equal(complaints(image).length, 1));
    }

    it("looks at init containers and image volumes too", () => {
        const image = "registry.example/a:1";
        const pod = { initContainers: [{ image }], volumes: [{ name: "web", image: { reference: image } }] };
        assert.equal(judge(rule, workload({ pod })).messages.length, 2);
    });

    it("leaves an image without a name to the rule about those", () => {
        assert.deepEqual(complaints(undefined), []);
        assert.deepEqual(complaints(""), []);
    });

    it("leaves an unknown image unchecked", () => {
        const found = judge(rule, workload({ container: { image: unknownText } }));
        assert.deepEqual(found, { ...clean, unchecked: ["spec.template.spec.containers.0.image"] });
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-image-from-known-registry": excuse("a mirror in the house") };
        const container = { image: "registry.example/a:1" };
        assert.deepEqual(judge(rule, workload({ annotations, container })), clean);
    });

    it("does not apply to what runs no pods", () => {
        assert.equal(rule.applies("kubernetes:core/v1:Service"), false);
    });
});
