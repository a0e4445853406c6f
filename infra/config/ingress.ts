import { z } from "zod";
import { url } from "./addressing";
import { choice, field, group, list, text } from "./field";
import { hostName } from "./naming";

function email(meaning: string) {
    return field(z.email(), meaning, {
        is: "an e-mail address",
        rule: "people are known by it",
        write: "write one like ann@example.org",
    });
}

const acmeSchema = group("Certificates of Let's Encrypt, which every device trusts.", {
    email: email("Whom Let's Encrypt tells that a certificate is about to end."),
    directory: choice(
        ["production", "staging"],
        "Default: production. Staging has room for trials, but no device trusts what it signs.",
        "Let's Encrypt has these two",
    ).default("production"),
});

const loginSchema = group("Who may come in from the internet, and who knows them.", {
    issuer: url("OpenID Connect provider, for example https://accounts.google.com.", {
        schemes: ["https"],
        only: (parsed) => parsed.search === "" && parsed.hash === "",
        is: "the address of an OpenID Connect provider",
        rule: "https; /.well-known/openid-configuration lies below it",
        write: "write one like https://accounts.google.com",
    }),
    clientId: text(/^[\x21-\x7e]{1,255}$/, "Name by which the provider knows this house.", {
        is: "a client id",
        rule: "the provider makes it, without spaces",
        write: "copy it from the provider's page of this client",
    }),
    host: hostName("Name at which the provider sends people back, below house.domain: https://<host>/oauth2/callback."),
    emails: list(email("Somebody who may come in."), "Those who may come in, by the address that the provider knows.", {
        min: 1,
        max: 100,
        rule: "each is named: everybody with an account at the provider is half the world",
    }),
});

/** How the programs of the house are reached: certificates, and the way in from the internet. */
export const ingressSchema = group("How the programs of the house are reached.", {
    acme: acmeSchema
        .describe(
            "Certificates of Let's Encrypt for a domain of your own at Route 53. Leave it out, and the house has an authority of its own, which each device has to be told to trust.",
        )
        .optional(),
    login: loginSchema.describe("The login for what is public. Leave it out, and nothing can be.").optional(),
});
