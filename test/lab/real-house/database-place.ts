import assert from "node:assert/strict";
import { podsOf } from "../house/cluster-view";
import type { Surroundings } from "./failover";

const DATABASE = "jellyfin-postgres-0";

/** Moves the database to another machine where it is on this one. Films and people who are logged in wait for it, wherever. */
export async function keepDatabaseOff(node: string, { house, kube, whole }: Surroundings): Promise<void> {
    if ((await podsOf(kube(), "jellyfin-postgres")).get(DATABASE)?.node !== node) return;
    const moved = await house.shell(`kubectl cordon ${node}; kubectl --namespace jellyfin delete pod ${DATABASE}`);
    assert.equal(moved.code, 0, moved.output);
    await whole();
    assert.notEqual((await podsOf(kube(), "jellyfin-postgres")).get(DATABASE)?.node, node);
    const { code, output } = await house.shell(`kubectl uncordon ${node}`);
    assert.equal(code, 0, output);
}
