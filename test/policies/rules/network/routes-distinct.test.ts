import assert from "node:assert/strict";
import { routesDistinct as rule } from "../../../../policies/rules/network/routes-distinct";
import { excuse, fact, judge, service } from "../../house";
import { unknownText } from "../../preview";
import { ingress, route } from "./routes";

const clean = { messages: [], unchecked: [] };

function matching(match: string) {
    return route({}, { match });
}

describe("routes-distinct", () => {
    it("accepts hosts and paths of their own", () => {
        const others = [matching("Host(`a.home.arpa`)"), matching("Host(`tv.home.arpa`) && PathPrefix(`/api`)")];
        assert.deepEqual(judge(rule, route(), ...others, ingress(undefined, "b.home.arpa")), clean);
        assert.deepEqual(judge(rule, service()), clean);
    });

    it("accepts the same host on another entry point", () => {
        const props = route().props;
        const secure = fact(route().type, { ...props, spec: { ...Object(props["spec"]), entryPoints: ["websecure"] } });
        assert.deepEqual(judge(rule, route(), secure), clean);
    });

    it("refuses the same host and path, of whatever kinds", () => {
        assert.match(
            judge(rule, route(), ingress()).messages.join(),
            /^\w+ media\/jellyfin \S+: tv\.home\.arpa\/ is answered by \w+ media\/jellyfin too, and chance decides/,
        );
        assert.equal(judge(rule, route(), route()).messages.length, 1);
    });

    for (const bad of [
        matching("PathPrefix(`/`)"),
        matching("HostRegexp(`.+`)"),
        ingress(undefined, null),
        ingress(undefined, "*.home.arpa"),
    ]) {
        it(`refuses to answer to any name, as ${JSON.stringify(bad.props["spec"]).slice(0, 60)}`, () => {
            assert.match(judge(rule, bad).messages.join(), /answers to names of others .*; name one host in full$/);
        });
    }

    it("leaves an unknown host unchecked", () => {
        const found = judge(rule, ingress(undefined, unknownText), route());
        assert.deepEqual(found, { messages: [], unchecked: ["spec.rules.0.host"] });
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-routes-distinct": excuse("the page for names that nobody has") };
        const any = route({}, { match: "PathPrefix(`/`)" }, { annotations });
        assert.deepEqual(judge(rule, any), clean);
    });
});
