import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { bootstrapScript } from "../../../infra/proxmox/host-prep";
import { programGrants } from "../../../infra/proxmox";
import { onPath } from "../../../lab/toolchain/locate";
import { aHost } from "../../support/planned";
import { field, record, startRig, type Form, type Rig } from "./rig";
import { removeFolder } from "../../support/scratch-folder";

const grants = programGrants({ hosts: [aHost()], bridge: "vmbr0", vlan: 20, ha: false });
const script = bootstrapScript(grants);

/** The commands of `pveum` as requests, from the option names that both have in common. */
const requests: Readonly<Record<string, readonly [method: string, path: (words: readonly string[]) => string]>> = {
    "role add": ["POST", () => "/access/roles"],
    "role modify": ["PUT", ([role]) => `/access/roles/${role}`],
    "user list": ["GET", () => "/access/users"],
    "user add": ["POST", () => "/access/users"],
    "acl modify": ["PUT", () => "/access/acl"],
    "user token list": ["GET", ([user]) => `/access/users/${user}/token`],
    "user token add": ["POST", ([user, token]) => `/access/users/${user}/token/${token}`],
};
const positional: Readonly<Record<string, string>> = {
    "role add": "roleid",
    "user add": "userid",
    "acl modify": "path",
};

describe("the bootstrap of a cluster", () => {
    let rig: Rig;
    let folder: string;
    before(async () => {
        rig = await startRig();
        folder = mkdtempSync(join(tmpdir(), "bootstrap-"));
        // Somebody else's cluster: the user is not there, and a role of that name can do other things.
        await send("DELETE", "/access/users/pulumi@pve", {});
        await send("PUT", "/access/roles/HomelabMachines", { privs: "VM.Audit,VM.Console" });
    });
    after(async () => {
        await rig.close();
        removeFolder(folder);
    });

    /** What `pveum` would do with a command line. @throws Error in Proxmox' words */
    async function pveum(line: readonly string[]): Promise<unknown> {
        const name = Object.keys(requests).find((words) => `${line.join(" ")} `.startsWith(`${words} `));
        const request = name === undefined ? undefined : requests[name];
        if (name === undefined || request === undefined) throw new Error(`unknown command: ${line.join(" ")}`);
        const rest = line.slice(name.split(" ").length);
        const first = rest.findIndex((word) => word.startsWith("--"));
        const words = rest.slice(0, first === -1 ? rest.length : first);
        const options = rest.slice(words.length);
        const form: Record<string, string> = {};
        for (let index = 0; index < options.length; index += 2) {
            const option = options[index]?.slice(2) ?? "";
            if (option !== "output-format") form[option] = options[index + 1] ?? "";
        }
        const key = positional[name];
        if (key !== undefined) form[key] = words[0] ?? "";
        const { status, reason, data } = await send(request[0], request[1](words), form);
        if (status !== 200) throw new Error(reason);
        return data;
    }

    async function send(method: string, path: string, form: Form) {
        return rig.call(method, path, form, await rig.ticket());
    }

    /** Runs the script with a `pveum` that notes its command lines, has all roles, and answers with these users and tokens. */
    async function commandsOf(users: unknown, tokens: unknown): Promise<string[][]> {
        const log = join(folder, "log");
        writeFileSync(log, "");
        const stub = `#!/bin/bash
printf '%s\\0' "$@" >>"${log}"; printf '\\n' >>"${log}"
case "$1 $2 $3" in
"role add"*) exit 255 ;;
"user list"*) echo '${JSON.stringify(users)}' ;;
"user token list") echo '${JSON.stringify(tokens)}' ;;
esac
`;
        writeFileSync(join(folder, "pveum"), stub, { mode: 0o755 });
        writeFileSync(join(folder, "script"), script);
        const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}` };
        await promisify(execFile)("bash", [join(folder, "script")], { env });
        const { stdout } = await promisify(execFile)("cat", [log]);
        return stdout
            .split("\n")
            .filter(Boolean)
            .map((line) => line.split("\0").filter((word) => word !== ""));
    }

    it("makes a user, its roles and a token that holds exactly what the program needs, where it needs it", async () => {
        let secret = "";
        for (const line of await commandsOf([], [])) {
            if (line[1] === "add" && line[0] === "role") continue;
            const data = await pveum(line);
            if (line.slice(0, 3).join(" ") === "user token add") secret = String(field(data, "value"));
        }
        const token = { authorization: `PVEAPIToken=pulumi@pve!homelab=${secret}` };
        for (const { path } of grants) {
            const { data } = await rig.call("GET", "/access/permissions", { path }, token);
            const wanted = grants.filter((grant) => grant.path === path);
            assert.deepEqual(
                Object.keys(record(field(data, path))).sort(),
                [...new Set(wanted.flatMap(({ privileges }) => Object.keys(privileges)))].sort(),
                path,
            );
        }
    });

    it("reaches no user, no role and no host by what it holds at the root", async () => {
        const { data } = await send("GET", "/access/permissions", { userid: "pulumi@pve", path: "/nodes/pve-1" });
        assert.deepEqual(Object.keys(record(field(data, "/nodes/pve-1"))), ["Sys.AccessNetwork"]);
        const access = await send("GET", "/access/permissions", { userid: "pulumi@pve", path: "/access" });
        assert.deepEqual(record(access.data), {});
    });

    it("keeps the token that is there, and gives the roles exactly their privileges again", async () => {
        const lines = await commandsOf([{ userid: "pulumi@pve" }], [{ tokenid: "homelab" }]);
        const names = lines.map((line) => line.join(" "));
        assert.ok(!names.some((name) => name.startsWith("user add") || name.startsWith("user token add")));
        const roles = new Map(grants.map(({ role, privileges }) => [role, Object.keys(privileges).join(" ")]));
        assert.deepEqual(
            lines
                .filter(([, verb]) => verb === "modify")
                .flatMap((line) => (line[0] === "role" ? [[line[2], line[4]]] : [])),
            [...roles],
        );
    });

    const checked = onPath("shellcheck", process.env["PATH"] ?? "") === undefined ? it.skip : it;
    checked("is a script that shellcheck finds nothing to say about", async () => {
        await promisify(execFile)("shellcheck", ["--severity=style", join(folder, "script")]);
    });
});
