import {
    closeSync,
    fchmodSync,
    fstatSync,
    mkdirSync,
    openSync,
    readSync,
    statSync,
    writeSync,
    type Stats,
} from "node:fs";
import { posix } from "node:path";
import { utils, type Attributes, type SFTPWrapper } from "ssh2";
import type { Storages } from "./storage";

const { STATUS_CODE, flagsToString } = utils.sftp;

/** Serves the files of a host's datastores: enough to upload a snippet and to look whether it arrived. */
export function serveSftp(sftp: SFTPWrapper, storages: Storages, host: string): void {
    const open = new Set<number>();
    const descriptor = (handle: Buffer): number => {
        const number = handle.length === 4 ? handle.readUInt32BE() : -1;
        if (!open.has(number)) throw new Error("unknown handle");
        return number;
    };
    /** Answers what `work` makes of it, or that there is no such file. */
    const attempt = (id: number, work: () => void) => {
        try {
            work();
        } catch (error) {
            const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
            sftp.status(id, missing ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE);
        }
    };
    const real = (path: string): string => {
        const file = storages.realPath(host, path);
        if (file === undefined) throw Object.assign(new Error("outside the datastores"), { code: "ENOENT" });
        return file;
    };
    const status = (id: number, path: string) => attempt(id, () => sftp.attrs(id, attributes(statSync(real(path)))));
    sftp.on("REALPATH", (id, path) => {
        const full = posix.resolve("/", path);
        sftp.name(id, [{ filename: full, longname: full, attrs: attributes(undefined) }]);
    });
    sftp.on("STAT", status);
    sftp.on("LSTAT", status);
    sftp.on("FSTAT", (id, handle) => attempt(id, () => sftp.attrs(id, attributes(fstatSync(descriptor(handle))))));
    sftp.on("OPEN", (id, path, flags) =>
        attempt(id, () => {
            const number = openSync(real(path), flagsToString(flags) ?? "r", 0o600);
            open.add(number);
            const handle = Buffer.alloc(4);
            handle.writeUInt32BE(number);
            sftp.handle(id, handle);
        }),
    );
    sftp.on("READ", (id, handle, offset, length) =>
        attempt(id, () => {
            const data = Buffer.alloc(length);
            const count = readSync(descriptor(handle), data, 0, length, offset);
            if (count === 0) sftp.status(id, STATUS_CODE.EOF);
            else sftp.data(id, data.subarray(0, count));
        }),
    );
    sftp.on("WRITE", (id, handle, offset, data) =>
        attempt(id, () => {
            writeSync(descriptor(handle), data, 0, data.length, offset);
            sftp.status(id, STATUS_CODE.OK);
        }),
    );
    sftp.on("CLOSE", (id, handle) =>
        attempt(id, () => {
            const number = descriptor(handle);
            open.delete(number);
            closeSync(number);
            sftp.status(id, STATUS_CODE.OK);
        }),
    );
    sftp.on("MKDIR", (id, path) =>
        attempt(id, () => {
            mkdirSync(real(path), { mode: 0o700 });
            sftp.status(id, STATUS_CODE.OK);
        }),
    );
    sftp.on("FSETSTAT", (id, handle, { mode }: Partial<Attributes>) =>
        attempt(id, () => {
            if (mode !== undefined) fchmodSync(descriptor(handle), mode & 0o777);
            sftp.status(id, STATUS_CODE.OK);
        }),
    );
    // The mode of a snippet means nothing here: everything below the lab's folder is the user's alone.
    sftp.on("SETSTAT", (id, path) =>
        attempt(id, () => {
            statSync(real(path));
            sftp.status(id, STATUS_CODE.OK);
        }),
    );
    // A client that has said its last word waits for ours.
    sftp.on("end", () => sftp.end());
    sftp.on("close", () => {
        open.forEach((number) => closeSync(number));
        open.clear();
    });
}

function attributes(stats: Stats | undefined): Attributes {
    const seconds = Math.floor((stats?.mtimeMs ?? 0) / 1000);
    return { mode: stats?.mode ?? 0o040755, uid: 0, gid: 0, size: stats?.size ?? 0, atime: seconds, mtime: seconds };
}
