import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { cottage, openFaultLab, type FaultLab } from "../../support/fault-lab";

describe("make up with what stops it before it begins", function () {
    this.timeout(120_000);
    let lab: FaultLab;

    before(() => {
        lab = openFaultLab(70, cottage());
    });
    afterEach(() => lab.house(cottage()));
    after(() => lab.close());

    function nothingIsThere(): void {
        assert.deepEqual(lab.running(), []);
        assert.ok(!existsSync(lab.paths.state), "there is a state already");
        assert.ok(!existsSync(lab.paths.proxmox), "there is a Proxmox already");
    }

    it("tells every mistake of the house's file at once, each with its place and what to write", async () => {
        lab.house(
            cottage()
                .replace("cores: 4", "cores: many")
                .replace("address: 127.0.20.21", "address: 127.0.20.11")
                .replace("host: pve-1, vmId: 201", "host: pve-9, vmId: 7")
                .replace("blockReplicas: 1", "blockReplicas: 3"),
        );
        const { code, output } = await lab.lab("up");
        assert.equal(code, 1);
        assert.match(output, /house\.yaml: \d mistakes in the configuration; nothing was changed\./);
        for (const path of ["cluster.servers.cores: many", "cluster.servers.machines[0].vmId: 7"])
            assert.ok(output.includes(path), `${path} is not in\n${output}`);
        assert.doesNotMatch(output, /\n\s+at /);
        nothingIsThere();
    });

    it("tells mistakes that only show when everything else is right: hosts and copies that do not exist", async () => {
        lab.house(
            cottage().replace("host: pve-1, vmId", "host: pve-9, vmId").replace("blockReplicas: 1", "blockReplicas: 3"),
        );
        const { code, output } = await lab.lab("up");
        assert.equal(code, 1);
        assert.match(output, /cluster\.servers\.machines\[0\]\.host: pve-9 .*\(.*\); .*pve-1/);
        assert.match(output, /storage\.blockReplicas: 3 /);
        nothingIsThere();
    });

    it("says where a file that is no YAML is wrong", async () => {
        lab.house(cottage().replace("homelab:network:", "homelab:network: {"));
        const { code, output } = await lab.lab("up");
        assert.equal(code, 1);
        assert.match(output, /house\.yaml: .* at line \d+, column \d+/);
        nothingIsThere();
    });

    it("lets doctor, status and down be used while the file is wrong", async () => {
        lab.house(cottage().replace("homelab:network:", "homelab:network: {"));
        const [doctor, status, down] = [await lab.lab("doctor"), await lab.lab("status"), await lab.lab("down")];
        assert.equal(doctor.code, 1);
        assert.match(doctor.output, /house\.yaml: .* at line \d+, column \d+[^]*correct the file, then `make up`/);
        assert.deepEqual([status.code, status.output], [0, "The lab is down. `make up` starts it.\n"]);
        assert.equal(down.code, 0, down.output);
    });

    it("tells all missing prerequisites at once", async () => {
        const { code, output } = await lab.withEnvironment({ PATH: "/nowhere", XDG_CACHE_HOME: "/nowhere" }).lab("up");
        assert.equal(code, 1);
        for (const name of ["npm", "Go", "Python"])
            assert.match(output, new RegExp(`^${name}: not found \\(.*is needed\\); `, "m"));
        nothingIsThere();
    });

    describe("while somebody else has its ports", () => {
        const servers: Server[] = [];
        const listen = (address: string, port: number) =>
            new Promise<void>((done, fail) => {
                const server = createServer().once("error", fail);
                server.listen(port, address, done);
                servers.push(server);
            });
        before(async () => {
            await listen("127.70.20.11", 8006);
            await listen("127.70.20.21", 6443);
        });
        after(() => Promise.all(servers.map((server) => new Promise((done) => server.close(done)))));

        it("names each port, who has it, for what it is wanted, and the way out, and starts nothing", async () => {
            const { code, output } = await lab.lab("up");
            assert.equal(code, 1);
            const who = `by process ${process.pid} \\(.+\\)`;
            const wayOut = "stop it, or use other addresses: LAB_SLOT=71";
            assert.match(
                output,
                new RegExp(`127\\.70\\.20\\.11:8006: is taken ${who} \\(.*Proxmox API of pve-1.*\\); ${wayOut}`),
            );
            assert.match(
                output,
                new RegExp(`127\\.70\\.20\\.21:6443: is taken ${who} \\(.*Kubernetes API.*\\); ${wayOut}`),
            );
            assert.deepEqual(lab.running(), []);
            const left = existsSync(lab.paths.run) ? readdirSync(lab.paths.run) : [];
            assert.deepEqual(left, []);
        });

        it("says the same when the doctor is asked", async () => {
            const { code, output } = await lab.lab("doctor");
            assert.equal(code, 1);
            assert.match(output, /127\.70\.20\.11:8006: is taken[^]*127\.70\.20\.21:6443: is taken[^]*2 found/);
        });
    });
});
