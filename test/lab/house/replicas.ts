import assert from "node:assert/strict";
import type { KubeClient } from "../../../lab/kube/client";
import { pause } from "../../../lab/pause";
import { nodesOf, podsOf, type NodeView, type PodView } from "./cluster-view";

const PAUSE_MS = 250;
/** Fewer than these are no watch. */
const ENOUGH_LOOKS = 20;

/** What must never be of the pods of Jellyfin: none that serves, or two of them on one host. */
export function faultsOf(pods: readonly PodView[], nodes: ReadonlyMap<string, NodeView>): string[] {
    // A pod that is asked to end stays in the list for as long as its dead machine cannot say that it has.
    const there = pods.filter(({ node, terminating }) => !terminating || nodes.get(node)?.ready === true);
    const hosts = there.flatMap(({ node }) => nodes.get(node)?.zone ?? []);
    return [
        ...(pods.some(({ ready }) => ready) ? [] : ["no pod is ready"]),
        ...(new Set(hosts).size < hosts.length ? [`two on ${hosts.join(", ")}`] : []),
    ];
}

/** Looks at the pods of Jellyfin all the time. */
class Replicas {
    looks = 0;
    /** With the time since the first look. */
    readonly faults: string[] = [];
    private going = true;
    private readonly end: Promise<void>;

    constructor(private readonly kube: KubeClient) {
        this.end = this.watch();
    }

    async leave(): Promise<void> {
        this.going = false;
        await this.end;
    }

    private async watch(): Promise<void> {
        const began = performance.now();
        while (this.going) {
            const seen = await this.look();
            if (seen !== undefined) {
                const at = `${Math.round(performance.now() - began)} ms`;
                this.faults.push(...seen.map((fault) => `${at}: ${fault}`));
                this.looks++;
            }
            await pause(PAUSE_MS);
        }
    }

    /** @returns `undefined` where nobody answers, as while the address of the API moves to another machine */
    private async look(): Promise<readonly string[] | undefined> {
        try {
            return faultsOf([...(await podsOf(this.kube, "jellyfin")).values()], await nodesOf(this.kube));
        } catch {
            return undefined;
        }
    }
}

/**
 * Watches the pods of Jellyfin from the start of a group of tests, in which both are ready, and says in its last test what
 * was never to be. Called at the end of the group.
 */
export function itServesAllTheTime(kube: () => KubeClient): void {
    let replicas: Replicas | undefined;
    before(() => {
        replicas = new Replicas(kube());
    });
    after(() => replicas?.leave());

    it("had a pod that serves at every moment, and never both on one host", () => {
        assert.ok(replicas !== undefined && replicas.looks > ENOUGH_LOOKS, `${replicas?.looks ?? 0} looks`);
        assert.deepEqual(replicas.faults, []);
    });
}
