interface Owned {
    /** Without a leading slash. */
    readonly path: string;
    /** Permission bits, such as 0o755. */
    readonly mode: number;
    readonly uid: number;
    readonly gid: number;
}

/** One entry of a tar file; times are always 0, so that the same content gives the same bytes. */
export type TarEntry = Owned &
    (
        | {
              readonly kind: "file";
              /** Bytes that `read` gives. */
              readonly size: number;
              /** Called once each time the tar is written. */
              readonly read: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
          }
        | { readonly kind: "folder" }
        | { readonly kind: "link"; readonly target: string }
        /** A further name of a file earlier in the same tar. */
        | { readonly kind: "same"; readonly target: string }
    );

const BLOCK_BYTES = 512;
const TYPES = { file: "0", same: "1", link: "2", folder: "5" } as const;

/**
 * A tar file of POSIX.1-2001 ("pax"), piece by piece.
 * @throws Error for a file that gives another number of bytes than it announced (it changed meanwhile).
 */
export async function* tarOf(entries: Iterable<TarEntry> | AsyncIterable<TarEntry>): AsyncGenerator<Uint8Array> {
    for await (const entry of entries) {
        const name = entry.kind === "folder" ? `${entry.path}/` : entry.path;
        const target = entry.kind === "link" || entry.kind === "same" ? entry.target : "";
        const size = entry.kind === "file" ? entry.size : 0;
        const extended = extendedHeader(name, target);
        if (extended.length > 0) {
            yield header({ ...entry, mode: 0o644 }, "pax", "", "x", extended.length);
            yield padded(extended);
        }
        yield header(entry, name, target, TYPES[entry.kind], size);
        if (entry.kind === "file") yield* content(entry.path, size, entry.read());
    }
    yield Buffer.alloc(2 * BLOCK_BYTES);
}

async function* content(
    path: string,
    size: number,
    pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
    let written = 0;
    for await (const piece of pieces) {
        written += piece.length;
        yield piece;
    }
    if (written !== size) {
        throw new Error(`${path}: ${written} bytes were read, ${size} announced (it changed meanwhile); run it again`);
    }
    const rest = size % BLOCK_BYTES;
    if (rest !== 0) yield Buffer.alloc(BLOCK_BYTES - rest);
}

/** Records for what does not fit the fixed fields of 100 bytes; empty when everything does. */
function extendedHeader(name: string, target: string): Buffer {
    const records = Object.entries({ path: name, linkpath: target }).filter(([, value]) => !fits(value));
    return Buffer.concat(records.map(([key, value]) => record(key, value)));
}

function fits(value: string): boolean {
    return Buffer.byteLength(value) <= 100 && Buffer.byteLength(value) === value.length;
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function record(key: string, value: string): Buffer {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    let length = rest + String(rest).length;
    if (String(length).length > String(rest).length) length = rest + String(length).length;
    return Buffer.from(`${length} ${key}=${value}\n`);
}

function header(owned: Owned, name: string, target: string, type: string, size: number): Buffer {
    const block = Buffer.alloc(BLOCK_BYTES);
    const text = (value: string, at: number, length: number) => block.write(value.slice(0, length), at, "latin1");
    const octal = (value: number, at: number, length: number) =>
        text(`${value.toString(8).padStart(length - 1, "0")}\0`, at, length);
    text(name, 0, 100);
    octal(owned.mode & 0o7777, 100, 8);
    octal(owned.uid, 108, 8);
    octal(owned.gid, 116, 8);
    // Eleven octal digits: up to 8 GiB, more than any file here.
    octal(size, 124, 12);
    octal(0, 136, 12);
    text(" ".repeat(8), 148, 8);
    text(type, 156, 1);
    text(target, 157, 100);
    text("ustar\x0000", 257, 8);
    const sum = block.reduce((total, byte) => total + byte, 0);
    text(`${sum.toString(8).padStart(6, "0")}\0 `, 148, 8);
    return block;
}

function padded(data: Buffer): Buffer {
    return Buffer.concat([data, Buffer.alloc((BLOCK_BYTES - (data.length % BLOCK_BYTES)) % BLOCK_BYTES)]);
}
