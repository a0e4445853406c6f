import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { labPaths } from "../../../lab/paths";
import { textOf, valueAt } from "../../../lab/plain-values";
import type { Catalogue } from "../../../lab/providers/catalogue";
import { type ProviderHost, startProviderHost } from "../../../lab/providers/host";
import { installPlugins } from "../../../lab/providers/install";
import { eventually } from "../../support/eventually";
import { ToyWorld, toyProvider } from "./kit/toy";
import { removeFolder } from "../../support/scratch-folder";

const checkout = resolve(__dirname, "..", "..", "..");

describe("the host of the stand-in plugins", () => {
    let folder: string;
    let world: ToyWorld;
    let catalogue: Catalogue;
    const open: ProviderHost[] = [];

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "host-"));
        world = new ToyWorld();
        catalogue = {
            toy: { npmPackage: "@pulumi/random", load: async () => () => toyProvider(world) },
            broken: { npmPackage: "@pulumi/tls", load: () => Promise.reject(new Error("its file is missing")) },
        };
    });
    afterEach(async () => {
        await Promise.all(open.splice(0).map((host) => host.close()));
        removeFolder(folder);
    });

    const start = async (): Promise<ProviderHost> => {
        const host = await startProviderHost(join(folder, "s"), catalogue);
        open.push(host);
        return host;
    };
    const shim = (plugin: string) =>
        spawn(
            process.execPath,
            [join(checkout, "lab", "providers", "shim.mjs"), plugin, "1.2.3", join(folder, "s"), "127.0.0.1:1"],
            { stdio: ["pipe", "pipe", "pipe"] },
        );
    const firstLine = async (output: NodeJS.ReadableStream): Promise<string> => {
        const [line] = (await once(createInterface({ input: output }), "line")) as [string];
        return line;
    };
    const versionAt = (port: string): Promise<string> =>
        new Promise((done, reject) => {
            const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
            client.getPluginInfo(new Empty(), (error, info) => {
                client.close();
                return error === null ? done(info.getVersion()) : reject(error);
            });
        });

    it("serves a fresh instance to each shim and closes it when the engine lets go of the shim", async () => {
        const host = await start();
        const [one, two] = [shim("toy"), shim("toy")];
        const ports = await Promise.all([firstLine(one.stdout), firstLine(two.stdout)]);
        assert.notEqual(ports[0], ports[1]);
        assert.deepEqual(await Promise.all(ports.map(versionAt)), ["1.2.3", "1.2.3"]);
        assert.equal(host.instances(), 2);
        one.stdin.end();
        assert.deepEqual(await once(one, "exit"), [0, null]);
        two.kill("SIGKILL");
        await once(two, "exit");
        await eventually("both instances are closed", () => host.instances() === 0 && world.closed === 2);
        await assert.rejects(versionAt(ports[0]), /ECONNREFUSED|UNAVAILABLE/);
    });

    it("says which plugins it has, and why one cannot be started", async () => {
        await start();
        const unknown = shim("azure");
        assert.equal(
            await firstLine(unknown.stderr),
            "azure: the lab has no stand-in for the plugin azure; it has toy, broken",
        );
        assert.deepEqual(await once(unknown, "exit"), [1, null]);
        assert.equal(await firstLine(shim("broken").stderr), "broken: its file is missing");
    });

    it("lets a shim say that the lab is not up, or that it went away", async () => {
        const alone = shim("toy");
        assert.match(await firstLine(alone.stderr), /^the lab is not up \(.*: ENOENT\): run `make up`$/);
        assert.deepEqual(await once(alone, "exit"), [1, null]);
        const host = await start();
        const left = shim("toy");
        await firstLine(left.stdout);
        const message = firstLine(left.stderr);
        await host.close();
        assert.match(await message, /plugin host went away/);
    });

    it("takes the place of a dead host, never of a living one", async () => {
        await writeFile(join(folder, "s"), "left behind");
        await start();
        await assert.rejects(startProviderHost(join(folder, "s"), catalogue), /another plugin host listens there/);
        await assert.rejects(
            startProviderHost(join(folder, "long".repeat(40)), catalogue),
            /path is too long \(at most 103 bytes\); set LAB_DIR to a shorter path/,
        );
    });

    it("is installed in the versions that the SDKs ask for, and repeating that writes nothing", async () => {
        const paths = labPaths(checkout, { LAB_DIR: join(folder, "it's a lab") });
        const version = async (name: string): Promise<string> =>
            textOf(
                valueAt(
                    JSON.parse(await readFile(join(checkout, "node_modules", name, "package.json"), "utf8")),
                    "pulumi.version",
                ),
            );
        const installed = await installPlugins(paths, {}, catalogue);
        const expected = join(
            paths.pulumiHome,
            "plugins",
            `resource-toy-v${await version("@pulumi/random")}`,
            "pulumi-resource-toy",
        );
        assert.equal(installed[0]?.executable, expected);
        const { mtimeMs } = await stat(expected);
        await installPlugins(paths, {}, catalogue);
        assert.equal((await stat(expected)).mtimeMs, mtimeMs);
        const run = spawn(expected, ["127.0.0.1:1"], {
            env: { ...process.env, LAB_PROVIDER_SOCKET: join(folder, "s") },
        });
        assert.match(await firstLine(run.stderr), /the lab is not up/);
        assert.deepEqual(await installPlugins(paths, { LAB_PROVIDERS: "released" }, catalogue), []);
    });
});
