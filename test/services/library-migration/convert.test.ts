import assert from "node:assert/strict";
import type { Column, ColumnKind } from "../../../services/library-migration/column";
import { Checksum } from "../../../services/library-migration/checksum";
import { columnKind } from "../../../services/library-migration/column";
import { convert, type SourceValue } from "../../../services/library-migration/convert";

const column = (kind: ColumnKind, more: Partial<Column> = {}): Column => ({
    ...{ name: "Some", kind, nullable: false, maxLength: undefined },
    ...more,
});
const plain = (value: SourceValue, kind: ColumnKind) => convert(value, column(kind)).plain;

describe("a value of SQLite", () => {
    it("is a GUID in lower case, with or without dashes", () => {
        const expected = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";
        assert.equal(plain("0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9", "uuid"), expected);
        assert.equal(plain("0A1B2C3D4E5F60718293A4B5C6D7E8F9", "uuid"), expected);
        assert.throws(() => plain("0A1B2C3D", "uuid"), /"0A1B2C3D" is no GUID/);
    });

    it("is a time in microseconds, whatever its fraction and zone, and before 1970 too", () => {
        assert.equal(plain("1970-01-01 00:00:01", "timestamp"), "1000000");
        assert.equal(plain("1970-01-01 00:00:01.1234567", "timestamp"), "1123456");
        assert.equal(plain("1970-01-01T01:00:01.5+01:00", "timestamp"), "1500000");
        assert.equal(plain("1969-12-31 23:59:59.9", "timestamp"), "-100000");
        assert.equal(plain("0001-01-01 00:00:00", "timestamp"), "-62135596800000000");
        assert.throws(() => plain("2026-02-30x", "timestamp"), /is no time/);
        assert.throws(() => plain(12n, "timestamp"), /12 is no time/);
    });

    it("is a whole number within its column, exact beyond 2^53", () => {
        assert.equal(plain(9_007_199_254_740_993n, "bigint"), "9007199254740993");
        assert.throws(
            () => plain(2n ** 31n, "integer"),
            /2147483648 is no whole number from -2147483648 to 2147483647/,
        );
        assert.throws(() => plain(1.5, "integer"), /1.5 is no whole number/);
        assert.deepEqual([plain(0n, "boolean"), plain(1n, "boolean")], ["false", "true"]);
        assert.throws(() => plain(2n, "boolean"), /2 is no whole number from 0 to 1/);
    });

    it("has one text for equal numbers with a point", () => {
        assert.deepEqual([plain(3n, "double"), plain(3.0, "double"), plain(-0, "double")], ["3", "3", "0"]);
        assert.equal(plain(0.1, "real"), String(Math.fround(0.1)));
    });

    it("is a list of ticks, exact", () => {
        assert.equal(plain(" [1, -2,9007199254740993 ] ", "bigints"), "{1,-2,9007199254740993}");
        assert.equal(plain("[]", "bigints"), "{}");
        assert.throws(() => plain("[1.5]", "bigints"), /is no list of whole numbers/);
    });

    it("is text without what PostgreSQL does not take, cut between characters", () => {
        assert.deepEqual(convert("a\0b", column("text")), { plain: "ab", changed: "without NUL characters" });
        assert.deepEqual(convert("📱📱📱", column("text", { maxLength: 2 })), { plain: "📱📱", changed: "shortened" });
        assert.deepEqual(convert("📱📱", column("text", { maxLength: 2 })), { plain: "📱📱" });
    });

    it("is empty only where the target allows it", () => {
        assert.deepEqual(convert(null, column("text", { nullable: true })), { plain: null });
        assert.throws(() => convert(null, column("text")), /is empty, which the target does not allow/);
    });

    it("has a column of a type that is known, or is refused", () => {
        assert.equal(columnKind("Users", "Id", "uuid"), "uuid");
        assert.throws(() => columnKind("Users", "Pin", "jsonb"), /Users\.Pin: has the type jsonb/);
    });
});

describe("the checksum of a table", () => {
    const of = (...rows: (string | null)[][]) => {
        const checksum = new Checksum();
        rows.forEach((row) => checksum.add(row));
        return checksum.toString();
    };

    it("does not depend on the order of rows, and does on everything else", () => {
        assert.equal(of(["a", "b"], ["c", null]), of(["c", null], ["a", "b"]));
        const different = [
            [["a", "b"]],
            [["ab", ""]],
            [["b", "a"]],
            [["a", null]],
            [["a", "-"]],
            [
                ["a", "b"],
                ["a", "b"],
            ],
        ];
        assert.equal(new Set(different.map((rows) => of(...rows))).size, different.length);
    });
});
