// Lints the program; formatting is Prettier's. A rule that does not fit is changed here, for all: comments cannot switch
// one off.
const javascript = require("@eslint/js");
const pulumi = require("@pulumi/eslint-plugin");
const boundaries = require("eslint-plugin-boundaries");
const typescript = require("typescript-eslint");

/** Which rooms a room may import from, besides packages. A room that is named by no other is imported by nobody. */
const arrows = {
    stacks: ["stacks", "components", "infra"],
    components: ["components"],
    infra: ["infra"],
    policies: ["policies"],
    services: ["services"],
    lab: ["lab"],
    docs: ["docs", "infra", "policies", "components"],
    scripts: ["scripts", "components", "infra"],
    test: ["test", "stacks", "components", "infra", "policies", "services", "lab", "docs", "scripts"],
};
const rooms = Object.keys(arrows);

const rereadConfiguration = [
    "NewExpression[callee.property.name='Config']",
    "ImportSpecifier[imported.name='Config']",
].map((selector) => ({
    selector,
    message: "Only infra/config/load.ts reads the configuration; take the value as an argument.",
}));
const environment = {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: "The program is decided by its configuration alone; add a key to the schema in infra/config.",
};
const objectInStack = {
    selector:
        "NewExpression > MemberExpression.callee[object.object.name='k8s'], NewExpression > MemberExpression.callee[object.object.object.name='k8s']",
    message: "A stack composes; make a component of it in components/.",
};

module.exports = typescript.config(
    { ignores: ["node_modules/", ".lab/", "**/*.d.ts"] },
    {
        files: ["**/*.js"],
        extends: [javascript.configs.recommended],
        languageOptions: { sourceType: "commonjs", globals: { __dirname: "readonly" } },
    },
    { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: "error" } },
    {
        files: ["**/*.{ts,mts,mjs}"],
        extends: [typescript.configs.strictTypeChecked],
        languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: __dirname } },
        plugins: { pulumi },
        rules: {
            "pulumi/no-output-in-template-literal": "error",
            "@typescript-eslint/restrict-template-expressions": [
                "error",
                { allowNumber: true, allowBoolean: true, allowNever: true },
            ],
            "@typescript-eslint/no-confusing-void-expression": [
                "error",
                { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
            ],
            "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
            // An interface may ask for a promise where an implementation has nothing to wait for.
            "@typescript-eslint/require-await": "off",
            // Wire formats are plain objects whose keys come and go.
            "@typescript-eslint/no-dynamic-delete": "off",
            // Overflows the stack on recursive types (typescript-eslint 8.73).
            "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
            // Names, addresses and keys are ASCII here.
            "@typescript-eslint/no-misused-spread": ["error", { allow: ["string"] }],
            "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
        },
    },
    {
        files: [`{${rooms.join(",")}}/**/*.{ts,mts,js,mjs}`],
        plugins: { boundaries },
        settings: {
            "boundaries/root-path": __dirname,
            "boundaries/elements": rooms.map((room) => ({ type: room, pattern: room, partialMatch: false })),
            "import/resolver": { node: { extensions: [".ts", ".mts", ".js", ".mjs", ".json"] } },
        },
        rules: {
            "boundaries/no-unknown-files": "error",
            "boundaries/dependencies": [
                "error",
                {
                    default: "disallow",
                    policies: [
                        ...rooms.map((room) => ({
                            from: { element: { type: room } },
                            allow: { to: { element: { types: { anyOf: arrows[room] } } } },
                        })),
                        { allow: { to: { module: { origin: ["external", "core"] } } } },
                    ],
                },
            ],
        },
    },
    {
        files: ["**/*.{ts,mts,js,mjs}"],
        rules: {
            "no-warning-comments": [
                "error",
                { terms: ["todo", "fixme", "xxx", "eslint-disable"], location: "anywhere" },
            ],
        },
    },
    {
        files: ["{stacks,components,infra}/**/*.ts"],
        rules: { "no-restricted-syntax": ["error", ...rereadConfiguration, environment] },
    },
    {
        files: ["stacks/**/*.ts"],
        rules: { "no-restricted-syntax": ["error", ...rereadConfiguration, environment, objectInStack] },
    },
    { files: ["infra/config/load.ts"], rules: { "no-restricted-syntax": ["error", environment] } },
);
