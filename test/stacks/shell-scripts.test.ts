import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { onPath } from "../../lab/toolchain/locate";
import { changed, machineHouse, readHouse } from "../infra/config/houses";
import type { Graph } from "../support/graph";
import { captureHouse, captureStack } from "../support/stack-graph";

const CHECKOUT = join(__dirname, "..", "..");
const SHELLS: readonly unknown[] = ["sh", "/bin/sh", "bash", "/bin/bash"];

/** With an image of its own and a database that moves to somebody else's server: jobs that other houses do not have. */
function changedHouse(): Promise<Graph> {
    const external = { existingSecret: "pg", network: "192.168.30.0/24" };
    const image = { repository: "k3s-homelab/jellyfin-ha", tag: "sha-abc1234", release: "10.11.11" };
    const database = { mode: "external", moveFrom: "single", external, exporter: true };
    const raw = changed(readHouse("Pulumi.prod.yaml"), [
        { set: "jellyfin.image", to: image },
        { set: "database", to: database },
    ]);
    return captureHouse("prod", machineHouse(raw));
}

const houses: Readonly<Record<string, () => Promise<Graph>>> = {
    "everything on": () => captureStack("everything-on"),
    "an image and a database of its own": changedHouse,
};

/** What a shell is given as a text in containers, probes and hooks: `["/bin/sh", "-c", text]`. */
function scriptsIn(value: unknown): string[] {
    if (!Array.isArray(value)) {
        return typeof value === "object" && value !== null ? Object.values(value).flatMap(scriptsIn) : [];
    }
    const [shell, option, text] = value as unknown[];
    return SHELLS.includes(shell) && option === "-c" && typeof text === "string" ? [text] : value.flatMap(scriptsIn);
}

/** The scripts that components export: texts by file and name. */
async function exported(): Promise<ReadonlyMap<string, string>> {
    const texts = new Map<string, string>();
    for (const file of globSync("components/**/*.ts", { cwd: CHECKOUT })) {
        if (!/^export const [A-Z_]+ = .*`set -/m.test(readFileSync(join(CHECKOUT, file), "utf8"))) continue;
        const values = (await import(join(CHECKOUT, file))) as Readonly<Record<string, unknown>>;
        for (const [name, value] of Object.entries(values)) {
            if (typeof value === "string" && value.startsWith("set -")) texts.set(`${file}: ${name}`, value);
        }
    }
    return texts;
}

describe("shell scripts in containers", function () {
    this.timeout(60_000);
    const seen = new Set<string>();
    const checked = onPath("shellcheck", process.env["PATH"] ?? "") === undefined ? it.skip : it;

    for (const [name, capture] of Object.entries(houses)) {
        checked(`have nothing that shellcheck complains of in a house with ${name}`, async () => {
            const scripts = new Set((await capture()).resources.flatMap(({ props }) => scriptsIn(props)));
            for (const script of [...scripts].filter((text) => !seen.has(text))) {
                seen.add(script);
                // Variables come from the pod, and some by `eval`.
                const args = ["--shell=sh", "--exclude=SC2154", "-"];
                assert.equal(spawnSync("shellcheck", args, { input: script, encoding: "utf8" }).stdout, "", script);
            }
        });
    }

    checked("are all of those that components export", async () => {
        const scripts = await exported();
        assert.ok(scripts.size > 10);
        const unseen = [...scripts].filter(([, script]) => ![...seen].some((text) => text.includes(script)));
        assert.deepEqual(
            unseen.map(([name]) => name),
            [],
        );
    });
});
