import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { NODE_SHUTDOWN_SECONDS } from "../../../infra/k3s/kubelet";
import { MACHINE_SHUTDOWN_SECONDS, secondsOnBattery, upsFiles, type PowerStage, type Ups } from "../../../infra/ups";

const ups: Ups = {
    server: "192.168.30.10",
    port: 3493,
    name: "ups",
    user: "homelab",
    password: "plain-Word_1",
    batteryMinutes: 5,
};
const stages: readonly PowerStage[] = ["agent", "server", "host"];

function fileOf(stage: PowerStage, end: string) {
    const file = upsFiles(stage, ups).find(({ path }) => path.endsWith(end));
    return file ?? assert.fail(`${end} is not written`);
}

describe("a power failure", () => {
    it("leaves a machine the time that its kubelet takes to end its pods, and half a minute for what is left", () => {
        // logind waits ten seconds longer than kubelet asks for.
        assert.ok(MACHINE_SHUTDOWN_SECONDS >= NODE_SHUTDOWN_SECONDS + 10 + 30);
    });

    it("takes the agents first, then the servers, then the hosts, with three minutes for each to go", () => {
        assert.deepEqual(
            stages.map((stage) => secondsOnBattery(stage, 5)),
            [300, 480, 660],
        );
    });

    for (const stage of stages) {
        describe(`as the NUT client of ${stage === "agent" ? "an" : "a"} ${stage} hears of it`, () => {
            it("is watched by a secondary", () => {
                const [line] = fileOf(stage, "upsmon.conf").content.split("\n");
                assert.equal(line, 'MONITOR ups@192.168.30.10:3493 1 homelab "plain-Word_1" secondary');
            });

            it("shows the password to root and to the client only", () => {
                const { permissions, group } = fileOf(stage, "upsmon.conf");
                assert.deepEqual([permissions, group], ["0640", "nut"]);
                const others = upsFiles(stage, ups).filter(({ path }) => !path.endsWith("upsmon.conf"));
                assert.ok(others.every(({ content }) => !content.includes(ups.password)));
            });

            it("starts a timer, and takes it back when the power returns", () => {
                const { content } = fileOf(stage, "upssched.conf");
                assert.match(
                    content,
                    new RegExp(`^AT ONBATT \\* START-TIMER power-off ${secondsOnBattery(stage, 5)}$`, "m"),
                );
                assert.match(content, /^AT ONLINE \* CANCEL-TIMER power-off$/m);
            });

            it("runs a script that a shell can read", () => {
                const { status, stderr } = spawnSync("sh", ["-n"], {
                    input: fileOf(stage, "homelab-power").content,
                    encoding: "utf8",
                });
                assert.deepEqual([status, stderr], [0, ""]);
            });
        });
    }

    it("that ends after machines have gone has the host bring them back, and only then", () => {
        const { content } = fileOf("host", "upssched.conf");
        assert.match(content, /^AT ONBATT \* START-TIMER machines-off 300$/m);
        assert.match(content, /^AT ONLINE \* CANCEL-TIMER machines-off power-back$/m);
        assert.match(fileOf("host", "homelab-power").content, /^power-back\) : >\/run\/nut\/homelab-power-back ;;$/m);
        assert.match(fileOf("host", "homelab-power-back.path").content, /^PathExists=\/run\/nut\/homelab-power-back$/m);
        assert.match(fileOf("host", "homelab-power-back.service").content, /startall$/m);
        for (const stage of ["agent", "server"] as const) {
            assert.ok(!JSON.stringify(upsFiles(stage, ups)).includes("power-back"));
        }
    });
});
