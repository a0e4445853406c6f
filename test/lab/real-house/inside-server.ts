import assert from "node:assert/strict";
import type { TestHouse } from "../../support/house";

/** Asks a server of the cluster itself, in its pod. @returns what `psql` prints, without headings */
export async function inside(house: TestHouse, pod: string, query: string): Promise<string> {
    const { code, stdout, output } = await house.shell(
        `kubectl --namespace jellyfin exec ${pod} --container postgres -- psql --no-psqlrc --tuples-only --no-align jellyfin --command='${query}'`,
    );
    assert.equal(code, 0, output);
    return stdout.trim();
}
