import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { PROGRAM_GRANTS } from "../../../lab/proxmox/privileges";
import { field, items, record, startRig, type Rig } from "./rig";

describe("access to the emulated Proxmox", () => {
    let rig: Rig;
    before(async () => (rig = await startRig()));
    after(() => rig.close());

    it("asks for a ticket", async () => {
        const { status, reason } = await rig.call("GET", "/version", {}, {});
        assert.deepEqual([status, reason], [401, "No ticket"]);
    });

    it("refuses a wrong password, a wrong token and a forged ticket", async () => {
        const wrong = await rig.call("POST", "/access/ticket", { username: "root@pam", password: "root" }, {});
        assert.deepEqual([wrong.status, wrong.reason], [401, "authentication failure"]);
        const [token] = rig.proxmox.credentials.apiToken.split("=");
        for (const headers of [
            { authorization: `PVEAPIToken=${token}=00000000-0000-0000-0000-000000000000` },
            { authorization: "PVEAPIToken=nobody@pve!x=y" },
            { cookie: "PVEAuthCookie=PVE:root@pam:7FFFFFFF::c2lnbmF0dXJl" },
        ]) {
            const { status, reason } = await rig.call("GET", "/version", {}, headers);
            assert.deepEqual([status, reason], [401, "Authentication failed!"]);
        }
    });

    it("takes a ticket for reading, and for writing only with its CSRF token", async () => {
        const headers = await rig.ticket();
        assert.equal((await rig.call("GET", "/version", {}, headers)).status, 200);
        const { cookie = "" } = headers;
        const { status, reason } = await rig.call("POST", "/pools", { poolid: "a" }, { cookie });
        assert.deepEqual([status, reason], [401, "Permission denied - invalid csrf token"]);
        assert.equal((await rig.call("POST", "/pools", { poolid: "a" }, headers)).status, 200);
    });

    it("gives the program's token the privileges that it needs and no others", async () => {
        const { data } = await rig.call("GET", "/access/permissions");
        const held = Object.entries(record(data)).map(([path, names]) => [path, Object.keys(record(names)).sort()]);
        const given = PROGRAM_GRANTS.map(({ path }) => {
            const here = PROGRAM_GRANTS.filter((grant) => grant.path === path);
            return [path, [...new Set(here.flatMap(({ privileges }) => privileges))].sort()];
        });
        assert.deepEqual(Object.fromEntries(held), Object.fromEntries(given));
        const refused = await rig.call("POST", "/access/users", { userid: "eve@pve" });
        assert.deepEqual(
            [refused.status, refused.reason],
            [403, "Permission check failed (/access/groups, User.Modify)"],
        );
    });

    it("keeps from a token what its user may not do, and from a separated token what it was not given", async () => {
        const headers = await rig.ticket();
        await rig.call("POST", "/access/users", { userid: "ann@pve", password: "ann-password" }, headers);
        await rig.call("PUT", "/access/acl", { path: "/vms", users: "ann@pve", roles: "PVEAuditor" }, headers);
        const made = await rig.call("POST", "/access/users/ann@pve/token/t", { privsep: "1" }, headers);
        const token = { authorization: `PVEAPIToken=ann@pve!t=${String(field(made.data, "value"))}` };
        const privileges = async () =>
            Object.keys(record(field((await rig.call("GET", "/access/permissions", {}, token)).data, "/vms")));
        assert.deepEqual(await privileges(), []);
        const both = { path: "/vms", tokens: "ann@pve!t", roles: "PVEAuditor,PVEVMUser" };
        assert.equal((await rig.call("PUT", "/access/acl", both, headers)).status, 200);
        assert.ok((await privileges()).includes("VM.Audit"));
        assert.ok(!(await privileges()).includes("VM.PowerMgmt"), "the user has no PVEVMUser");
    });

    it("hides machines from who may not audit them, as an empty list", async () => {
        await rig.task("POST", "/nodes/pve-1/qemu", { vmid: "150" });
        await rig.call("POST", "/access/users", { userid: "bob@pve", password: "bob-password" }, await rig.ticket());
        const bob = await rig.ticket("bob@pve", "bob-password");
        assert.deepEqual(items((await rig.call("GET", "/cluster/resources", { type: "vm" }, bob)).data), []);
        const { status, reason } = await rig.call("GET", "/nodes/pve-1/qemu/150/config", {}, bob);
        assert.deepEqual([status, reason], [403, "Permission check failed (/vms/150, VM.Audit)"]);
    });

    it("makes other secrets for each cluster and keeps them to the user", async () => {
        const other = await startRig();
        const mine = rig.proxmox.credentials;
        for (const name of ["rootPassword", "apiToken", "sshPrivateKey"] as const)
            assert.notEqual(mine[name], other.proxmox.credentials[name]);
        for (const file of ["credentials.json", "cluster.json", "ca.json"])
            assert.equal(statSync(join(rig.folder, "state", file)).mode & 0o077, 0, `${file} is the user's alone`);
        await other.close();
    });
});
