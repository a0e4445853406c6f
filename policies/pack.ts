import { type Policies, type PolicyResource, PolicyPack, type ResourceValidationArgs } from "@pulumi/policy";
import { dayOf } from "./model/day";
import type { ResourceFact } from "./model/fact";
import type { Keys } from "./model/field";
import type { ResourceRule, Rule, StackRule } from "./model/rule";
import { type Outcome, checkAll, checkResource } from "./model/run";
import { rules } from "./rules/index";

type Policy = Policies[number];
type ReportViolation = (message: string, urn?: string) => void;

const today = dayOf(new Date());

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
            if (!rule.applies(args.type)) return;
            tell(checkResource(rule, asked(args), today), reportViolation, () => args.props);
        },
    };
}

function stackPolicy(rule: StackRule): Pick<Extract<Policy, { validateStack: unknown }>, "validateStack"> {
    return {
        validateStack: (args, reportViolation) => {
            const props = (urn: string) => args.resources.find((resource) => resource.urn === urn)?.props;
            tell(checkAll([rule], args.resources.map(listed), today), reportViolation, props);
        },
    };
}

function asked({ type, name, urn, props, opts, provider }: ResourceValidationArgs): ResourceFact {
    return { type, name, urn, props, opts: { ...opts, provider: provider?.urn } };
}

function listed({ type, name, urn, props, opts, ...links }: PolicyResource): ResourceFact {
    const [parent, provider] = [links.parent?.urn, links.provider?.urn];
    return {
        type,
        name,
        urn,
        props,
        opts: { ...opts, parent, provider, dependsOn: links.dependencies.map((to) => to.urn) },
    };
}

/** A broken rule is a violation of its own level: it has not passed. */
function tell(outcome: Outcome, reportViolation: ReportViolation, props: (urn: string) => unknown): void {
    for (const { message, urn } of [...outcome.violations, ...outcome.broken]) reportViolation(message, urn);
    for (const { urn, keys } of outcome.notChecked) touch(props(urn), keys);
}

/** Reads an unknown value once more through the SDK's proxy, which answers by reporting it as not checked, and no more. */
function touch(props: unknown, keys: Keys): void {
    let value = props;
    for (const key of keys) value = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

new PolicyPack("homelab", { policies: rules.map(policy) });
