import assert from "node:assert/strict";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { NfsNode } from "../../../../../lab/cluster/storage/node/nfs-node";
import type { VolumeRequest } from "../../../../../lab/cluster/storage/node/node-driver";
import { sharedFolders, startGuest, type TestGuest } from "./guest";
import { removeFolder } from "../../../../support/scratch-folder";

const SERVER = "127.0.30.10";
const SHARE = "/mnt/pool";
const TARGET = "/var/lib/kubelet/pods/1/volumes/kubernetes.io~csi/library/mount";

function volume(
    attributes: Record<string, string> = {},
    mountFlags = ["nfsvers=4.2", "hard", "noatime", "nconnect=4"],
) {
    const given = { server: SERVER, share: SHARE, ...attributes };
    const request: VolumeRequest = {
        ...{ handle: "library", attributes: given, fsType: "", mountFlags, block: false, shared: true },
    };
    return request;
}

describe("the NFS driver's part on a real machine", function () {
    this.timeout(60_000);
    const shared: ReturnType<typeof sharedFolders>[] = [];
    const guests: TestGuest[] = [];
    let one: TestGuest;
    let other: TestGuest;
    let bare: TestGuest;
    let pool: string;

    before(async function () {
        if (process.getuid?.() !== 0) this.skip();
        const folders = sharedFolders();
        shared.push(folders);
        pool = join(folders.nas, SERVER, SHARE);
        mkdirSync(join(pool, "media"), { recursive: true });
        mkdirSync(join(pool, "downloads"));
        one = await startGuest(folders, { name: "one" });
        other = await startGuest(folders, { name: "other" });
        bare = await startGuest(folders, { name: "bare", packages: ["curl"] });
        guests.push(one, other, bare);
    });
    after(async () => {
        for (const guest of guests) await guest.stop();
        for (const { folder } of shared) removeFolder(folder);
    });

    const publish = ({ guest }: TestGuest, request: VolumeRequest, target = TARGET, readOnly = false) =>
        new NfsNode(guest).publish(request, "", target, readOnly);
    const sh = ({ guest }: TestGuest, script: string) => guest.run("/bin/sh", ["-c", script]);

    it("what one machine writes, the other reads", async () => {
        await publish(one, volume());
        await publish(one, volume());
        await publish(other, volume());
        await sh(one, `echo film > ${TARGET}/downloads/film`);
        assert.equal(await sh(other, `cat ${TARGET}/downloads/film`), "film\n");
        assert.ok((await new NfsNode(one.guest).usage(TARGET)).bytes.total > 0);
    });

    it("a hard link from the downloads to the media works, for both are one mount", async () => {
        await sh(other, `ln ${TARGET}/downloads/film ${TARGET}/media/film`);
        assert.equal(statSync(join(pool, "media", "film")).nlink, 2);
    });

    it("survives the machine", async () => {
        await other.stop();
        assert.equal(await sh(one, `cat ${TARGET}/media/film`), "film\n");
    });

    it("is read only where the pod asks for that, and does not lend its mode to a right one", async () => {
        const second = TARGET.replace("pods/1", "pods/2");
        const mode = (statSync(pool).mode & 0o7777).toString(8);
        await publish(one, volume({ mountPermissions: `0${mode}` }), second, true);
        await assert.rejects(sh(one, `touch ${second}/x`), /Read-only file system/);
        await new NfsNode(one.guest).unpublish("library", second);
        await assert.rejects(sh(one, `test -e ${second}`));
    });

    it("gives a folder the mode that its class asks for", async () => {
        mkdirSync(join(pool, "apps", "config"), { recursive: true, mode: 0o755 });
        const third = TARGET.replace("pods/1", "pods/3");
        await publish(one, volume({ subDir: "apps/config", mountPermissions: "0777" }), third);
        assert.equal(statSync(join(pool, "apps", "config")).mode & 0o7777, 0o777);
        await one.guest.run("/usr/bin/setpriv", [
            "--reuid=1000",
            "--regid=1000",
            "--clear-groups",
            "touch",
            `${third}/x`,
        ]);
    });

    it("says in mount's own words what is missing", async () => {
        const target = TARGET.replace("pods/1", "pods/4");
        await assert.rejects(
            publish(bare, volume(), target),
            /Output: mount: 127\.0\.30\.10:\/mnt\/pool: bad option; for several/,
        );
        const server = volume({ server: "127.0.30.99" });
        await assert.rejects(
            publish(one, server, target),
            /mount\.nfs: No route to host for 127\.0\.30\.99:\/mnt\/pool/,
        );
        const share = volume({ share: "/mnt/tank" });
        const noSuch =
            /mount\.nfs: mounting 127\.0\.30\.10:\/mnt\/tank failed, reason given by server: No such file or directory/;
        await assert.rejects(publish(one, share, target), noSuch);
        const option = volume({}, ["nfsvers=4.2", "noatimes"]);
        await assert.rejects(publish(one, option, target), /an incorrect mount option was specified \(noatimes\)/);
        await assert.rejects(publish(one, volume({}, ["nfsvers=5"]), target), /Protocol not supported/);
    });

    it("mounts each version that a house may choose", async () => {
        for (const [index, version] of ["4.2", "4.1"].entries()) {
            const target = TARGET.replace("1", `${6 + index}`);
            await publish(one, volume({}, [`nfsvers=${version}`, "hard", "noatime", "nconnect=4"]), target);
        }
    });

    it("does not leave the share", async () => {
        await assert.rejects(
            publish(one, volume({ subDir: "../../.." }), TARGET.replace("1", "5")),
            /must not contain "\.\."/,
        );
    });
});
