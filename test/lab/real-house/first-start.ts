import { strict as assert } from "node:assert";
import type { KubeClient } from "../../../lab/kube/client";
import type { TestHouse } from "../../support/house";
import { timesOf } from "../house/cluster-view";

interface Stage {
    readonly house: TestHouse;
    readonly kube: () => KubeClient;
}

/** What Jellyfin's pods did at the first `up`, before anything else happened to them. */
export function describeFirstStart({ house, kube }: Stage): void {
    describe("at its first start, to which nobody did anything,", () => {
        /** What a pod did to the schema of the database, and when. */
        const migration = async (pod: string) => {
            const { code, output } = await house.shell(
                `kubectl --namespace jellyfin logs ${pod} --container jellyfin --timestamps`,
            );
            assert.equal(code, 0, output);
            const [, moment, said] = /^(\S+Z) .*Migrations: (.*)$/m.exec(output) ?? assert.fail(output);
            return { at: Date.parse(moment ?? ""), said };
        };

        it("has its schema made by one pod, before there is a second, which finds it", async () => {
            const [zero, one] = [await migration("jellyfin-0"), await migration("jellyfin-1")];
            assert.match(zero.said ?? "", /^applied /);
            assert.equal(one.said, "nothing to apply");
            const { created } = await timesOf(kube(), "jellyfin-1");
            assert.ok(zero.at < created, `${(created - zero.at) / 1000} s before`);
        });
    });
}
