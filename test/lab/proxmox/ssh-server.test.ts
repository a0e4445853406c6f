import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client, type ConnectConfig, type SFTPWrapper } from "ssh2";
import { field, items, startRig, type Rig } from "./rig";

/** The command with which the provider uploads a snippet. */
function upload(path: string): string {
    const script = `export TRY_SUDO_USE_SUDO=0; _try_sudo_check(){ true; }; try_sudo(){ "$@"; }; try_sudo /usr/bin/tee ${path}`;
    return `/bin/bash -c '${script.replaceAll("'", `'"'"'`)}'`;
}

describe("SSH to an emulated host", () => {
    let rig: Rig;
    let shell: Client;
    before(async () => {
        rig = await startRig();
        shell = await connect({ password: rig.proxmox.credentials.rootPassword });
    });
    after(async () => {
        shell.end();
        await rig.close();
    });

    async function connect(more: ConnectConfig): Promise<Client> {
        const client = new Client();
        client.connect({ host: "127.0.0.1", port: rig.proxmox.hosts()[0]?.sshPort ?? 0, username: "root", ...more });
        await once(client, "ready");
        return client;
    }

    function run(command: string, input = ""): Promise<{ code: number; output: string; errors: string }> {
        return new Promise((resolve, reject) => {
            shell.exec(command, (error, channel) => {
                if (error) return reject(error);
                let [code, output, errors] = [-1, "", ""];
                channel.on("exit", (exit: number) => (code = exit));
                channel.on("data", (chunk: Buffer) => (output += chunk.toString()));
                channel.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
                channel.on("close", () => resolve({ code, output, errors }));
                channel.end(input);
            });
        });
    }

    it("lets root in by the generated password or key, and nobody else", async () => {
        (await connect({ privateKey: rig.proxmox.credentials.sshPrivateKey })).end();
        await assert.rejects(connect({ password: "root" }), /authentication methods failed/);
        await assert.rejects(
            connect({ username: "pulumi", password: rig.proxmox.credentials.rootPassword }),
            /authentication/,
        );
    });

    it("puts an uploaded snippet where the API and a booting machine find it, whatever is in it", async () => {
        const text = '#cloud-config\nwrite_files: [{ content: "it\'s 100% — ünïcode" }]\n';
        const { code, output } = await run(upload("/var/lib/vz/snippets/a.user.yaml"), text);
        assert.deepEqual([code, output], [0, text]);
        const listed = items(
            (await rig.call("GET", "/nodes/pve-1/storage/local/content", { content: "snippets" })).data,
        );
        assert.deepEqual(
            listed.map((entry) => [field(entry, "volid"), field(entry, "size")]),
            [["local:snippets/a.user.yaml", Buffer.byteLength(text)]],
        );
        await rig.task("POST", "/nodes/pve-1/qemu", { vmid: "201", cicustom: "user=local:snippets/a.user.yaml" });
        await rig.task("POST", "/nodes/pve-1/qemu/201/status/start");
        assert.equal(rig.bodies.machines.at(-1)?.spec.userData, text);
    });

    it("answers the provider's question for sudo as root's shell would", async () => {
        const probe = `if [ "$(id -u)" = "0" ]; then echo "0"; elif [ $(sudo -n /usr/sbin/pvesm apiinfo | wc -l) -gt 0 ]; then echo "1"; fi`;
        assert.deepEqual(await run(`/bin/bash -c '${probe}'`), { code: 0, output: "0\n", errors: "" });
        assert.equal((await run("pvesm path local:snippets/a.user.yaml")).output, "/var/lib/vz/snippets/a.user.yaml\n");
    });

    it("reaches nothing outside the host's datastores and starts no program", async () => {
        const secret = join(rig.folder, "secret");
        writeFileSync(secret, "secret");
        for (const path of [secret, "/etc/passwd", `/var/lib/vz/../../../..${secret}`]) {
            assert.equal((await run(`cat ${path}`)).code, 1, path);
            assert.equal((await run(upload(path), "changed")).code, 1, path);
        }
        assert.equal(readFileSync(secret, "utf8"), "secret");
        const { code, errors } = await run(`touch ${secret}.made`);
        assert.equal(code, 127);
        assert.match(errors, /touch: command not found/);
    });

    it("serves the same files over SFTP", async () => {
        const sftp = await new Promise<SFTPWrapper>((resolve, reject) =>
            shell.sftp((error, wrapper) => (error ? reject(error) : resolve(wrapper))),
        );
        const path = "/var/lib/vz/snippets/b.yaml";
        await new Promise<void>((resolve, reject) =>
            sftp.writeFile(path, "b: 1\n", (error) => (error ? reject(error) : resolve())),
        );
        const text = await new Promise<Buffer>((resolve, reject) =>
            sftp.readFile(path, (error, data) => (error ? reject(error) : resolve(data))),
        );
        assert.equal(text.toString(), "b: 1\n");
        await assert.rejects(
            new Promise((resolve, reject) =>
                sftp.stat("/etc/passwd", (error, stats) => (error ? reject(error) : resolve(stats))),
            ),
            /No such file/,
        );
    });
});
