import { type Policies, PolicyPack } from "@pulumi/policy";
import type { Keys } from "./model/field";
import type { ResourceRule, Rule, StackRule } from "./model/rule";
import { checkAll, checkResource } from "./model/run";
import { rules } from "./rules/index";

type Policy = Policies[number];

function policy(rule: Rule): Policy {
    const words = {
        name: rule.name,
        description: rule.description,
        enforcementLevel: rule.level,
        severity: rule.severity,
        remediationSteps: rule.instead,
    };
    switch (rule.kind) {
        case "resource":
            return { ...words, ...resourcePolicy(rule) };
        case "stack":
            return { ...words, ...stackPolicy(rule) };
    }
}

// One function a policy, never a list: the SDK decodes the properties again for each function.
function resourcePolicy(rule: ResourceRule): Pick<Extract<Policy, { validateResource?: unknown }>, "validateResource"> {
    return {
        validateResource: (args, reportViolation) => {
            const { violations, notChecked } = checkResource(rule, args);
            for (const violation of violations) reportViolation(violation.message, violation.urn);
            for (const { keys } of notChecked) touch(args.props, keys);
        },
    };
}

function stackPolicy(rule: StackRule): Pick<Extract<Policy, { validateStack: unknown }>, "validateStack"> {
    return {
        validateStack: (args, reportViolation) => {
            const { violations, notChecked } = checkAll([rule], args.resources);
            for (const violation of violations) reportViolation(violation.message, violation.urn);
            for (const { urn, keys } of notChecked) {
                touch(args.resources.find((resource) => resource.urn === urn)?.props, keys);
            }
        },
    };
}

/** Reads an unknown value once more through the SDK's proxy, which answers by reporting it as not checked, and no more. */
function touch(props: unknown, keys: Keys): void {
    let value = props;
    for (const key of keys) value = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

new PolicyPack("homelab", { policies: rules.map(policy) });
