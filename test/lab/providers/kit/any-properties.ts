import fc from "fast-check";
import type { Properties, Value } from "../../../../lab/providers/kit/provider";

/** Keys as programs have them: the protocol's own maps lose one that is called `__proto__`. */
const key = fc.string().filter((text) => text !== "__proto__");

const { properties } = fc.letrec<{ value: Value; properties: Properties }>((tie) => ({
    value: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.constant(null),
        fc.boolean(),
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
        fc.string(),
        fc.array(tie("value")),
        tie("properties"),
    ),
    properties: fc.dictionary(key, tie("value"), { noNullPrototype: true }),
}));

/** Any inputs that are known. */
export const anyProperties: fc.Arbitrary<Properties> = properties;
