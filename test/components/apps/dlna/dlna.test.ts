import assert from "node:assert/strict";
import { profileXml } from "../../../../components/apps/dlna";
import { at, only, type Graph } from "../../../support/graph";
import { captureStack } from "../../../support/stack-graph";

const POD = ["spec", "template", "spec"] as const;

describe("DLNA", () => {
    let graph: Graph;
    before(async () => {
        graph = await captureStack("everything-on");
    });

    it("is one pod on its node's network, without a right and without the server", () => {
        const relay = only(graph, "kubernetes:apps/v1:Deployment", "dlna-relay-deployment");
        assert.deepEqual([at(relay, "spec", "replicas"), at(relay, ...POD, "hostNetwork")], [1, true]);
        assert.equal(at(relay, ...POD, "securityContext", "runAsNonRoot"), true);
        assert.match(
            String(at(relay, "metadata", "annotations", "policy.homelab/allow-no-host-network")),
            /multicast, which reaches no pod network/,
        );
        const server = only(graph, "kubernetes:apps/v1:StatefulSet", "jellyfin-web-statefulset");
        assert.equal(at(server, ...POD, "hostNetwork"), undefined);
    });

    it("leads televisions to Jellyfin's plain http", () => {
        const relay = only(graph, "kubernetes:apps/v1:Deployment", "dlna-relay-deployment");
        const env = at(relay, ...POD, "containers", 0, "env") as { name: string; value?: string }[];
        assert.match(env.find(({ name }) => name === "JELLYFIN_URL")?.value ?? "", /^http:\/\/jellyfin\./);
    });

    it("gives Jellyfin the profiles where its plugin looks for a person's own", () => {
        const server = only(graph, "kubernetes:apps/v1:StatefulSet", "jellyfin-web-statefulset");
        const mounts = at(server, ...POD, "containers", 0, "volumeMounts") as { name: string; mountPath: string }[];
        const mount = mounts.find(({ name }) => name === "dlna-profiles");
        assert.equal(mount?.mountPath, "/config/plugins/configurations/dlna/user");
        const profiles = only(graph, "kubernetes:core/v1:ConfigMap", "dlna-profiles");
        assert.deepEqual(Object.keys(at(profiles, "data") as object), ["house-box.xml"]);
    });

    it("plays no Matroska and no HEVC to a device of a profile, and says how it is known", () => {
        const xml = profileXml({ name: "box", userAgent: 'Orange "TV" <4>' });
        const direct = [...xml.matchAll(/<DirectPlayProfile ([^>]*)\/>/g)].map(([, words]) => words ?? "");
        assert.ok(direct.length > 0);
        assert.doesNotMatch(direct.join(), /mkv|matroska|hevc|h265|container=""/i);
        assert.doesNotMatch(xml, /x-matroska/);
        assert.match(xml, /<TranscodingProfile container="ts" type="Video" videoCodec="h264" audioCodec="aac" /);
        assert.match(
            xml,
            /<HttpHeaderInfo name="User-Agent" value="Orange &quot;TV&quot; &lt;4&gt;" match="Regex" \/>/,
        );
    });
});
