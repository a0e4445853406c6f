import { cpSync, lstatSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/*
 * Whoever runs in a server may write what is kept, and the pod's own folder. A link there would lead what is written to it to
 * wherever this program may write: to the films, which the server itself can only read.
 */

/** Leaves files and folders only. Nobody else may write the folder meanwhile. */
export function removeLinks(folder: string): void {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
        if (!entry.isFile() && !entry.isDirectory()) rmSync(join(entry.parentPath, entry.name), { force: true });
}

/**
 * Copies files and folders, and nothing that leads elsewhere or never ends. The target has no links before and after, even where
 * somebody swaps a file for one meanwhile.
 * @param names entries of the folder `from`
 * @returns paths of what was left out
 */
export function copyPlain(names: readonly string[], from: string, to: string): readonly string[] {
    const leftOut: string[] = [];
    const isPlain = (path: string) => {
        const found = lstatSync(path);
        if (found.isFile() || found.isDirectory()) return true;
        leftOut.push(path);
        return false;
    };
    removeLinks(to);
    for (const name of names) cpSync(join(from, name), join(to, name), { recursive: true, filter: isPlain });
    removeLinks(to);
    return leftOut;
}

/** Writes a file whole or not at all, in a folder where another pod may read and write at this moment. */
export function replaceFile(path: string, text: string, podName: string): void {
    const made = `${path}.${podName}`;
    rmSync(made, { force: true });
    // Refuses what somebody puts there after all.
    writeFileSync(made, text, { flag: "wx" });
    renameSync(made, path);
}
