import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { isRecord, textOf, valueAt } from "../../../lab/plain-values";
import type { TestHouse } from "../../support/house";
import { nodesOf, podsOf, timesOf, volumesOf } from "./cluster-view";

const DEV = resolve(__dirname, "..", "..", "..", "Pulumi.dev.yaml");

/**
 * Writes the lab's house with what is off by default: workers that transcode for Jellyfin, and its way to old televisions.
 * @returns path of the file
 */
export function writeFullHouse(folder: string): string {
    const house: unknown = parse(readFileSync(DEV, "utf8"));
    const [config, jellyfin] = [valueAt(house, "config"), valueAt(house, "config.homelab:jellyfin")];
    assert.ok(isRecord(config) && isRecord(jellyfin));
    const optional = { plainHttp: true, workers: {}, dlna: { devices: [{ name: "box", userAgent: "Orange" }] } };
    const file = join(folder, "full.yaml");
    writeFileSync(file, stringify({ config: { ...config, "homelab:jellyfin": { ...jellyfin, ...optional } } }));
    return file;
}

/** What such a house is once it is up. No container runs: what workers and relay do is shown where their programs are tested. */
export function describeOptionalParts(house: TestHouse): void {
    const jellyfin = "namespaces/jellyfin";
    const secondsOf = (object: unknown, path: string) => Date.parse(textOf(valueAt(object, path)));

    describe("with workers that transcode and a way to old televisions", () => {
        it("has Jellyfin before the workers", async () => {
            const kube = house.kube();
            const [server, workers] = [
                await kube.get(`/apis/apps/v1/${jellyfin}/statefulsets/jellyfin`),
                await kube.get(`/apis/apps/v1/${jellyfin}/statefulsets/transcode`),
            ];
            const story = [
                secondsOf(server, "metadata.creationTimestamp"),
                (await timesOf(kube, "jellyfin-1")).readySince,
                secondsOf(workers, "metadata.creationTimestamp"),
            ];
            assert.deepEqual(
                story,
                story.toSorted((a, b) => a - b),
            );
        });

        it("spreads the workers over the hosts, each with a share of a GPU", async () => {
            const kube = house.kube();
            const [pods, nodes] = [await podsOf(kube, "transcode"), await nodesOf(kube)];
            assert.deepEqual([...pods.keys()].sort(), ["transcode-0", "transcode-1", "transcode-2"]);
            const hosts = [...pods.values()].map(({ node, ready }) => (ready ? nodes.get(node)?.zone : "not ready"));
            assert.deepEqual(hosts.sort(), ["pve-1", "pve-2", "pve-3"]);
            for (const name of pods.keys()) {
                const pod: unknown = await kube.get(`/api/v1/${jellyfin}/pods/${name}`);
                const containers: unknown = valueAt(pod, "spec.containers");
                assert.match(JSON.stringify(containers), /"limits":\{[^}]*"gpu\.intel\.com\/i915":"1"/);
            }
        });

        it("gives all of them one volume in place of disks of each of Jellyfin's pods", async () => {
            const claims = Object.entries(await volumesOf(house.kube()));
            const ofFilms = claims.filter(([name]) => /cache|transcode/.test(name));
            assert.deepEqual(
                ofFilms.map(([name, volume]) => [name, volume !== ""]),
                [["transcode-cache", true]],
            );
        });

        it("answers televisions from one pod on the network of its node, in a namespace of its own", async () => {
            const kube = house.kube();
            const list: unknown = await kube.get("/api/v1/namespaces/ssdp-relay/pods");
            const pods: unknown = valueAt(list, "items");
            const relays: readonly unknown[] = Array.isArray(pods) ? pods : [];
            assert.equal(relays.length, 1);
            const [relay] = relays;
            assert.equal(valueAt(relay, "spec.hostNetwork"), true);
            assert.equal(valueAt(relay, "status.phase"), "Running");
            assert.equal(valueAt(relay, "status.podIP"), valueAt(relay, "status.hostIP"));
            for (const [name, level] of [
                ["ssdp-relay", "privileged"],
                ["jellyfin", "restricted"],
            ] as const) {
                const namespace: unknown = await kube.get(`/api/v1/namespaces/${name}`);
                const labels: unknown = valueAt(namespace, "metadata.labels");
                assert.ok(isRecord(labels));
                assert.equal(labels["pod-security.kubernetes.io/enforce"], level);
            }
        });
    });
}
