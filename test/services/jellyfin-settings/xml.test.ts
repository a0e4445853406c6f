import assert from "node:assert/strict";
import { isWhole, withSettings } from "../../../services/jellyfin-settings/xml";

const ROOT = "ServerConfiguration";
const HEADER = '<?xml version="1.0" encoding="utf-8"?>\n';
const FILE = `${HEADER}<ServerConfiguration xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <!-- <EnableMetrics> is below -->
  <EnableMetrics>false</EnableMetrics>
  <PluginRepositories>
    <RepositoryInfo><Name>Jellyfin > Stable</Name><EnableMetrics>nested</EnableMetrics></RepositoryInfo>
  </PluginRepositories>
  <CachePath />
</ServerConfiguration>
`;

describe("a file of Jellyfin's with settings written into it", () => {
    it("has them, and everything else character by character", () => {
        const text = withSettings(FILE, ROOT, { EnableMetrics: true, CachePath: "", ServerName: "Anna & <friends>" });
        assert.equal(
            text,
            `${HEADER}<ServerConfiguration>
  <PluginRepositories>
    <RepositoryInfo><Name>Jellyfin > Stable</Name><EnableMetrics>nested</EnableMetrics></RepositoryInfo>
  </PluginRepositories>
  <EnableMetrics>true</EnableMetrics>
  <CachePath></CachePath>
  <ServerName>Anna &amp; &lt;friends&gt;</ServerName>
</ServerConfiguration>
`,
        );
        assert.ok(isWhole(text, ROOT));
    });

    it("does not change when it is written again", () => {
        const wanted = {
            EnableMetrics: true,
            KnownProxies: ["10.42.0.0/16", "a&b"],
            LocalNetworkSubnets: [],
            Port: 8096,
        };
        const once = withSettings(FILE, ROOT, wanted);
        assert.equal(withSettings(once, ROOT, wanted), once);
        assert.match(once, /<KnownProxies><string>10\.42\.0\.0\/16<\/string><string>a&amp;b<\/string><\/KnownProxies>/);
        assert.match(once, /<LocalNetworkSubnets \/>/);
    });

    it("begins anew where the file is cut off, of another kind, or not there", () => {
        const fresh = withSettings(undefined, ROOT, { EnableMetrics: true });
        for (let length = 0; length < FILE.trimEnd().length; length += 7) {
            const cut = FILE.slice(0, length);
            assert.equal(isWhole(cut, ROOT), false, cut);
            assert.equal(withSettings(cut, ROOT, { EnableMetrics: true }), fresh);
        }
        assert.equal(isWhole("<NetworkConfiguration />", ROOT), false);
        assert.equal(isWhole(`${FILE}<more/>`, ROOT), false);
    });
});
