import { z } from "zod";
import { field } from "./field";
import { isPrivateKey } from "./private-key";

/** How many fields the data of a public key has, by its type, which is the first of them (RFC 4253, 5656 and 8709, OpenSSH's PROTOCOL.u2f). */
const fieldCounts: Readonly<Record<string, number>> = {
    "ssh-ed25519": 2,
    "ecdsa-sha2-nistp256": 3,
    "ecdsa-sha2-nistp384": 3,
    "ecdsa-sha2-nistp521": 3,
    "ssh-rsa": 3,
    "sk-ssh-ed25519@openssh.com": 3,
    "sk-ecdsa-sha2-nistp256@openssh.com": 4,
};

const line = /^(?<type>[a-z0-9@.-]+) (?<data>[A-Za-z0-9+/]+={0,2})(?: [^\p{Cc}]*)?$/u;

/** The data of a public key in base64: what two lines of one key have in common, whatever their comments. */
export function keyData(publicKey: string): string {
    return line.exec(publicKey)?.groups?.["data"] ?? "";
}

/** One line of a file `*.pub`, which is one of `authorized_keys`. */
export function sshPublicKey(meaning: string) {
    return field(z.string().refine(isPublicKey), meaning, {
        is: "a public SSH key",
        rule: "one line with type, data and, if you like, a comment, without options; ssh-ed25519, ecdsa-sha2-*, ssh-rsa, or sk-* of a security key",
        write: (value) =>
            typeof value === "string" && isPrivateKey(value)
                ? "make another pair with ssh-keygen, because whoever reads this file has the key, and write the line of its .pub file"
                : "write the whole line of a .pub file, such as ~/.ssh/id_ed25519.pub",
    });
}

function isPublicKey(value: string): boolean {
    const { type = "", data = "" } = line.exec(value)?.groups ?? {};
    const bytes = Buffer.from(data, "base64");
    // What was cut ends inside a field.
    const fields = bytes.toString("base64") === data ? fieldsOf(bytes) : [];
    return fields.length > 0 && fields.length === fieldCounts[type] && fields[0] === type;
}

/** The fields of SSH's wire format, each behind its length in four bytes; none where the last one is not whole. */
function fieldsOf(bytes: Buffer): string[] {
    const fields: string[] = [];
    let start = 0;
    while (start < bytes.length) {
        if (start + 4 > bytes.length) return [];
        const end = start + 4 + bytes.readUInt32BE(start);
        if (end > bytes.length) return [];
        fields.push(bytes.toString("latin1", start + 4, end));
        start = end;
    }
    return fields;
}
