import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";

import { machineCloudConfig } from "../../../infra/k3s";
import { onPath } from "../../../lab/toolchain/locate";
import { aCluster, agent, agentWithGpuOf, clusterSecrets } from "../../support/planned";
import { removeFolder } from "../../support/scratch-folder";
import { publicKeys } from "../../support/ssh-keys";
import { stackConfig, stackNames } from "../../support/stack-graph";
import { userDataOf } from "../../support/user-data";
import { machineHouse } from "../config/houses";
import { anyHouse } from "../houses-at-random";

interface Document {
    readonly write_files: readonly { readonly path: string; readonly content: string }[];
    readonly ssh_authorized_keys?: readonly string[];
    readonly bootcmd?: readonly string[];
    readonly runcmd: readonly string[];
}

/** Runs a program over a text in a file. @returns what it complains about; empty where it does not */
function complaints(program: string, args: readonly string[], text: string): string {
    const folder = mkdtempSync(join(tmpdir(), "read-by-others-"));
    try {
        const file = join(folder, "text");
        writeFileSync(file, text);
        const { status, stdout, stderr } = spawnSync(program, [...args, file], { encoding: "utf8" });
        return status === 0 ? "" : `${stdout}${stderr}` || `status ${String(status)}`;
    } finally {
        removeFolder(folder);
    }
}

/** What cloud-init runs, and every script that it writes. */
function shellPieces(text: string): string[] {
    const { bootcmd = [], runcmd, write_files: files } = parse(text) as Document;
    const scripts = files.filter(({ content }) => /^#!.*\b(ba|da)?sh\b/.test(content)).map(({ content }) => content);
    return [...[bootcmd, runcmd].map((lines) => `#!/bin/sh\n${lines.join("\n")}\n`), ...scripts];
}

function refusedByCloudInit(text: string): string {
    return complaints("cloud-init", ["schema", "--config-file"], text);
}

function refusedByShellcheck(text: string): string {
    return shellPieces(text)
        .map((piece) => complaints("shellcheck", ["--severity=style"], piece))
        .join("");
}

/** Machines that are told the same but for names and addresses are asked for once. */
function onePerKind(config: Parameters<typeof userDataOf>[0]) {
    const kinds = new Map(
        userDataOf(config).map(({ machine, text }, index) => [
            `${index === 0 ? "first " : ""}${machine.role}${machine.gpu ? " with a GPU" : ""}`,
            text,
        ]),
    );
    return [...kinds];
}

for (const [program, refused, broken] of [
    ["cloud-init", refusedByCloudInit, "#cloud-config\nwrite_files: [{content: a}]\n"],
    ["shellcheck", refusedByShellcheck, "#cloud-config\nwrite_files: []\nruncmd: ['for a in $b; do rm $a; done']\n"],
] as const) {
    const suite = onPath(program, process.env["PATH"] ?? "") === undefined ? describe.skip : describe;
    suite(`${program}, which reads the user-data on the machine,`, function () {
        this.timeout(120_000);

        for (const stack of stackNames)
            for (const { machine, text } of userDataOf(stackConfig(stack)))
                it(`takes that of ${machine.name} of ${stack}`, () => assert.equal(refused(text), ""));

        for (const vendor of ["intel", "amd", "nvidia"] as const)
            it(`takes that of a machine with a GPU of ${vendor}`, () => {
                const machine = agentWithGpuOf(vendor);
                assert.equal(refused(machineCloudConfig(aCluster(), "https://a:6443", machine, clusterSecrets)), "");
            });

        it("takes that of a machine that lets the holders of keys in, and that of one with an empty list", () => {
            for (const sshAuthorizedKeys of [publicKeys, []]) {
                const args = aCluster({ sshAuthorizedKeys });
                assert.equal(refused(machineCloudConfig(args, "https://a:6443", agent, clusterSecrets)), "");
            }
        });

        it("takes those of every kind of machine in houses at random", () => {
            fc.assert(
                fc.property(anyHouse, (raw) => {
                    for (const [kind, text] of onePerKind(machineHouse(raw))) assert.equal(refused(text), "", kind);
                }),
                { numRuns: 5 },
            );
        });

        it("would say so if there was a mistake in it", () => assert.notEqual(refused(broken), ""));
    });
}

(onPath("ssh-keygen", process.env["PATH"] ?? "") === undefined ? describe.skip : describe)(
    "ssh-keygen, which reads authorized_keys as sshd does,",
    () => {
        const refused = (text: string) => complaints("ssh-keygen", ["-l", "-f"], text);

        const args = aCluster({ sshAuthorizedKeys: publicKeys });
        const text = machineCloudConfig(args, "https://a:6443", agent, clusterSecrets);
        const { ssh_authorized_keys: lines = [] } = parse(text) as Document;

        for (const line of lines)
            it(`takes the key that the user-data has: ${line.split(" ")[0] ?? ""}`, () => {
                assert.equal(refused(`${line}\n`), "");
            });

        it("finds as many as the house has", () => assert.equal(lines.length, publicKeys.length));

        it("would say so if a key was cut", () => assert.notEqual(refused(`${publicKeys[0].slice(0, 60)}\n`), ""));
    },
);
