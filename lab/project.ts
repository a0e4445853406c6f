import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument, type Document } from "yaml";
import { stackText } from "./house";
import type { LabPaths } from "./paths";
import { isRecord, valueAt } from "./plain-values";
import type { LabSettings } from "./settings";

/** Secrets that the lab gives to the program, by configuration key. */
export type LabSecrets = Readonly<Record<string, string>>;

/** Sets a secret in the lab's stack file; the value does not pass through an argument list. */
export type SetSecret = (key: string, value: string) => Promise<void>;

/**
 * Writes the lab's own project, `Pulumi.yaml` and `Pulumi.dev.yaml` in `.lab/`: the checkout's, with the program's entry
 * point written out and the addresses moved to the lab's slot. What Pulumi added to the stack file (its salt, encrypted
 * secrets) is kept, and the checkout's own files are never written.
 */
export function writeProject(paths: LabPaths, settings: LabSettings): void {
    mkdirSync(paths.root, { recursive: true, mode: 0o700 });
    const project = parseDocument(readFileSync(join(paths.checkout, "Pulumi.yaml"), "utf8"));
    project.set("main", join(paths.checkout, String(project.get("main"))));
    writeIfChanged(join(paths.root, "Pulumi.yaml"), project.toString());
    const stack = parseDocument(stackText(paths, settings));
    if (existsSync(paths.stackFile)) keepEncrypted(parseDocument(readFileSync(paths.stackFile, "utf8")), stack);
    writeIfChanged(paths.stackFile, stack.toString());
    if (!existsSync(passphraseFile(paths)))
        writeIfChanged(passphraseFile(paths), randomBytes(24).toString("base64url"));
}

/** File with the passphrase of the lab's stack, made at its first start. */
export function passphraseFile(paths: LabPaths): string {
    return join(paths.root, "passphrase");
}

/** Puts the lab's secrets into its stack file, encrypted; does nothing when they are the same as last time. */
export async function setSecrets(paths: LabPaths, secrets: LabSecrets, set: SetSecret): Promise<void> {
    const stack = parseDocument(readFileSync(paths.stackFile, "utf8"));
    const digest = createHash("sha256").update(JSON.stringify(secrets)).digest("hex");
    const digestFile = join(paths.root, "secrets.sha256");
    const same = existsSync(digestFile) && readFileSync(digestFile, "utf8") === digest;
    if (same && Object.keys(secrets).every((key) => stack.hasIn(["config", key, "secure"]))) return;
    for (const [key, value] of Object.entries(secrets)) await set(key, value);
    writeFileSync(digestFile, digest, { mode: 0o600 });
}

function keepEncrypted(from: Document, to: Document): void {
    for (const key of ["secretsprovider", "encryptedkey", "encryptionsalt"]) {
        const value: unknown = from.get(key);
        if (value !== undefined) to.set(key, value);
    }
    const config = valueAt(from.toJS(), "config");
    for (const [key, value] of Object.entries(isRecord(config) ? config : {})) {
        const secure = valueAt(value, "secure");
        if (secure !== undefined) to.setIn(["config", key], { secure });
    }
}

function writeIfChanged(file: string, text: string): void {
    if (existsSync(file) && readFileSync(file, "utf8") === text) return;
    writeFileSync(`${file}.new`, text, { mode: 0o600 });
    renameSync(`${file}.new`, file);
}
