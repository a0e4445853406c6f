import assert from "node:assert/strict";
import { parseConfig } from "../../infra/config/parse";
import { changed, readHouse } from "../infra/config/houses";
import { at, only } from "../support/graph";
import { captureHouse } from "../support/stack-graph";

/** The ports of Jellyfin's pods at which Prometheus is let in. */
async function doors(metrics: boolean): Promise<number[]> {
    const house = parseConfig(changed(readHouse("Pulumi.prod.yaml"), [{ set: "jellyfin.metrics", to: metrics }]));
    const graph = await captureHouse("prod", house);
    const policy = only(graph, "kubernetes:networking.k8s.io/v1:NetworkPolicy", "jellyfin-web-network");
    const rules = at(policy, "spec", "ingress") as { from: unknown; ports: { port: number }[] }[];
    return rules
        .filter(({ from }) => /"monitoring".*"app.kubernetes.io\/name":"prometheus"/.test(JSON.stringify(from)))
        .flatMap(({ ports }) => ports.map(({ port }) => port));
}

describe("the figures of Jellyfin", () => {
    it("may be fetched by Prometheus where they are served", async () => {
        assert.deepEqual(await doors(true), [8096]);
    });

    it("let nobody in where they are not", async () => {
        assert.deepEqual(await doors(false), []);
    });
});
