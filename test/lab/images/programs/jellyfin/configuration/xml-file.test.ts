import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { XmlFile } from "../../../../../../lab/images/programs/jellyfin/configuration/xml-file";
import { removeFolder } from "../../../../../support/scratch-folder";

describe("an XML file of the Jellyfin stand-in", () => {
    let folder: string;
    let path: string;
    const open = () => new XmlFile(path, "ServerConfiguration", { ServerName: "", EnableMetrics: "false" });

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "xml-"));
        path = join(folder, "system.xml");
    });
    afterEach(() => removeFolder(folder));

    it("is written with its defaults where it is missing, and read again", () => {
        open().set("ServerName", "Anna & <friends>");
        assert.equal(open().get("ServerName"), "Anna & <friends>");
        assert.equal(open().get("EnableMetrics"), "false");
    });

    it("keeps what the stand-in does not know, lists included", () => {
        const list = "<PluginRepositories><string>a</string></PluginRepositories>";
        writeFileSync(path, `<ServerConfiguration>${list}<EnableMetrics /></ServerConfiguration>`);
        const file = open();
        file.set("EnableMetrics", "true");
        file.set("ServerName", "$& house");
        assert.equal(open().get("EnableMetrics"), "true");
        assert.equal(open().get("ServerName"), "$& house");
        assert.ok(readFileSync(path, "utf8").includes(list));
    });

    it("is lost when it is read half written, as the real server loses it", () => {
        writeFileSync(path, "<ServerConfiguration><ServerName>house</ServerN");
        assert.equal(open().get("ServerName"), "");
        assert.match(readFileSync(path, "utf8"), /<EnableMetrics>false</);
    });

    it("overwrites what another replica wrote since this one read it", () => {
        const [mine, other] = [open(), open()];
        other.set("ServerName", "theirs");
        assert.equal(mine.get("ServerName"), "");
        mine.set("EnableMetrics", "true");
        assert.equal(open().get("ServerName"), "");
    });
});
