import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { loadConfig } from "../../../infra/config/load";
import { hasMachines } from "../../../infra/config/schema";
import { readHouse, type RawHouse } from "./houses";

const token = "homelab@pve!pulumi=0f6ba1c5-5a4e-4a0f-9a5e-3c2f2a1b4d5e";
const secrets = { proxmoxApiToken: token, proxmoxSshPassword: "correct horse" };

/** Puts a house where the engine would put it: structured values as JSON, plain ones as they are. */
function configure(house: RawHouse): void {
    const stored: Record<string, string> = { "aws:region": "eu-west-1" };
    for (const [key, value] of Object.entries(house)) {
        stored[`homelab:${key}`] = typeof value === "string" ? value : JSON.stringify(value);
    }
    pulumi.runtime.setAllConfig(
        stored,
        Object.keys(secrets).map((key) => `homelab:${key}`),
    );
}

function refusal(): Error {
    try {
        loadConfig();
    } catch (error) {
        assert.ok(error instanceof Error);
        return error;
    }
    assert.fail("the configuration was accepted");
}

describe("loading the configuration of a stack", () => {
    before(async () => {
        await pulumi.runtime.setMocks(
            { newResource: () => ({ id: "", state: {} }), call: () => ({}) },
            "homelab",
            "dev",
        );
    });
    after(() => pulumi.runtime.setAllConfig({}));

    it("gives the checked house, and secrets as secret outputs", async () => {
        configure({ ...readHouse("Pulumi.dev.yaml"), ...secrets });
        const loaded = loadConfig();
        assert.ok(hasMachines(loaded.config));
        assert.equal(loaded.config.hosts[2]?.name, "pve-3");
        assert.ok(loaded.secrets.proxmoxApiToken);
        assert.equal(await pulumi.isSecret(loaded.secrets.proxmoxApiToken), true);
        assert.equal(loaded.secrets.proxmoxSshPrivateKey, undefined);
        assert.ok(!JSON.stringify(loaded.config).includes("correct horse"));
    });

    it("tells the mistakes of areas, unknown keys and secrets together, without a stack trace", () => {
        configure({ ...readHouse("Pulumi.dev.yaml"), hosts: "pve-1", proxmoxToken: token });
        const error = refusal();
        assert.ok(pulumi.RunError.isInstance(error));
        const [heading, ...lines] = error.message.split("\n");
        assert.equal(heading, "4 mistakes in the configuration; nothing was changed.");
        assert.deepEqual(
            lines.map((line) => line.slice(2, line.indexOf(": "))),
            ["hosts", "proxmoxToken", "proxmoxApiToken", "proxmoxSshPrivateKey"],
        );
    });

    it("shows no secret, not even one under a wrong name", () => {
        configure({
            ...readHouse("Pulumi.dev.yaml"),
            proxmoxToken: token,
            proxmoxApiToken: "s3cr3t",
            proxmoxSshPassword: "x",
            proxmox: "pa55word of an area",
        });
        const { message } = refusal();
        assert.ok(!message.includes(token) && !message.includes("s3cr3t") && !message.includes("pa55word"), message);
    });

    it("asks for everything that an empty stack lacks, secrets included", () => {
        configure({});
        assert.equal(refusal().message.split("\n").length, 1 + 9 + 2);
    });
});
