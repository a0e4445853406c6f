import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { pythonEnvironment } from "../../support/python-environment";
import { field, startRig, type Rig } from "./rig";

/** A cold cache means an installation from the package index. */
const INSTALL_MS = 180_000;

describe("proxmoxer, a client that we did not write", () => {
    let rig: Rig;
    let seen: unknown;

    before(async function () {
        this.timeout(INSTALL_MS);
        const python = await pythonEnvironment("proxmoxer", join(__dirname, "requirements.txt"));
        rig = await startRig();
        seen = await session(python, rig);
    });
    after(() => rig.close());

    it("logs in by password and sees the version and every host", () => {
        assert.equal(field(seen, "version"), "9.1.3");
        assert.deepEqual(field(seen, "nodes"), ["pve-1", "pve-2"]);
    });

    it("is told that a wrong password does not log in", () => {
        assert.match(String(field(seen, "wrong_password")), /^AuthenticationError: Couldn't authenticate user/);
    });

    it("creates a machine by token and reads it back in Proxmox VE's form", () => {
        assert.equal(field(seen, "nextid"), 100);
        assert.equal(field(seen, "create"), "OK");
        assert.deepEqual(field(seen, "listed"), ["guest"]);
        const config = field(seen, "config");
        assert.equal(field(config, "cores"), 2);
        assert.equal(field(config, "memory"), "2048");
        assert.equal(field(config, "scsi0"), "local-lvm:vm-100-disk-0,size=8G,ssd=1");
        assert.match(String(field(config, "net0")), /^virtio=BC:24:11(:[0-9A-F]{2}){3},bridge=vmbr0$/);
    });

    it("changes settings and grows a disk", () => {
        const changed = field(seen, "changed");
        assert.equal(field(changed, "cores"), 4);
        assert.equal(field(changed, "description"), "changed");
        assert.equal(field(changed, "agent"), undefined);
        assert.equal(field(seen, "resize"), "OK");
    });

    it("starts and stops the machine, and may not delete it in between", () => {
        assert.equal(field(seen, "start"), "OK");
        assert.equal(field(seen, "running"), "running");
        assert.equal(field(field(seen, "delete_running"), "status"), 500);
        assert.match(String(field(field(seen, "delete_running"), "text")), /VM 100 is running - destroy failed/);
        assert.equal(field(seen, "stop"), "OK");
        assert.equal(field(seen, "stopped"), "stopped");
    });

    it("is told each wrong parameter by name", () => {
        const wrong = field(seen, "wrong_parameter");
        assert.equal(field(wrong, "status"), 400);
        assert.match(String(field(wrong, "text")), /Parameter verification failed/);
        const errors = field(wrong, "errors");
        assert.equal(field(errors, "cores"), "type check ('integer') failed - got 'many'");
        assert.match(String(field(errors, "colour")), /property is not defined in schema/);
    });

    it("is told that a host does not exist", () => {
        assert.match(String(field(field(seen, "wrong_node"), "text")), /hostname lookup 'pve-9' failed/);
    });

    it("is told which privilege a user lacks", () => {
        assert.equal(field(seen, "guest_reads"), "guest");
        assert.equal(field(field(seen, "missing_privilege"), "status"), 403);
        assert.match(
            String(field(field(seen, "missing_privilege"), "text")),
            /Permission check failed \(\/vms\/100, VM\.PowerMgmt\)/,
        );
    });

    it("deletes the machine, which is then gone", () => {
        assert.equal(field(seen, "delete"), "OK");
        assert.match(String(field(field(seen, "deleted"), "text")), /qemu-server\/100\.conf' does not exist/);
    });
});

function session(python: string, { proxmox }: Rig): Promise<unknown> {
    const { hostname, port } = new URL(proxmox.hosts()[0]?.endpoint ?? "");
    const child = spawn(python, [join(__dirname, "proxmoxer_session.py")], { stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.end(
        JSON.stringify({
            host: hostname,
            port: Number(port),
            authority: proxmox.authorityFile,
            password: proxmox.credentials.rootPassword,
            token: proxmox.credentials.apiToken,
        }),
    );
    let [output, errors] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    return new Promise((resolved, reject) => {
        child.on("error", reject);
        child.on("close", (code) => (code === 0 ? resolved(JSON.parse(output)) : reject(new Error(errors))));
    });
}
