import { strict as assert } from "node:assert";
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readHouse } from "../../../lab/house";
import { requiredPorts, takenPorts } from "../../../lab/ports";
import { processStart } from "../../../lab/process/pid-file";
import { TestHouse, type EngineEvent, type LabProcess, type StateResource } from "../../support/house";
import { nodesOf, podsOf } from "./cluster-view";
import { summary } from "./engine-words";
import { describeOptionalParts, writeFullHouse } from "./optional-parts";
import { removeFolder } from "../../support/scratch-folder";

const [SLOT, SLOT_BESIDE] = [61, 62];
const COTTAGE = resolve(__dirname, "..", "..", "fixtures", "lab", "cottage.yaml");
/** What Node, tsx and Pulumi's policy runner keep in the temporary folder of every user: made again when missing. */
const CACHES = /^(tsx-\d+|node-compile-cache|ts-node-\w+)$/;

describe("the end of a house", function () {
    this.timeout(300_000);
    // With everything on, there is more that has to be removed in order.
    const files = mkdtempSync(join(tmpdir(), "full-house-"));
    const house = new TestHouse({ slot: SLOT, env: { LAB_STACK_FILE: writeFullHouse(files) } });
    const beside = new TestHouse({ slot: SLOT_BESIDE, checkout: house.checkout, env: { LAB_STACK_FILE: COTTAGE } });
    const untouched = listing(house.checkout);

    before(async () => {
        // Both at once: neither may take what belongs to the other.
        await Promise.all([house.must("up"), beside.must("up")]);
    });
    after(async () => {
        const ends = await Promise.allSettled([beside.close(), house.close()]);
        removeFolder(files);
        for (const end of ends) if (end.status === "rejected") throw end.reason;
    });

    describeOptionalParts(house);

    describe("beside another lab of the same checkout", () => {
        it("stands in a slot of its own, as the other does", async () => {
            const [own, other] = [await house.must("status"), await beside.must("status")];
            assert.match(own.stdout, new RegExp(`^Lab ${SLOT}: .*`));
            assert.match(own.stdout, /jellyfin\/jellyfin +2\/2/);
            assert.match(other.stdout, new RegExp(`^Lab ${SLOT_BESIDE}: .*`));
            assert.match(other.stdout, /jellyfin\/jellyfin +1\/1/);
            assert.deepEqual([...(await nodesOf(beside.kube())).keys()], ["k3s-server-1"]);
            assert.equal((await nodesOf(house.kube())).size, 7);
        });

        it("goes on when the other is taken down", async () => {
            const theirs = beside.processes();
            await beside.must("down");
            assert.deepEqual(survivors(theirs), []);
            assert.deepEqual(
                [...(await nodesOf(house.kube())).values()].filter(({ ready }) => !ready),
                [],
            );
            await house.must("preview", "--expect-no-changes");
        });
    });

    describe("when it is destroyed", () => {
        let planned: readonly StateResource[];
        let events: readonly EngineEvent[];
        const authority = () =>
            /certificate-authority-data: (\S+)/.exec(readFileSync(house.paths.kubeconfig, "utf8"))?.[1];
        const note = { path: "/api/v1/namespaces/default/configmaps", name: "a-note-of-the-old-house" };
        let oldAuthority: string | undefined;

        before(async () => {
            planned = house.resources();
            oldAuthority = authority();
            const body = { metadata: { name: note.name }, data: {} };
            await house.kube().request("POST", note.path, { body });
            events = await house.destroy();
        });

        it("removes each resource before what that one needs", () => {
            const moment = (phase: "begin" | "end") =>
                new Map(events.flatMap((event, index) => (event.phase === phase ? [[event.urn, index] as const] : [])));
            const [begun, ended] = [moment("begin"), moment("end")];
            assert.deepEqual(
                planned.filter(({ urn }) => !ended.has(urn)),
                [],
            );
            const custom = ({ urn }: StateResource) => begun.has(urn);
            const early = planned
                .filter(custom)
                .flatMap(({ urn, needs }) =>
                    needs
                        .filter((need) => begun.has(need) && (begun.get(need) ?? 0) < (ended.get(urn) ?? Infinity))
                        .map((need) => `${need} before ${urn}`),
                );
            assert.deepEqual(early, []);
        });

        it("leaves neither a machine nor a file on the hosts, and no resource in the state", async () => {
            assert.deepEqual(await house.proxmox("GET", "/cluster/resources?type=vm"), []);
            for (const host of ["pve-1", "pve-2", "pve-3"])
                for (const storage of ["local", "local-lvm"])
                    assert.deepEqual(await house.proxmox("GET", `/nodes/${host}/storage/${storage}/content`), []);
            assert.deepEqual(house.resources(), []);
            assert.equal(existsSync(house.paths.kubeconfig), false);
            assert.match((await house.must("status")).stdout, /No machine is on\.\n(.*\n)+Next: make up\n$/);
        });

        it("comes back as a new one: other certificates, and nothing of the old cluster", async () => {
            const up = await house.must("up");
            assert.equal(summary(up), `+ ${planned.length + 1} created`);
            assert.notEqual(authority(), oldAuthority);
            const kube = house.kube();
            assert.deepEqual(
                [...(await nodesOf(kube)).values()].map(({ ready }) => ready),
                Array(7).fill(true),
            );
            assert.deepEqual(
                [...(await podsOf(kube, "jellyfin")).values()].map(({ ready }) => ready),
                [true, true],
            );
            assert.equal(await kube.find(`${note.path}/${note.name}`), undefined);
            await house.must("preview", "--expect-no-changes");
        });
    });

    describe("when it is taken down", () => {
        it("leaves no process, no port and no file", async () => {
            const processes = house.processes();
            const ports = requiredPorts(readHouse(readFileSync(house.paths.stackFile, "utf8")), "simulated", SLOT);
            assert.equal((await takenPorts(ports)).length, ports.length, "all of them are in use");
            assert.match((await house.must("down")).stdout, /nothing runs and nothing is left but the cache/);
            assert.deepEqual(survivors(processes), []);
            assert.deepEqual(await takenPorts(ports), []);
            assert.deepEqual(listing(house.checkout), untouched);
            for (const lab of [house, beside]) {
                assert.deepEqual(existsSync(lab.paths.root) ? readdirSync(lab.paths.root) : [], []);
                assert.deepEqual(readdirSync(lab.home), []);
                assert.deepEqual(
                    readdirSync(lab.temporary).filter((name) => !CACHES.test(name)),
                    [],
                );
            }
            assert.match((await house.must("status")).stdout, /The lab is down/);
        });
    });
});

function survivors(processes: readonly LabProcess[]): string[] {
    return processes.filter(({ pid, started }) => processStart(pid) === started).map(({ command }) => command);
}

/** Every file of a checkout with its size and time of change, by path. */
function listing(checkout: string): string[] {
    const entries = readdirSync(checkout).filter((name) => name !== "node_modules");
    const files = entries.flatMap((entry) => {
        const path = join(checkout, entry);
        if (!statSync(path).isDirectory()) return [path];
        return readdirSync(path, { recursive: true, encoding: "utf8" }).map((name) => join(path, name));
    });
    return files.map((path) => `${path} ${statSync(path).size} ${statSync(path).mtimeMs}`).sort();
}
