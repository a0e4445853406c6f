import assert from "node:assert/strict";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import fc from "fast-check";
import { type Properties, Unknown } from "../../../../lab/providers/kit/provider";
import { containsUnknown, fromStruct, jsonSetting, toStruct } from "../../../../lab/providers/kit/values";
import { anyProperties } from "./any-properties";

const signature = "4dabf18193072939515e22adb298388d";
const received = (value: object): Properties =>
    fromStruct(Struct.deserializeBinary(Struct.fromJavaScript({ ...value }).serializeBinary()));

describe("the engine's values", () => {
    it("survive the way there and back", () => {
        fc.assert(
            fc.property(anyProperties, (plain) => {
                assert.deepEqual(fromStruct(Struct.deserializeBinary(toStruct(plain).serializeBinary())), plain);
            }),
        );
    });

    it("are unknown where the engine puts a sentinel, in either direction", () => {
        const sentinel = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
        const value = received({ a: sentinel, b: [sentinel], c: "known" });
        assert.deepEqual(value, { a: Unknown.value, b: [Unknown.value], c: "known" });
        assert.deepEqual(toStruct(value).toJavaScript(), { a: sentinel, b: [sentinel], c: "known" });
        assert.deepEqual([value, { c: 1 }].map(containsUnknown), [true, false]);
    });

    it("come without the wrapping of secrets, and go with it where a type says so", () => {
        const wrapped = { [signature]: "1b47061264138c4ac30d75fd1eb44270", value: { key: "hush" } };
        assert.deepEqual(received({ a: wrapped, list: [wrapped] }), { a: { key: "hush" }, list: [{ key: "hush" }] });
        assert.deepEqual(toStruct({ a: { key: "hush" }, b: null }, ["a", "b"]).toJavaScript(), { a: wrapped, b: null });
    });

    it("are refused by path when they are files", () => {
        const asset = { [signature]: "c44067f5952c0a294b673a41bacd8c17", text: "x" };
        assert.throws(
            () => received({ data: { files: [asset] } }),
            /^Error: data\.files\[0\]: a file or archive was given/,
        );
    });

    it("of settings are read from JSON, as the Node SDK writes them", () => {
        assert.equal(jsonSetting("true"), true);
        assert.deepEqual(jsonSetting('[{"s3":"http://x"}]'), [{ s3: "http://x" }]);
        assert.equal(jsonSetting("no JSON"), "no JSON");
        assert.equal(jsonSetting(undefined), undefined);
    });
});
