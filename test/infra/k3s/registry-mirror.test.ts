import assert from "node:assert/strict";
import { parse } from "yaml";
import { images } from "../../../components/versions";
import { MIRRORED_REGISTRIES, registriesFile } from "../../../infra/k3s/registry-mirror";
import { serverConfig } from "../../../infra/k3s/server-config";

/** The registry of a reference, as containerd reads it: a first part without a dot is a folder of Docker's. */
function registryOf(reference: string): string {
    const [first = "", ...rest] = reference.split("/");
    return rest.length > 0 && /[.:]/.test(first) ? first : "docker.io";
}

describe("the mirror of the nodes", () => {
    it("has every registry from which the house takes an image", () => {
        const known: readonly string[] = MIRRORED_REGISTRIES;
        const missing = Object.values(images).filter((reference) => !known.includes(registryOf(reference)));
        assert.deepEqual(missing, []);
    });

    it("has none of our own at AWS: whoever has no credentials would get its images from a neighbour", () => {
        assert.deepEqual(
            MIRRORED_REGISTRIES.filter((registry) => /\.dkr\.ecr\./.test(registry)),
            [],
        );
    });

    it("is named on every node without an endpoint, so that the registry itself stays the last resort", () => {
        const { mirrors } = parse(registriesFile().content) as { mirrors: Record<string, unknown> };
        assert.deepEqual(Object.keys(mirrors), [...MIRRORED_REGISTRIES]);
        assert.ok(Object.values(mirrors).every((mirror) => JSON.stringify(mirror) === "{}"));
    });

    it("is switched on by every server", () => {
        const node = { name: "a", address: "192.168.20.21", labels: {}, taints: [] };
        const cluster = { podsCidr: "10.42.0.0/16", servicesCidr: "10.43.0.0/16", apiNames: [], serviceLb: true };
        const start = { kind: "join", url: "https://a:6443" } as const;
        const config = serverConfig({ node, cluster, start, token: "a", agentPassword: "b" });
        assert.equal(config["embedded-registry"], true);
    });
});
