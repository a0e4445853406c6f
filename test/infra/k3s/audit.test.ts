import assert from "node:assert/strict";
import { parse } from "yaml";
import { z } from "zod";
import { auditPolicyFile } from "../../../infra/k3s/audit";

const rule = z.strictObject({
    level: z.enum(["None", "Metadata"]),
    users: z.array(z.string()).optional(),
    userGroups: z.array(z.string()).optional(),
    verbs: z.array(z.string()).optional(),
    resources: z.array(z.strictObject({ group: z.string(), resources: z.array(z.string()) })).optional(),
    omitStages: z.array(z.string()).optional(),
});
const policy = z.object({ omitStages: z.array(z.string()), rules: z.array(rule) });
type Rule = z.infer<typeof rule>;

interface Request {
    readonly user: string;
    readonly groups?: readonly string[];
    readonly verb: string;
    readonly resource: string;
    readonly group?: string;
}

/** The rule that decides about a request, as the API server finds it: the first that matches in all that it names. */
function ruleFor({ user, groups = [], verb, resource, group = "" }: Request): Rule {
    const { rules } = policy.parse(parse(auditPolicyFile().content));
    const found = rules.find(
        (each) =>
            (each.users?.includes(user) ?? true) &&
            (each.userGroups?.some((one) => groups.includes(one)) ?? true) &&
            (each.verbs?.includes(verb) ?? true) &&
            (each.resources?.some((one) => one.group === group && one.resources.includes(resource)) ?? true),
    );
    return found ?? assert.fail("a request without a rule");
}

const node = { user: "system:node:k3s-agent-1", groups: ["system:nodes"] };
const person = { user: "anna" };

describe("the audit log", () => {
    for (const [what, request] of [
        [
            "a node gets a secret, which whoever stole its certificate does",
            { ...node, verb: "get", resource: "secrets" },
        ],
        ["a node lists secrets", { ...node, verb: "list", resource: "secrets" }],
        ["a node watches a secret, which shows it as well", { ...node, verb: "watch", resource: "secrets" }],
        ["somebody reads a secret", { ...person, verb: "get", resource: "secrets" }],
        ["somebody goes into a pod", { ...person, verb: "create", resource: "pods/exec" }],
        ["somebody changes something", { ...person, verb: "patch", resource: "deployments", group: "apps" }],
        ["a node makes a token", { ...node, verb: "create", resource: "serviceaccounts/token" }],
    ] as const) {
        it(`has a line when ${what}`, () => {
            assert.equal(ruleFor(request).level, "Metadata");
        });
    }

    for (const [what, request] of [
        ["a node looks at its pods", { ...node, verb: "watch", resource: "pods" }],
        ["a node says that it lives", { ...node, verb: "patch", resource: "nodes/status" }],
        ["somebody looks", { ...person, verb: "list", resource: "pods" }],
        ["a part of the control plane reads", { user: "system:apiserver", verb: "list", resource: "secrets" }],
    ] as const) {
        it(`has none when ${what}`, () => {
            assert.equal(ruleFor(request).level, "None");
        });
    }

    it("has one line for a watch of a kubelet, of which there are many", () => {
        const watch = ruleFor({ ...node, verb: "watch", resource: "secrets" });
        const { omitStages } = policy.parse(parse(auditPolicyFile().content));
        assert.deepEqual([...omitStages, ...(watch.omitStages ?? [])], ["RequestReceived", "ResponseStarted"]);
    });
});
