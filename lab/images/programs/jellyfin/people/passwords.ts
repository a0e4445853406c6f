import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

const KEY_BYTES = 32;

function derive(password: string, salt: Buffer): Promise<Buffer> {
    return new Promise((done, fail) =>
        scrypt(password, salt, KEY_BYTES, (error, key) => (error === null ? done(key) : fail(error))),
    );
}

/** What may be stored of a password: salt and key, in hexadecimal digits. */
export async function hashed(password: string): Promise<string> {
    const salt = randomBytes(16);
    return `$scrypt$${salt.toString("hex")}$${(await derive(password, salt)).toString("hex")}`;
}

/** A user without a password gets in with an empty one. */
export async function matches(password: string, stored: string | null): Promise<boolean> {
    if (stored === null) return password === "";
    const [, , salt = "", key = ""] = stored.split("$");
    return timingSafeEqual(Buffer.from(key, "hex"), await derive(password, Buffer.from(salt, "hex")));
}
