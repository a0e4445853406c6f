import assert from "node:assert/strict";
import { storedName } from "../../../lab/images/recipe";

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("the name under which containerd keeps an image", () => {
    const names: readonly (readonly [string, string])[] = [
        ["redis", "docker.io/library/redis:latest"],
        ["redis:8", "docker.io/library/redis:8"],
        ["rancher/mirrored-coredns-coredns:1.14.4", "docker.io/rancher/mirrored-coredns-coredns:1.14.4"],
        ["ghcr.io/jpvenson/jellyfin.pgsql:10.11.11-1", "ghcr.io/jpvenson/jellyfin.pgsql:10.11.11-1"],
        ["localhost/thing:1", "localhost/thing:1"],
        ["registry:5000/thing", "registry:5000/thing:latest"],
        [`quay.io/a/b@${DIGEST}`, `quay.io/a/b@${DIGEST}`],
        [`quay.io/a/b:1@${DIGEST}`, `quay.io/a/b@${DIGEST}`],
        [`redis:8@${DIGEST}`, `docker.io/library/redis@${DIGEST}`],
    ];
    for (const [reference, name] of names) {
        it(`of ${reference} is ${name}`, () => assert.equal(storedName(reference), name));
    }
});
