import assert from "node:assert/strict";
import { allowStart } from "../../../services/jellyfin-settings/release";

describe("a release of Jellyfin that is to start", () => {
    const allows = (ran: string | undefined, starts: string, from = "") =>
        assert.doesNotThrow(() => allowStart(ran, starts, from));
    const refuses = (ran: string, starts: string, from: string, why: RegExp) =>
        assert.throws(() => allowStart(ran, starts, from), why);

    it("may be the first, the same again, and any patch of its line", () => {
        allows(undefined, "10.11.11");
        allows("10.11.11\n", "10.11.11");
        allows("10.11.11", "10.11.12");
        allows("10.11.12", "10.11.11");
    });

    it("is held back where it changes the tables and nobody said that it is meant", () => {
        refuses("10.11.11", "12.0.0", "", /write jellyfin\.upgradeFrom: 10\.11\.11 with jellyfin\.replicas: 1/);
        refuses("10.11.11", "12.0.0", "10.10.7", /changes the tables for good/);
        allows("10.11.11", "12.0.0", "10.11.11");
        allows("10.11.11", "12.0.0", "10.11.9");
    });

    it("is held back where it is older than the tables, whatever somebody said", () => {
        refuses("12.0.0", "10.11.11", "12.0.0", /10\.11\.11 cannot read what it made of the tables/);
    });

    it("is told by three numbers", () => {
        refuses("10.11", "10.11.11", "", /"10\.11" is no release/);
        refuses("10.11.11", "", "", /"" is no release/);
    });
});
