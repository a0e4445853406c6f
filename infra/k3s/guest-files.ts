import { stringify } from "yaml";

/** A file that cloud-init writes into a machine. */
export interface GuestFile {
    readonly path: string;
    readonly content: string;
    /** Octal digits, as text: a number would be read as decimal. */
    readonly permissions: string;
}

/** For root only. */
export function secretFile(path: string, content: string): GuestFile {
    return { path, content, permissions: "0600" };
}

export function publicFile(path: string, content: string): GuestFile {
    return { path, content, permissions: "0644" };
}

/** Long texts stay on one line, so that the file is the same for the same settings. */
export function yaml(value: unknown): string {
    return stringify(value, { lineWidth: 0 });
}

/** Files of a folder that only root looks into, contents by name. */
export function secretFilesIn(directory: string, files: Readonly<Record<string, string>> = {}): GuestFile[] {
    return Object.keys(files)
        .sort()
        .map((name) => secretFile(`${directory}/${name}`, files[name] ?? ""));
}
