import assert from "node:assert/strict";
import { parse } from "yaml";
import { z } from "zod";
import { machineCloudConfig } from "../../../infra/k3s";
import { upsClient } from "../../../infra/k3s/ups";
import type { Machine } from "../../../infra/inventory";
import { unknownPackages } from "../../../lab/cluster/boot/packages";
import { aCluster, agent, clusterSecrets, servers } from "../../support/planned";

const ups = {
    server: "192.168.30.10",
    port: 3493,
    name: "ups",
    user: "homelab",
    password: "passwordOfUps",
    batteryMinutes: 5,
};
const shape = z.object({
    packages: z.array(z.string()),
    write_files: z.array(z.object({ path: z.string(), content: z.string(), permissions: z.string() })),
    runcmd: z.array(z.string()),
});

function cloudConfigOf(machine: Machine, withUps: boolean) {
    const secrets = { ...clusterSecrets, ups: withUps ? ups : undefined };
    return shape.parse(parse(machineCloudConfig(aCluster(), "https://192.168.20.21:6443", machine, secrets)));
}

describe("the UPS in a machine's user-data", () => {
    for (const [machine, seconds] of [
        [agent, 300],
        [servers[0], 480],
    ] as const) {
        it(`has ${machine.name} go down after ${seconds} s on battery`, () => {
            const { packages, write_files, runcmd } = cloudConfigOf(machine, true);
            assert.deepEqual(unknownPackages(packages.filter((name) => name === "nut-client")), []);
            assert.ok(packages.includes("nut-client"));
            const timers = write_files.find(({ path }) => path === "/etc/nut/upssched.conf");
            assert.match(timers?.content ?? "", new RegExp(`START-TIMER power-off ${seconds}$`, "m"));
            assert.ok(runcmd.includes("systemctl restart nut-monitor.service"));
        });
    }

    it("keeps the password from everybody but root and the client", () => {
        const { write_files } = cloudConfigOf(agent, true);
        const holders = write_files.filter(({ content }) => content.includes(ups.password));
        assert.deepEqual(
            holders.map(({ path, permissions }) => [path, permissions]),
            [["/etc/nut/upsmon.conf", "0640"]],
        );
    });

    it("is nothing at all in a house without", () => {
        assert.deepEqual(upsClient("agent", undefined), { packages: [], files: [], commands: [] });
        assert.ok(!JSON.stringify(cloudConfigOf(agent, false)).includes("nut"));
    });
});
