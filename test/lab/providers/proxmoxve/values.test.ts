import assert from "node:assert/strict";
import { type CheckFailure, Unknown, type Value } from "../../../../lab/providers/kit/provider";
import type { Field, ObjectShape, Shape } from "../../../../lab/providers/proxmoxve/schema";
import { fromObject, pack, toObject, toTerraform, unpack } from "../../../../lab/providers/proxmoxve/values";

const text: Shape = { kind: "string" };
const number: Shape = { kind: "number" };
const field = (key: string, name: string, shape: Shape): Field => ({
    key,
    name,
    shape,
    input: true,
    required: false,
    computed: false,
    sensitive: false,
    deprecated: false,
});
const object = (...fields: Field[]): ObjectShape => ({ kind: "object", fields, whole: false });

const machine = object(
    field("vm_id", "vmId", number),
    field("started", "started", { kind: "bool" }),
    field("cpu", "cpu", { kind: "list", single: true, block: true, element: object(field("cores", "cores", number)) }),
    field("disk", "disks", {
        kind: "list",
        single: false,
        block: true,
        element: object(field("size", "size", number)),
    }),
    field("tags", "tags", { kind: "list", single: false, block: false, element: text }),
    field("nodes", "nodes", { kind: "map", element: number }),
);

const converted = (value: Parameters<typeof toObject>[1]): { state: Value; failures: CheckFailure[] } => {
    const failures: CheckFailure[] = [];
    return { state: toObject(machine, value, "", failures), failures };
};

describe("values of the bridge", () => {
    it("travel over the wire unchanged", () => {
        const value: Value = {
            a: null,
            b: true,
            c: -7,
            d: 1.5,
            e: "ü",
            f: [1, "x", []],
            g: { h: {} },
            i: 4_294_967_296,
        };
        assert.deepEqual(unpack(pack(value)), value);
    });

    it("travel over the wire when they are not known yet", () => {
        assert.deepEqual([...pack(Unknown.value).msgpack], [0xd4, 0, 0]);
        assert.deepEqual(unpack(pack({ a: Unknown.value, b: [Unknown.value] })), {
            a: Unknown.value,
            b: [Unknown.value],
        });
    });

    it("count as unknown when Terraform knows something about what it does not know", () => {
        const refined = { msgpack: new Uint8Array([0xc7, 3, 12, 0x81, 1, 0xc2]) };
        assert.equal(unpack(refined), Unknown.value);
    });

    it("have every attribute in Terraform's form, and no block that is null", () => {
        assert.deepEqual(converted({ vmId: 1 }).state, {
            vm_id: 1,
            started: null,
            cpu: [],
            disk: [],
            tags: null,
            nodes: null,
        });
    });

    it("come back as they were", () => {
        const inputs = {
            vmId: 1,
            started: false,
            cpu: { cores: 4 },
            disks: [{ size: 8 }, {}],
            tags: [],
            nodes: { "pve-1": 2 },
        };
        const { state, failures } = converted(inputs);
        assert.deepEqual(failures, []);
        assert.ok(typeof state === "object" && state !== null && !Array.isArray(state) && !(state instanceof Unknown));
        assert.deepEqual(state["cpu"], [{ cores: 4 }]);
        assert.deepEqual(fromObject(machine, state), inputs);
    });

    it("stay unknown as a whole where a whole block is", () => {
        assert.deepEqual(converted({ cpu: Unknown.value }).state, {
            ...{ vm_id: null, started: null, disk: [], tags: null, nodes: null },
            cpu: Unknown.value,
        });
    });

    it("are taken in the spelling of another type where nothing is lost", () => {
        assert.equal(toTerraform(number, "12", "", []), 12);
        assert.equal(toTerraform(text, 12, "", []), "12");
        assert.equal(toTerraform({ kind: "bool" }, "true", "", []), true);
    });

    it("are refused by their path, without being shown", () => {
        const { failures } = converted({
            cpu: { cores: "secret" },
            disks: [{ size: {} }],
            tags: "a",
            coures: 1,
            vmIdx: 2,
        });
        assert.deepEqual(failures, [
            { property: "coures", reason: "there is no such property" },
            { property: "vmIdx", reason: "there is no such property; perhaps vmId is meant" },
            { property: "cpu.cores", reason: "a number is expected here, not a string" },
            { property: "disks[0].size", reason: "a number is expected here, not an object" },
            { property: "tags", reason: "a list is expected here, not a string" },
        ]);
    });
});
