import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
    copyFileSync,
    statSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { guestFolder } from "../../../lab/images/guest";
import { prepareMachineRoot } from "../../../lab/images/machine-root";
import { STAND_IN_LABEL, type FilesLayer, type ImageRecipe } from "../../../lab/images/recipe";
import { ensureImageStore, locateImageStore, type ImageStore } from "../../../lab/images/store";
import { eventually } from "../../support/eventually";
import { removeFolder } from "../../support/scratch-folder";
import { testTool } from "../../support/tools";

const DIGEST = `sha256:${"d".repeat(64)}`;
const shared: FilesLayer = {
    kind: "files",
    entries: [
        { kind: "file", path: "/etc/greeting", source: { from: "text", text: "hello\n" } },
        { kind: "folder", path: "/data", owner: 999 },
        { kind: "file", path: "/idle", mode: 0o755, source: { from: "tool", tool: "idle" } },
    ],
};
const pictures: readonly ImageRecipe[] = [
    { reference: "docker.io/library/one:1", about: "One.", standIn: false, layers: [shared], entrypoint: ["/idle"] },
    { reference: `quay.io/lab/two:2@${DIGEST}`, about: "Two.", standIn: true, layers: [shared], user: "999" },
];

/** Names, modes and bytes of all files below a folder, as one text. */
function fingerprint(folder: string): string {
    const hash = createHash("sha256");
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name);
        hash.update(`${path}\n`);
        if (entry.isFile()) hash.update(readFileSync(path));
    }
    return hash.digest("hex");
}

