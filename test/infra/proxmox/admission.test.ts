import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { admit, disagreements, idMustBeFree, takenId } from "../../../infra/proxmox/admission";
import { clusterView, observeCluster, ProxmoxApiError, type ClusterView } from "../../../infra/proxmox/cluster-view";
import { captureGraph } from "../../support/graph";
import { aHost, servers } from "../../support/planned";

const endpoint = "https://192.168.10.11:8006/";
const api = { endpoint, insecure: true, apiToken: "user@pve!name=secret" };
const stores = ["local", "local-lvm"];

function view(guests: ClusterView["guests"] = []): ClusterView {
    return { hosts: ["pve-1", "pve-2"].map((name) => ({ name, datastores: stores })), guests };
}

describe("the house and its Proxmox cluster", () => {
    it("agree when every planned host is there with its datastores", () => {
        assert.deepEqual(disagreements(endpoint, [aHost(), aHost("pve-2")], view()), []);
    });

    it("disagree about a host that the cluster does not have: with its place, and those that it has", () => {
        assert.deepEqual(disagreements(endpoint, [aHost(), aHost("pve-9")], view()), [
            `hosts[1].name: pve-9 is not known to the Proxmox cluster at ${endpoint}, which has pve-1, pve-2 (every host of ` +
                "the house is a node of that cluster); write the name that `pvecm nodes` shows, or join the host to the cluster first",
        ]);
    });

    it("disagree about a datastore that a host does not have", () => {
        const hosts = [aHost("pve-2", { datastores: { files: "local", disks: "tank" } })];
        assert.deepEqual(disagreements(endpoint, hosts, view()), [
            "hosts[0].datastores.disks: tank is no datastore of pve-2 (it has local, local-lvm); " +
                "write one of these, or make it in Proxmox; where it is there, run the bootstrap again " +
                "(npm run host-prep -- --bootstrap): the token sees only the datastores that it was given",
        ]);
    });

    it("do not disagree about datastores that the token may not see", () => {
        const blind = { hosts: [{ name: "pve-1", datastores: [] }], guests: [] };
        assert.deepEqual(disagreements(endpoint, [aHost()], blind), []);
    });

    it("do not meet when the token is not accepted", async () => {
        const refuse = () =>
            Promise.reject(new ProxmoxApiError("it does not accept the API token (no such token)", "refused"));
        await assert.rejects(admit(api, [aHost()], refuse), (error: Error) => {
            assert.match(
                error.message,
                /^proxmox\.endpoint: https:\S+: it does not accept the API token \(no such token\)/,
            );
            assert.ok(!error.message.includes(api.apiToken));
            assert.match(error.message, /pulumi config set --secret homelab:proxmoxApiToken/);
            return true;
        });
    });
});

describe("the id of a machine that is to be made", () => {
    const [machine] = servers;

    it("is free where nobody has it", () => {
        assert.equal(
            takenId(machine, view([{ id: 100, kind: "VM", name: "nas", host: "pve-1", tags: [] }])),
            undefined,
        );
    });

    it("is taken by whoever has it, even by a guest of the same name: what is ours is in the state", () => {
        const twin = { id: machine.vmId, kind: "VM", name: machine.name, host: "pve-2", tags: ["homelab"] } as const;
        assert.equal(
            takenId(machine, view([twin])),
            `server-1: id 200 is taken by the VM server-1 on pve-2 (an id belongs to one guest of the whole cluster, and that ` +
                "one was not made by this stack; it was not touched); give server-1 another vmId, or remove the VM if nobody needs it",
        );
    });

    it("may be that of the same machine under an older name, which is told by the tag of the house", () => {
        const older = {
            id: machine.vmId,
            kind: "VM",
            name: "k3s-server-1",
            host: "pve-2",
            tags: ["homelab", "k3s"],
        } as const;
        const told = takenId(machine, view([older])) ?? "";
        assert.match(told, /^server-1: id 200 is taken by the VM k3s-server-1 on pve-2, which has the tag homelab/);
        assert.match(told, /write k3s-server-1 again, take it away .*, drained first, .* write server-1; else/);
        assert.doesNotMatch(told, /remove the VM|not made by this stack/);
    });

    it("is told from a stranger's by its tags as Proxmox writes them", () => {
        const guest = (more: object) => ({ type: "qemu", vmid: 200, node: "pve-1", name: "a", ...more });
        const data = [guest({ tags: "agent;homelab;k3s" }), guest({ tags: "" }), guest({})];
        assert.deepEqual(
            clusterView(JSON.stringify({ data })).guests.map(({ tags }) => tags),
            [["agent", "homelab", "k3s"], [], []],
        );
    });

    it("is taken by a container too", () => {
        const data = [
            { type: "node", node: "pve-1", status: "offline" },
            { type: "storage", node: "pve-1", storage: "local" },
            { type: "lxc", vmid: machine.vmId, node: "pve-1", name: "dns" },
        ];
        const seen = clusterView(JSON.stringify({ data }));
        assert.deepEqual(seen.hosts, [{ name: "pve-1", datastores: ["local"] }]);
        assert.match(takenId(machine, seen) ?? "", /taken by the container dns on pve-1/);
    });
});

describe("what runs before a machine is made", () => {
    const [machine] = servers;

    /** Names of the machines that it let be made. */
    async function run(seen: ClusterView): Promise<readonly string[]> {
        const made: string[] = [];
        let hook: pulumi.ResourceHook | undefined;
        await captureGraph(() => {
            const observe = () => Promise.resolve(seen);
            hook = idMustBeFree(machine, pulumi.output(api), observe, ({ name }) => void made.push(name));
        });
        await hook?.callback({ urn: "urn", id: "", name: machine.name, type: "proxmoxve:index/vmLegacy:VmLegacy" });
        return made;
    }

    it("tells of the machine once its id is free", async () => {
        assert.deepEqual(await run(view()), [machine.name]);
    });

    it("stops the update where the id is taken", async () => {
        const taken = { id: machine.vmId, kind: "VM", name: "nas", host: "pve-1", tags: [] } as const;
        await assert.rejects(run(view([taken])), /id 200 is taken by the VM nas/);
    });
});

describe("asking Proxmox", () => {
    it("tells a Proxmox that is away from one that refuses", async () => {
        const nobody = observeCluster({ ...api, endpoint: "https://127.0.0.1:1/" });
        await assert.rejects(nobody, { name: "ProxmoxApiError", kind: "away", message: "ECONNREFUSED" });
    });
});
