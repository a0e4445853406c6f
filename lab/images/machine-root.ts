import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CONTENT, METADATA, SNAPSHOTS, SNAPSHOTTER } from "./containerd";
import type { ImageStore } from "./store";

/** Says which store a root was filled from; written last. */
const MARK = "lab-store";

/**
 * Gives a machine's containerd all images of the store without copying them: its databases are copied, each unpacked
 * layer is a link into the store. What the machine then does to its images (tag, delete) happens to databases and links
 * of its own. A root that is filled from this store already keeps its containers; any other content of the folder is
 * deleted first. The machine's containerd must not run.
 * @param goldenAs path under which `store.containerdRoot` is seen inside the machine.
 */
export async function prepareMachineRoot(
    store: ImageStore,
    targetContainerdRoot: string,
    goldenAs: string,
): Promise<"kept" | "filled"> {
    const golden = store.containerdRoot;
    const target = targetContainerdRoot;
    const mark = `${store.key} ${goldenAs}\n`;
    if ((await readFile(join(target, MARK), "utf8").catch(() => "")) === mark) return "kept";
    await rm(target, { recursive: true, force: true });
    await mkdir(join(target, SNAPSHOTS), { recursive: true, mode: 0o711 });
    // Only configurations and manifests are left of the content: layers were dropped when they were unpacked.
    await Promise.all([
        cp(join(golden, CONTENT), join(target, CONTENT), { recursive: true }),
        cp(join(golden, METADATA), join(target, METADATA), { recursive: true }),
        cp(join(golden, SNAPSHOTTER, "metadata.db"), join(target, SNAPSHOTTER, "metadata.db")),
    ]);
    for (const id of await readdir(join(golden, SNAPSHOTS))) {
        const path = join(SNAPSHOTS, id);
        await symlink(join(goldenAs, path), join(target, path));
    }
    await writeFile(join(target, MARK), mark);
    return "filled";
}
