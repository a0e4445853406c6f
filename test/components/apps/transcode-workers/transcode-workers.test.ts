import assert from "node:assert/strict";
import { at, only, type CapturedResource, type Graph } from "../../../support/graph";
import { captureStack } from "../../../support/stack-graph";

const POD = ["spec", "template", "spec"] as const;
const SECRETS = ["kubernetes:core/v1:Secret", "kubernetes:core/v1:ConfigMap"];

interface Mounted {
    readonly mountPath: string;
    readonly name: string;
    readonly readOnly?: boolean;
}

describe("transcode workers", () => {
    let graph: Graph;
    let workers: CapturedResource;
    let server: CapturedResource;
    before(async () => {
        graph = await captureStack("everything-on");
        workers = only(graph, "kubernetes:apps/v1:StatefulSet", "transcode-workers-ssh-statefulset");
        server = only(graph, "kubernetes:apps/v1:StatefulSet", "jellyfin-web-statefulset");
    });

    function mounts(set: CapturedResource, list: "containers" | "initContainers", index = 0): Mounted[] {
        return at(set, ...POD, list, index, "volumeMounts") as Mounted[];
    }

    it("are three pods of Jellyfin's image, spread evenly over hosts, one of them missed at a time", () => {
        assert.equal(at(workers, "spec", "replicas"), 3);
        assert.equal(at(workers, ...POD, "containers", 0, "image"), at(server, ...POD, "containers", 0, "image"));
        assert.equal(at(workers, ...POD, "topologySpreadConstraints", 0, "whenUnsatisfiable"), "DoNotSchedule");
        const budget = only(graph, "kubernetes:policy/v1:PodDisruptionBudget", "transcode-workers-ssh-budget");
        assert.equal(at(budget, "spec", "maxUnavailable"), 1);
    });

    it("are reached by Jellyfin alone, and reach nothing but the cluster's DNS", () => {
        const policies = graph.resources.filter(
            (resource) =>
                resource.type === "kubernetes:networking.k8s.io/v1:NetworkPolicy" &&
                at(resource, "spec", "podSelector", "matchLabels", "app.kubernetes.io/component") === "transcode",
        );
        const from = policies.flatMap((policy) => at(policy, "spec", "ingress") as { from: unknown; ports: unknown }[]);
        assert.equal(from.length, 1);
        assert.match(JSON.stringify(from), /"app.kubernetes.io\/component":"web".*"port":2222/);
        const out = policies.flatMap(
            (policy) => (at(policy, "spec", "egress") ?? []) as { ports: { port: number }[] }[],
        );
        assert.deepEqual([...new Set(out.flatMap(({ ports }) => ports.map(({ port }) => port)))], [53]);
    });

    it("see what Jellyfin sees, at the same paths, and write to the shared cache alone", () => {
        const seen = mounts(workers, "containers");
        const data = seen.filter(({ mountPath }) => /^\/(cache|config|data)/.test(mountPath));
        assert.deepEqual(
            data.map(({ mountPath, readOnly }) => [mountPath, readOnly ?? false]),
            [
                ["/cache", false],
                ["/data", true],
                ["/config/data/subtitles", true],
                ["/config/data/attachments", true],
            ],
        );
        const paths = new Set(mounts(server, "containers").map(({ mountPath }) => mountPath));
        assert.ok(["/cache", "/data", "/config"].every((path) => paths.has(path)));
    });

    it("leave each pod of Jellyfin a folder of the shared volume, because a starting one empties its own", () => {
        const env = at(server, ...POD, "containers", 0, "env") as { name: string; value?: string }[];
        const value = (name: string) => env.find((variable) => variable.name === name)?.value;
        assert.equal(value("JELLYFIN_CACHE_DIR"), "/cache/$(POD_NAME)");
        assert.equal(value("TMPDIR"), "/cache/$(POD_NAME)/tmp");
        assert.equal(value("JELLYFIN_FFMPEG"), "/opt/transcode/files/ffmpeg");
        assert.equal(at(server, "spec", "volumeClaimTemplates"), undefined);
    });

    it("keep private keys in secrets, which the containers that run do not see", () => {
        const texts = graph.resources
            .filter(({ type }) => SECRETS.includes(type))
            .filter((resource) => JSON.stringify(resource.props).includes("ssh key of "));
        assert.deepEqual(texts.map(({ name }) => name).sort(), [
            "transcode-keys-client-secret",
            "transcode-keys-hosts-secret",
        ]);
        for (const set of [workers, server]) {
            const keys = mounts(set, "containers").filter(({ name }) => name === "transcode-keys");
            assert.deepEqual(keys, []);
        }
    });

    it("are known by their own key each, under the name that their Service gives them", () => {
        const files = only(graph, "kubernetes:core/v1:ConfigMap", "transcode-files");
        assert.deepEqual(
            String(at(files, "data", "known_hosts"))
                .trim()
                .split("\n"),
            [
                "[transcode-0.transcode-pods.jellyfin.svc]:2222 ssh-ed25519 of-transcode-keys-transcode-0",
                "[transcode-1.transcode-pods.jellyfin.svc]:2222 ssh-ed25519 of-transcode-keys-transcode-1",
                "[transcode-2.transcode-pods.jellyfin.svc]:2222 ssh-ed25519 of-transcode-keys-transcode-2",
            ],
        );
    });

    it("hold up neither Jellyfin nor the whole house where the internet is away, from which their tools come", () => {
        const tools = only(graph, "kubernetes:batch/v1:Job", "transcode-tools-job");
        const waits = graph.resources.filter(({ opts }) => opts.dependsOn.some((urn) => urn === tools.urn));
        assert.deepEqual(waits, []);
        assert.equal(at(tools, "metadata", "annotations", "pulumi.com/waitFor"), "jsonpath={.metadata.uid}");
        // By it the provider would make the next job while the last one still goes.
        assert.equal(at(tools, "metadata", "annotations", "pulumi.com/skipAwait"), undefined);
    });

    it("are not there where nobody asks for them", async () => {
        const prod = await captureStack("prod");
        assert.deepEqual(
            prod.resources.filter(({ name }) => name.startsWith("transcode")),
            [],
        );
    });
});
