// Writes the limits of what people fill in, as the API states them, without the rest of its document.
import { readFileSync, writeFileSync } from "node:fs";

const FORMS = ["AgentCreate", "ChannelCreate", "CollectionCreate", "MemoryCreate", "MemorySettings", "SavedWorkflowCreate"];
const LIMITS = ["minLength", "maxLength", "minimum", "maximum", "pattern", "minItems", "maxItems", "default"];

const source = new URL("../src/api/openapi.json", import.meta.url);
const target = new URL("../src/api/generated/rules.ts", import.meta.url);
const { schemas } = JSON.parse(readFileSync(source, "utf8")).components;

const limitsOf = (schema) => {
  const own = schema.anyOf?.find(({ type }) => type !== "null") ?? schema;
  const found = { ...schema, ...own };
  return Object.fromEntries(LIMITS.filter((name) => found[name] !== undefined).map((name) => [name, found[name]]));
};

const rules = Object.fromEntries(
  FORMS.map((form) => [
    form,
    Object.fromEntries(Object.entries(schemas[form].properties).map(([field, schema]) => [field, limitsOf(schema)])),
  ]),
);
writeFileSync(target, `// Made from openapi.json by \`npm run generate\`.\nexport const RULES = ${JSON.stringify(rules, null, 2)} as const;\n`);
