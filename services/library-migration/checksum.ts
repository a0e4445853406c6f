import { createHash } from "node:crypto";
import type { PlainValue } from "./convert";

const WRAP = 2n ** 64n;

/** What a table holds, in two numbers that do not depend on the order of its rows. */
export class Checksum {
    rows = 0;
    private sum = 0n;

    add(row: readonly PlainValue[]): void {
        // Lengths before the values: no two rows have one text.
        const words = row.map((value) => (value === null ? "-" : `${value.length}:${value}`)).join("");
        const digest = createHash("md5").update(words).digest();
        this.sum = (this.sum + digest.readBigUInt64LE(0)) % WRAP;
        this.rows++;
    }

    /** For people and for comparing: `<rows> rows, <16 hexadecimal digits>`. */
    toString(): string {
        return `${this.rows} rows, ${this.sum.toString(16).padStart(16, "0")}`;
    }
}
