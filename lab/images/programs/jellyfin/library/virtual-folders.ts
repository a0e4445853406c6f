import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";

/** Folders that are shown as one library. */
export interface VirtualFolder {
    readonly name: string;
    /** `undefined`: of mixed content. */
    readonly type: string | undefined;
    readonly locations: readonly string[];
}

/**
 * The libraries, as the real server keeps them: a folder each in the shared `root/default`, with a file that is named after
 * the type and one for each folder of films. Read anew each time, so what one replica adds, all have.
 */
export class VirtualFolders {
    constructor(private readonly folder: string) {}

    all(): VirtualFolder[] {
        if (!existsSync(this.folder)) return [];
        return readdirSync(this.folder).map((name) => {
            const files = readdirSync(join(this.folder, name));
            const type = files.find((file) => extname(file) === ".collection");
            const links = files.filter((file) => extname(file) === ".mblink");
            return {
                name,
                type: type === undefined ? undefined : basename(type, ".collection"),
                locations: links.map((link) => readFileSync(join(this.folder, name, link), "utf8")),
            };
        });
    }

    /** Makes one; a name that is taken gets a number. @returns whether all its folders are there; else nothing is made. */
    add(name: string, type: string | undefined, locations: readonly string[]): boolean {
        if (!locations.every(isFolder)) return false;
        const taken = new Set(this.all().map((one) => one.name));
        let own = name;
        for (let number = 2; taken.has(own); number++) own = `${name} ${number}`;
        mkdirSync(join(this.folder, own), { recursive: true });
        if (type !== undefined) writeFileSync(join(this.folder, own, `${type}.collection`), "");
        return locations.every((location) => this.addFolder(own, location));
    }

    /** @returns whether both are there. */
    addFolder(name: string, location: string): boolean {
        const own = join(this.folder, name);
        if (!isFolder(location) || !existsSync(own)) return false;
        const links = new Set(readdirSync(own));
        const base = basename(location);
        let link = `${base}.mblink`;
        for (let number = 1; links.has(link); number++) link = `${base}${number}.mblink`;
        writeFileSync(join(own, link), location);
        return true;
    }
}

function isFolder(path: string): boolean {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
