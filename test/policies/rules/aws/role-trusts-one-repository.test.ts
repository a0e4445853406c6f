import assert from "node:assert/strict";
import { roleTrustsOneRepository as rule } from "../../../../policies/rules/aws/role-trusts-one-repository";
import { fact, judge } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const issuer = "token.actions.githubusercontent.com";
const role = (...statements: readonly object[]) =>
    fact("aws:iam/role:Role", { assumeRolePolicy: JSON.stringify({ Version: "2012-10-17", Statement: statements }) });
const workflow = (equals: object, like: object = {}) => ({
    Effect: "Allow",
    Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${issuer}` },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: { StringEquals: equals, StringLike: like },
});
const aud = { [`${issuer}:aud`]: "sts.amazonaws.com" };
const sub = (text: string | readonly string[]) => ({ [`${issuer}:sub`]: text });

describe("role-trusts-one-repository", () => {
    for (const text of [
        "repo:house/homelab:environment:prod",
        "repo:house/homelab:pull_request",
        "repo:a/b:ref:refs/heads/main",
    ]) {
        it(`accepts ${text}`, () => assert.deepEqual(judge(rule, role(workflow({ ...aud, ...sub(text) }))), clean));
    }

    it("accepts roles that have nothing to do with workflows", () => {
        const service = { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" };
        assert.deepEqual(judge(rule, role(service)), clean);
    });

    it("refuses a role that any repository may take on", () => {
        assert.deepEqual(judge(rule, role(workflow(aud))).messages, [
            "Role example assumeRolePolicy: workflows of any repository may take on this role (role-trusts-one-repository); " +
                `write StringEquals ${issuer}:sub repo:<owner>/<name>:environment:<name>`,
        ]);
    });

    it("refuses stars, and StringLike where one would be", () => {
        assert.match(
            judge(rule, role(workflow({ ...aud, ...sub("repo:house/homelab:*") }))).messages.join(),
            /more than one place/,
        );
        assert.match(judge(rule, role(workflow(aud, sub("repo:house/*")))).messages.join(), /of any repository/);
    });

    it("refuses a token for another audience, and everybody", () => {
        assert.match(
            judge(rule, role(workflow(sub("repo:a/b:pull_request")))).messages.join(),
            /made for somebody else/,
        );
        const all = { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" };
        assert.match(judge(rule, role(all)).messages.join(), /everybody who has an account/);
    });

    it("leaves an unknown policy unchecked", () => {
        assert.deepEqual(judge(rule, fact("aws:iam/role:Role", { assumeRolePolicy: unknownText })).unchecked, [
            "assumeRolePolicy",
        ]);
    });

    it("does not apply to users", () => {
        assert.equal(rule.applies("aws:iam/user:User"), false);
    });
});
