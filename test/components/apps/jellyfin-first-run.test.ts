import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { eventually } from "../../support/eventually";
import { JellyfinPods, write } from "./jellyfin-pods";

describe("the first run of Jellyfin", function () {
    this.timeout(60_000);
    const pods = JellyfinPods.forEachTest();
    const shared = (...path: string[]) => pods().shared(...path);
    const own = (pod: string, ...path: string[]) => pods().own(pod, ...path);
    const seen = (pod: string, ...path: string[]) => pods().seen(pod, ...path);
    const start = (pod: string, env: NodeJS.ProcessEnv = {}) => pods().start(pod, env);
    const keep = (pod: string) => pods().keep(pod);
    const system = (pod: string) => pods().system(pod);
    const withPeople = (password: string) => pods().withPeople(password);
    const query = (text: string) => pods().query(text);

    it("shows the wizard as long as nobody can log in, whatever a file says", async () => {
        write(
            shared("kept", "system.xml"),
            "<ServerConfiguration><IsStartupWizardCompleted>true</IsStartupWizardCompleted></ServerConfiguration>",
        );
        await start("jellyfin-0");
        assert.match(system("jellyfin-0"), /<IsStartupWizardCompleted>false</);
        await withPeople("NULL");
        await start("jellyfin-0");
        assert.match(system("jellyfin-0"), /<IsStartupWizardCompleted>false</);
    });

    it("never shows it again as soon as somebody can, with the files lost too", async () => {
        await withPeople("'hashed'");
        await start("jellyfin-0");
        assert.match(system("jellyfin-0"), /<IsStartupWizardCompleted>true</);
    });

    it("takes somebody who has logged in without a password for somebody who can", async () => {
        await withPeople("NULL");
        await query(`INSERT INTO "Devices" VALUES ('token')`);
        await start("jellyfin-0");
        assert.match(system("jellyfin-0"), /<IsStartupWizardCompleted>true</);
    });

    it("does not start on an empty database where people could log in before, until somebody says that it is new", async () => {
        await withPeople("'hashed'");
        await start("jellyfin-0");
        assert.equal(existsSync(own("jellyfin-0", "set-up")), false);
        for (const empty of ['DELETE FROM "Users"', 'DROP TABLE "Users", "Devices"']) {
            await query(empty);
            const { code, output } = await start("jellyfin-0");
            assert.equal(code, 1);
            assert.match(
                output,
                /^refused: the database jellyfin has nobody in it.* restore the database, or remove kept/,
            );
        }
        assert.match((await start("jellyfin-1")).output, /^refused: /);
        rmSync(shared("kept", "set-up"));
        assert.equal((await start("jellyfin-0")).code, 0);
        assert.match(system("jellyfin-0"), /<IsStartupWizardCompleted>false</);
    });

    it("is another one where a later house finds what an earlier one has left on the NAS", async () => {
        await withPeople("'hashed'");
        await start("jellyfin-0");
        assert.doesNotMatch(readFileSync(shared("kept", "set-up"), "utf8"), /of this house/);
        await query('DELETE FROM "Users"');
        assert.equal((await start("jellyfin-0", { INSTALLATION: "of a later house" })).code, 0);
        assert.match(system("jellyfin-0"), /<IsStartupWizardCompleted>false</);
    });

    it("starts again on the database that was put back, with people who have neither password nor device", async () => {
        await withPeople("'hashed'");
        await start("jellyfin-0");
        await query('DELETE FROM "Users"');
        assert.equal((await start("jellyfin-0")).code, 1);
        await withPeople("NULL");
        assert.equal((await start("jellyfin-0")).code, 0);
        assert.match(system("jellyfin-0"), /<IsStartupWizardCompleted>true</);
    });

    it("notes that people can log in as soon as the wizard is over, and once only", async () => {
        await start("jellyfin-0");
        keep("jellyfin-0");
        await eventually("it has looked once", () => existsSync(seen("jellyfin-0", "last", "system.xml")));
        assert.equal(existsSync(shared("kept", "set-up")), false);
        write(own("jellyfin-0", "system.xml"), system("jellyfin-0").replace("Completed>false<", "Completed>true<"));
        await eventually("it is noted", () => existsSync(shared("kept", "set-up")));
        // Whoever means a new database removes it, while other pods may still run on the old one.
        rmSync(shared("kept", "set-up"));
        write(own("jellyfin-0", "branding.xml"), "<BrandingOptions></BrandingOptions>\n");
        await eventually("it has looked again", () => existsSync(shared("kept", "branding.xml")));
        assert.equal(existsSync(shared("kept", "set-up")), false);
        assert.match((await start("jellyfin-1")).output, /are as the house wants them/);
    });

    it("does not start while the database refuses, instead of taking it for empty", async () => {
        const { code, output } = await start("jellyfin-0", { PGPASSWORD: "wrong" });
        assert.notEqual(code, 0);
        assert.match(output, /password authentication failed/);
    });
});
