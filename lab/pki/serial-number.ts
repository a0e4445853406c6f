import { randomBytes } from "node:crypto";

/** A certificate's serial number in hexadecimal: 126 random bits below a set one, so it is positive and never shortened. */
export function newSerialNumber(): string {
    const bytes = randomBytes(16);
    bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
    return bytes.toString("hex");
}
