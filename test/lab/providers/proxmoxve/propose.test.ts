import assert from "node:assert/strict";
import { proposeState } from "../../../../lab/providers/proxmoxve/propose";
import type { Field, ObjectShape, Shape } from "../../../../lab/providers/proxmoxve/schema";

const text: Shape = { kind: "string" };
const object = (fields: Field[], whole = false): ObjectShape => ({ kind: "object", fields, whole });
const field = (key: string, who: "program" | "provider" | "either", shape: Shape = text): Field => ({
    key,
    name: key,
    shape,
    input: who !== "provider",
    required: false,
    computed: who !== "program",
    sensitive: false,
    deprecated: false,
});
const member = object([field("node", "program"), field("mac", "either")]);
const many = (kind: "list" | "set", element: Shape, block = true): Shape => ({ kind, element, single: false, block });

describe("the state that is proposed for a plan", () => {
    const shape = object([
        field("name", "program"),
        field("id", "provider"),
        field("hotplug", "either"),
        field("disk", "program", many("list", member)),
        field("map", "program", many("set", member)),
        field("nic", "either", many("list", object([field("bridge", "program")], true), false)),
        field("auth", "either", object([field("user", "program")])),
    ]);
    const nothing = { name: null, id: null, hotplug: null, disk: [], map: [], nic: null, auth: null };

    it("is the configuration where nothing was before", () => {
        const config = { ...nothing, name: "a", disk: [{ node: "x", mac: null }] };
        assert.deepEqual(proposeState(shape, null, config), config);
    });

    it("keeps what the provider decided and drops what the program gives no more", () => {
        const prior = { ...nothing, name: "a", id: "1", hotplug: "disk" };
        assert.deepEqual(proposeState(shape, prior, nothing), { ...nothing, id: "1", hotplug: "disk" });
    });

    it("continues the members of a list by their place", () => {
        const prior = { ...nothing, disk: [{ node: "x", mac: "1" }] };
        const config = {
            ...nothing,
            disk: [
                { node: "y", mac: null },
                { node: "z", mac: null },
            ],
        };
        assert.deepEqual(proposeState(shape, prior, config)["disk"], [
            { node: "y", mac: "1" },
            { node: "z", mac: null },
        ]);
    });

    it("continues the members of a set by what they have in common", () => {
        const prior = {
            ...nothing,
            map: [
                { node: "x", mac: "1" },
                { node: "y", mac: "2" },
            ],
        };
        const config = {
            ...nothing,
            map: [
                { node: "y", mac: null },
                { node: "z", mac: null },
            ],
        };
        assert.deepEqual(proposeState(shape, prior, config)["map"], [
            { node: "y", mac: "2" },
            { node: "z", mac: null },
        ]);
    });

    it("keeps a whole value that the provider decided, but not one with parts that only the program can give", () => {
        const prior = { ...nothing, nic: [{ bridge: "vmbr0" }], auth: { user: "root" } };
        assert.deepEqual(proposeState(shape, prior, nothing), { ...nothing, nic: [{ bridge: "vmbr0" }] });
    });
});