describe("the store of images (with a real containerd)", function () {
    this.timeout(60_000);
    let folder = "";
    let store: ImageStore;
    let options: Parameters<typeof ensureImageStore>[0];

    before(async function () {
        if (process.getuid?.() !== 0) this.skip();
        folder = mkdtempSync(join(tmpdir(), "images-"));
        const none = { coredns: "", traefik: "", "metrics-server": "", ffmpeg: "" };
        const idle = join(folder, "cache", "tools", "idle");
        mkdirSync(dirname(idle), { recursive: true });
        copyFileSync(testTool("idle"), idle);
        const tools = { ...none, idle, containerd: testTool("containerd"), ctr: testTool("ctr") };
        options = { cache: join(folder, "cache"), tools, env: process.env, images: pictures };
        // The machines' own system has nothing to do with it.
        mkdirSync(join(guestFolder(options.cache), "root"), { recursive: true });
        store = await ensureImageStore(options);
    });
    after(() => {
        if (folder !== "") removeFolder(folder);
    });

    /** Runs a containerd on a root for as long as `use` takes. */
    const running = async (root: string, use: (ctr: (...args: string[]) => string) => void): Promise<void> => {
        const socket = join(folder, "machine.sock");
        const config = join(folder, "machine.toml");
        const state = join(folder, "state");
        writeFileSync(
            config,
            `version = 3\nroot = "${root}"\nstate = "${state}"\ndisabled_plugins = ["io.containerd.nri.v1.nri", ` +
                `"io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri", ` +
                `"io.containerd.internal.v1.opt"]\n[grpc]\naddress = "${socket}"\n`,
        );
        const daemon = spawn(testTool("containerd"), ["--config", config], { stdio: "ignore" });
        const ended = new Promise((resolve) => daemon.once("exit", resolve));
        const ask = (...args: string[]) =>
            spawnSync(testTool("ctr"), ["-a", socket, "-n", "k8s.io", ...args], { encoding: "utf8" });
        try {
            await eventually("containerd answers", () => ask("version").status === 0, 20_000);
            use((...args) => {
                const answer = ask(...args);
                assert.equal(answer.status, 0, answer.stderr);
                return answer.stdout;
            });
        } finally {
            daemon.kill("SIGTERM");
            await ended;
        }
    };

    it("says of each image what it is and what it is called in a machine", () => {
        const two = store.images.find(({ about }) => about === "Two.");
        assert.deepEqual(two, {
            reference: `quay.io/lab/two:2@${DIGEST}`,
            storedName: `quay.io/lab/two@${DIGEST}`,
            about: "Two.",
            standIn: true,
        });
    });

    it("is found by who builds nothing, and not when an image changed", async () => {
        assert.deepEqual(await locateImageStore(options), store);
        const [one] = pictures;
        assert.ok(one);
        const changed = [{ ...one, entrypoint: ["/other"] }];
        assert.equal(await locateImageStore({ ...options, images: changed }), undefined);
    });

    it("holds a large program of the cache once, and no layer twice", () => {
        const snapshots = join(store.containerdRoot, "io.containerd.snapshotter.v1.overlayfs/snapshots");
        const [layer = "", ...further] = readdirSync(snapshots);
        assert.deepEqual(further, []);
        assert.equal(statSync(join(snapshots, layer, "fs/idle")).ino, statSync(options.tools.idle).ino);
        const blobs = join(store.containerdRoot, "io.containerd.content.v1.content/blobs/sha256");
        // A configuration and a manifest each; the layer went when it was unpacked.
        assert.equal(readdirSync(blobs).length, 2 * pictures.length);
    });

    it("leaves no socket, mount or lock", () => {
        assert.ok(!readFileSync("/proc/mounts", "utf8").includes(folder));
        const names = readdirSync(join(options.cache, "images"));
        assert.deepEqual(
            names.filter((name) => /lock|partial/.test(name)),
            [],
        );
    });

    it("gives a machine its images, which it changes and deletes without harm to others", async () => {
        const seen = join(folder, "seen");
        symlinkSync(store.containerdRoot, seen);
        const root = join(folder, "machine");
        const before = fingerprint(store.containerdRoot);
        assert.equal(await prepareMachineRoot(store, root, seen), "filled");
        await running(root, (ctr) => {
            const images = ctr("images", "ls");
            for (const { storedName } of store.images) {
                const line = images.split("\n").find((text) => text.startsWith(`${storedName} `)) ?? "";
                assert.match(line, /io\.cri-containerd\.image=managed,io\.cri-containerd\.pinned=pinned/);
            }
            assert.match(ctr("content", "get", digestOf(ctr, images)), new RegExp(`"${STAND_IN_LABEL}":"true"`));
            const mount = join(folder, "mount");
            mkdirSync(mount);
            ctr("images", "mount", "--rw", "docker.io/library/one:1", mount);
            try {
                assert.equal(readFileSync(join(mount, "etc/greeting"), "utf8"), "hello\n");
                writeFileSync(join(mount, "etc/greeting"), "changed\n");
                rmSync(join(mount, "idle"));
            } finally {
                ctr("images", "unmount", "--rm", mount);
            }
            ctr("images", "tag", "docker.io/library/one:1", "docker.io/library/mine:1");
            ctr("images", "rm", "--sync", ...ctr("images", "ls", "-q").trim().split("\n"));
            assert.equal(readdirSync(join(root, "io.containerd.snapshotter.v1.overlayfs/snapshots")).length, 0);
        });
        assert.equal(fingerprint(store.containerdRoot), before);
        assert.equal(await prepareMachineRoot(store, root, seen), "kept");
        await running(root, (ctr) => assert.equal(ctr("images", "ls", "-q"), ""));
        assert.equal(await prepareMachineRoot({ ...store, key: "newer" }, root, seen), "filled");
        await running(root, (ctr) => assert.match(ctr("images", "ls", "-q"), /library\/one:1/));
    });

    it("says why it could not be built, and leaves nothing", async () => {
        const [one] = pictures;
        assert.ok(one);
        const broken = {
            ...options,
            images: [{ ...one, about: "Broken." }],
            tools: { ...options.tools, ctr: "/no/ctr" },
        };
        await assert.rejects(ensureImageStore(broken), /^Error: \/no\/ctr: no program/);
        assert.equal(await locateImageStore(broken), undefined);
        assert.ok(existsSync(store.containerdRoot));
    });
});

/** Digest of the configuration of the second image: the image's id is one of its names. */
function digestOf(ctr: (...args: string[]) => string, images: string): string {
    const ids = images.match(/^sha256:[0-9a-f]{64}/gm) ?? [];
    const id = ids.find((digest) => ctr("content", "get", digest).includes("Two."));
    assert.ok(id);
    return id;
}
