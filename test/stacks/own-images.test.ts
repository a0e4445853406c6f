import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { dayOf } from "../../policies/model/day";
import { checkAll } from "../../policies/model/run";
import { rules } from "../../policies/rules";
import { parseConfig } from "../../infra/config/parse";
import { changed, devHouse, readHouse } from "../infra/config/houses";
import { at, ofType, type Graph } from "../support/graph";
import { captureHouse } from "../support/stack-graph";

const image = { repository: "k3s-homelab/jellyfin-ha", tag: "sha-abc1234", release: "10.11.11" };

describe("a house that runs an image of its own", () => {
    let graph: Graph;
    before(async () => {
        graph = await captureHouse("dev", devHouse({ set: "jellyfin.image", to: image }));
    });

    it("pulls it with a secret that is kept fresh, and waits for the first password", () => {
        const server = ofType(graph, "kubernetes:apps/v1:StatefulSet").find(
            (set) => at(set, "metadata", "name") === "jellyfin",
        );
        assert.ok(server);
        const pod = ["spec", "template", "spec"] as const;
        assert.deepEqual(at(server, ...pod, "imagePullSecrets"), [{ name: "registry-pull" }]);
        const reference = "123456789012.dkr.ecr.us-east-1.amazonaws.com/k3s-homelab/jellyfin-ha:sha-abc1234";
        assert.equal(at(server, ...pod, "containers", 0, "image"), reference);
        assert.ok(server.opts.dependsOn.some((urn) => urn.endsWith("Job::registry-jellyfin-first-job")));
    });

    it("tells whoever makes alerts which of its jobs have to succeed, and how often: all of those with a schedule", () => {
        const told = graph.outputs["mustSucceed"] as { namespace: string; name: string; withinSeconds: number }[];
        const scheduled = ofType(graph, "kubernetes:batch/v1:CronJob").filter((job) => !at(job, "spec", "suspend"));
        assert.deepEqual(
            told.map(({ namespace, name }) => `${namespace}/${name}`).sort(),
            scheduled
                .map((job) => `${String(at(job, "metadata", "namespace"))}/${String(at(job, "metadata", "name"))}`)
                .sort(),
        );
        const hours = Object.fromEntries(told.map(({ name, withinSeconds }) => [name, withinSeconds / 3600]));
        assert.deepEqual(hours, {
            "jellyfin-database-dump": 26,
            "jellyfin-database-check": 192,
            "jellyfin-configuration-backup": 26,
            "registry-pull-refresh": 7,
        });
    });

    it("has a user that may pull that one repository", () => {
        const policies = ofType(graph, "aws:iam/userPolicy:UserPolicy");
        const pulls = policies.find((policy) => at(policy, "name") === "homelab-dev-pulls");
        assert.ok(pulls);
        const { Statement } = JSON.parse(String(at(pulls, "policy"))) as { Statement: { Resource: string[] }[] };
        assert.deepEqual(
            Statement.map(({ Resource }) => Resource),
            [["*"], ["arn:aws:ecr:us-east-1:123456789012:repository/k3s-homelab/jellyfin-ha"]],
        );
    });

    it("keeps to every rule of the policy pack", () => {
        const { violations, notChecked, broken } = checkAll(rules, graph.resources, dayOf(new Date()));
        assert.deepEqual({ violations, notChecked, broken }, { violations: [], notChecked: [], broken: [] });
    });
});

describe("a house on a cluster that was there, with an image of its own", () => {
    it("lets the jobs that keep the secret reach the API server, whose address it does not know", async () => {
        const aws = { region: "us-east-1", bucketPrefix: "homelab-managed", repositories: [image.repository] };
        const managed = changed(readHouse("test/fixtures/valid/managed-three-nodes.yaml"), [
            { set: "jellyfin.image", to: image },
            { set: "aws", to: aws },
        ]);
        const graph = await captureHouse("managed-three-nodes", parseConfig(managed));
        const policies = ofType(graph, "kubernetes:networking.k8s.io/v1:NetworkPolicy");
        for (const name of ["registry-pull-first", "registry-pull-refresh"]) {
            const policy = policies.find((one) => at(one, "metadata", "name") === name) ?? assert.fail(name);
            const ways = at(policy, "spec", "egress");
            const ports = [443, 6443].map((port) => ({ port, protocol: "TCP" }));
            assert.ok(Array.isArray(ways));
            const toTheApi = ways.filter((way) =>
                isDeepStrictEqual(way, { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports }),
            );
            assert.equal(toTheApi.length, 1, JSON.stringify(ways));
        }
    });
});
