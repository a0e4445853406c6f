import assert from "node:assert/strict";
import { changed, machineHouse, readHouse, type Change } from "../infra/config/houses";
import { type CapturedResource, type Graph } from "../support/graph";
import { replaced } from "../support/replaced";
import { captureHouse } from "../support/stack-graph";

const prod = readHouse("Pulumi.prod.yaml");
const login = {
    issuer: "https://accounts.google.com",
    clientId: "1234567890-abc.apps.googleusercontent.com",
    host: "login.k3s.internal.example.org",
    emails: ["you@example.org"],
};
const plainHttp: Change = { set: "jellyfin.plainHttp", to: true };
const workers = (replicas: number): Change => ({
    set: "jellyfin.workers",
    to: { replicas, cpu: 2, memoryGiB: 4, sharedGiB: 100 },
});

interface Switch {
    /** Further settings of the house in which it is turned. */
    readonly in?: readonly Change[];
    readonly to: readonly Change[];
}

/** What can be changed in a running house, each there and back. */
const switches: Readonly<Record<string, Switch>> = {
    "one pod of Jellyfin in place of two": { to: [{ set: "jellyfin.replicas", to: 1 }] },
    "Jellyfin for the internet": {
        in: [{ set: "ingress.login", to: login }],
        to: [{ set: "jellyfin.exposure", to: "public" }],
    },
    "a login": { to: [{ set: "ingress.login", to: login }] },
    "plain http": { to: [plainHttp] },
    DLNA: { in: [plainHttp], to: [{ set: "jellyfin.dlna", to: { devices: [{ name: "box", userAgent: "Orange" }] } }] },
    "workers that transcode": { to: [workers(3)] },
    "fewer workers that transcode": { in: [workers(3)], to: [workers(2)] },
    "no GPU for Jellyfin": { to: [{ set: "jellyfin.gpu", to: false }] },
    "a Redis": { to: [{ set: "jellyfin.redis", to: true }] },
    "no figures of the database": { to: [{ set: "database.exporter", to: false }] },
    "no preflight of the storage": { to: [{ set: "storage.preflight", to: false }] },
};

/** Settings by which data is left: the engine has to refuse them while it is protected. */
const departures: Readonly<Record<string, { to: readonly Change[]; leaves: readonly string[] }>> = {
    "backups in no bucket": {
        to: [{ set: "objectStorage", to: { kind: "none", reason: "it lives for minutes" } }],
        leaves: ["backup-databases-bucket", "backup-etcd-bucket", "backup-longhorn-bucket"],
    },
};

const built = new Map<string, Graph>();

async function build(changes: readonly Change[]): Promise<Graph> {
    const key = JSON.stringify(changes);
    const graph = built.get(key) ?? (await captureHouse("prod", machineHouse(changed(prod, changes))));
    built.set(key, graph);
    return graph;
}

/** What a run deletes that brings one graph to the other: what vanishes, and what is made anew. */
function deleted(before: Graph, after: Graph): readonly CapturedResource[] {
    const stay = new Set(after.resources.map(({ urn }) => urn));
    const anew = new Set(replaced(before, after).map(({ urn }) => urn));
    return before.resources.filter(({ urn }) => !stay.has(urn) || anew.has(urn));
}

const refused = (resources: readonly CapturedResource[]) =>
    resources.filter(({ opts }) => opts.protect).map(({ name }) => name);

describe("in a house that protects its data", function () {
    this.timeout(120_000);
    let house: Graph;
    before(async () => {
        house = await build([]);
    });

    for (const [name, { in: also = [], to }] of Object.entries(switches)) {
        it(`${name}: is switched on and off again without anything that the engine refuses to delete`, async () => {
            const before = await build(also);
            const after = await build([...also, ...to]);
            const [there, back] = [deleted(before, after), deleted(after, before)];
            assert.ok(there.length + back.length > 0, "the switch takes something away in one direction");
            assert.deepEqual({ there: refused(there), back: refused(back) }, { there: [], back: [] });
        });
    }

    for (const [name, { to, leaves }] of Object.entries(departures)) {
        it(`${name}: is refused for the sake of what holds data`, async () => {
            const gone = deleted(house, await build(to)).filter(({ custom, opts }) => custom && opts.protect);
            assert.deepEqual(
                gone
                    .map(({ name: one }) => one)
                    .filter((one) => one.endsWith("-bucket"))
                    .sort(),
                leaves,
            );
            assert.deepEqual(
                gone.filter(({ opts }) => !opts.retainOnDelete).map(({ name: one }) => one),
                [],
                "and what is let go of is left standing",
            );
        });
    }

    it("the namespace of what has data is protected like the data", () => {
        const held = house.resources.find(({ name }) => name === "jellyfin-namespace");
        assert.equal(held?.opts.protect, true);
    });
});
