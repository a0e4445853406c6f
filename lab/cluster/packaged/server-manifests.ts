import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../kube/client";
import { pause } from "../../pause";
import { isRecord } from "../../plain-values";
import { reasonOf } from "../../reason";
import type { Deployer } from "./deployer";

export interface ManifestOptions {
    readonly deployer: Deployer;
    /** Ends what is tried again and again. */
    readonly signal: AbortSignal;
    readonly log: (line: string) => void;
}

const RETRY_MS = 2_000;
/** The file's name becomes that of an object (`k3s-io/docs:docs/installation/packaged-components.md`). */
const FILE_NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\.(yaml|yml|json)$/;

/**
 * What k3s does with the files in its folder `server/manifests`: applies them, tries again what fails (a kind whose
 * definition comes later), and leaves out a file beside which lies `<file>.skip`. What is taken out of a file stays in
 * the cluster, here as with a file that is deleted.
 */
export class ServerManifests {
    /** Contents as they were last given, by file name. */
    private readonly wanted = new Map<string, string>();
    /** Contents that are tried again and again, by file name. */
    private readonly trying = new Map<string, string>();

    constructor(private readonly options: ManifestOptions) {}

    /**
     * Applies the files of one server's folder; resolves after the first try of each. Faults are logged, never thrown.
     * @param files contents by path below the folder.
     */
    async deploy(files: Readonly<Record<string, string>>): Promise<void> {
        const { log } = this.options;
        for (const [name, content] of Object.entries(files)) {
            if (name.endsWith(".skip") || files[`${name}.skip`] !== undefined) continue;
            const base = name.slice(name.lastIndexOf("/") + 1);
            if (!FILE_NAME.test(base)) {
                log(`${line(name)}: not applied; names are lower-case letters, digits, - and ., and end in .yaml`);
                continue;
            }
            this.wanted.set(name, content);
            await this.deployFile(name, content);
        }
    }

    private async deployFile(name: string, content: string): Promise<void> {
        const { log } = this.options;
        let objects: KubeObject[];
        try {
            objects = objectsIn(content);
        } catch (error) {
            log(`${line(name)}: ${reasonOf(error)}; nothing of it is applied`);
            return;
        }
        const left = await this.tryAll(name, objects, new Set());
        // All servers have the same file.
        if (left.length > 0 && this.trying.get(name) !== content) void this.keepTrying(name, content, left);
    }

    private async keepTrying(name: string, content: string, objects: KubeObject[]): Promise<void> {
        const { signal } = this.options;
        const told = new Set<string>();
        let left = objects;
        this.trying.set(name, content);
        const isWanted = () => !signal.aborted && this.wanted.get(name) === content;
        while (left.length > 0 && isWanted()) {
            await pause(RETRY_MS, signal);
            if (isWanted()) left = await this.tryAll(name, left, told);
        }
        if (this.trying.get(name) === content) this.trying.delete(name);
        if (left.length === 0) this.options.log(`${line(name)}: applied after all`);
    }

    /** @returns what could not be applied; each reason is logged once. */
    private async tryAll(name: string, objects: KubeObject[], told: Set<string>): Promise<KubeObject[]> {
        const left: KubeObject[] = [];
        for (const object of objects) {
            try {
                await this.options.deployer.apply(object);
            } catch (error) {
                left.push(object);
                const why = `${object.kind ?? ""} ${object.metadata.name ?? ""}: ${reasonOf(error)}`;
                if (!told.has(why)) this.options.log(`${line(name)}: ${why}`);
                told.add(why);
            }
        }
        return left;
    }
}

function line(name: string): string {
    return `k3s: manifest ${name}`;
}

/** @throws Error for text that is no YAML, and for a document that is no object. */
function objectsIn(content: string): KubeObject[] {
    return parseAllDocuments(content).flatMap((document, index) => {
        const fault = document.errors[0];
        // Only the first line: those below it quote the text, and with it perhaps a secret.
        if (fault) throw new Error(`yaml: ${fault.message.split("\n", 1)[0] ?? ""}`);
        const value: unknown = document.toJS();
        return value === null || value === undefined ? [] : flat(value, `document ${index + 1}`);
    });
}

function flat(value: unknown, where: string): KubeObject[] {
    if (isRecord(value) && value["kind"] === "List" && Array.isArray(value["items"]))
        return value["items"].flatMap((item, index) => flat(item, `${where}, item ${index + 1}`));
    if (!isObject(value)) throw new Error(`${where} has no apiVersion, kind and metadata.name`);
    return [value];
}

function isObject(value: unknown): value is KubeObject {
    if (!isRecord(value) || !isRecord(value["metadata"])) return false;
    return [value["apiVersion"], value["kind"], value["metadata"]["name"]].every((text) => typeof text === "string");
}
