import assert from "node:assert/strict";
import { PATCHES_WITH_OTHER_TABLES as inConfiguration } from "../../../infra/config/jellyfin-release";
import { allowStart, PATCHES_WITH_OTHER_TABLES } from "../../../services/jellyfin-settings/release";

describe("a release of Jellyfin that is to start", () => {
    const allows = (ran: string | undefined, starts: string, from = "") =>
        assert.doesNotThrow(() => allowStart(ran, starts, from));
    const refuses = (ran: string, starts: string, from: string, why: RegExp) =>
        assert.throws(() => allowStart(ran, starts, from), why);

    it("may be the first, the same again, and any patch with the same tables", () => {
        allows(undefined, "10.11.11");
        allows("10.11.11\n", "10.11.11");
        allows("10.11.11", "10.11.12");
        allows("10.11.12", "10.11.11");
        allows("10.11.6", "10.11.8");
        allows("10.11.8", "10.11.6");
    });

    it("is held back as well where a patch changes the tables, and so is the way back", () => {
        refuses("10.11.5", "10.11.11", "", /write jellyfin\.upgradeFrom: 10\.11\.5 with jellyfin\.replicas: 1/);
        refuses("10.11.5", "10.11.6", "", /changes the tables for good/);
        refuses("10.11.8", "10.11.11", "10.11.5", /write jellyfin\.upgradeFrom: 10\.11\.8/);
        allows("10.11.5", "10.11.11", "10.11.5");
        allows("10.11.8", "10.11.11", "10.11.6");
        refuses("10.11.11", "10.11.5", "", /10\.11\.5 cannot use what it made of the tables/);
        refuses("10.11.11", "10.11.8", "10.11.11", /restore a backup from before that upgrade/);
    });

    it("is held back where it changes the tables and nobody said that it is meant", () => {
        refuses("10.11.11", "12.0.0", "", /write jellyfin\.upgradeFrom: 10\.11\.11 with jellyfin\.replicas: 1/);
        refuses("10.11.11", "12.0.0", "10.10.7", /changes the tables for good/);
        allows("10.11.11", "12.0.0", "10.11.11");
        allows("10.11.11", "12.0.0", "10.11.10");
    });

    it("is held back where it is older than the tables, whatever somebody said", () => {
        refuses("12.0.0", "10.11.11", "12.0.0", /10\.11\.11 cannot use what it made of the tables/);
    });

    it("changes the tables here where the configuration says so, before any pod starts", () => {
        assert.deepEqual(PATCHES_WITH_OTHER_TABLES, inConfiguration);
    });

    it("is told by three numbers", () => {
        refuses("10.11", "10.11.11", "", /"10\.11" is no release/);
        refuses("10.11.11", "", "", /"" is no release/);
    });
});
