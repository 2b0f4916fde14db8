import { suggest } from "../api/index.ts";
import { FUNCTIONS, type TemplateFunction } from "./template-functions.ts";
import {
  type Call,
  type Expression,
  type Node,
  type Pipeline,
  parseTemplateText,
} from "./template-syntax.ts";
import { templateError } from "./template-tokens.ts";
import {
  isList,
  isMap,
  isStruct,
  isTrue,
  kindOf,
  printed,
  sortedEntries,
  type Value,
} from "./template-values.ts";

/** A template, read and ready. */
export interface CompiledTemplate {
  /** The text for a value; `user-bad-flag` with the place of what the value does not have. */
  render(value: Value, functions?: Readonly<Record<string, TemplateFunction>>): string;
}

/** Reads a Go template; `user-bad-flag` with the place of what is wrong or not understood. */
export function compileTemplate(template: string): CompiledTemplate {
  const nodes = parseTemplateText(template);
  return {
    render(value, functions = FUNCTIONS) {
      const out: string[] = [];
      const scope: Scope = { template, functions, dot: value, variables: new Map([["", { value }]]), out };
      renderAll(nodes, scope);
      return out.join("");
    },
  };
}

interface Scope {
  readonly template: string;
  readonly functions: Readonly<Record<string, TemplateFunction>>;
  readonly dot: Value;
  /** Each in a box, because an inner block may assign to an outer one's. */
  readonly variables: Map<string, { value: Value }>;
  readonly out: string[];
}

function renderAll(nodes: readonly Node[], scope: Scope): void {
  for (const node of nodes) {
    if (node.kind === "text") scope.out.push(node.text);
    else if (node.kind === "print") {
      const value = pipelineValue(node.pipeline, scope);
      if (node.pipeline.declares.length === 0)
        scope.out.push(shown(value, { scope, at: node.pipeline.value.at }));
    } else renderBlock(node, scope);
  }
}

function shown(value: Value, { scope, at }: { readonly scope: Scope; readonly at: number }): string {
  if (!isStruct(value) || Object.keys(value).length === 0) return printed(value);
  throw fail("this is a whole object", { scope, at, hint: "write {{json .}}, or name one of its fields" });
}

function renderBlock(
  { kind, pipeline, body, otherwise }: Exclude<Node, { readonly kind: "text" | "print" }>,
  outer: Scope,
): void {
  const scope: Scope = { ...outer, variables: new Map(outer.variables) };
  if (kind === "range") return renderRange({ pipeline, body, otherwise }, scope);
  const value = pipelineValue(pipeline, scope);
  if (!isTrue(value)) renderAll(otherwise, scope);
  else renderAll(body, kind === "with" ? { ...scope, dot: value } : scope);
}

function renderRange(
  {
    pipeline,
    body,
    otherwise,
  }: { readonly pipeline: Pipeline; readonly body: readonly Node[]; readonly otherwise: readonly Node[] },
  scope: Scope,
): void {
  const value = valueOf(pipeline.value, scope);
  const items = elements(value, { scope, at: pipeline.value.at });
  if (items.length === 0) return renderAll(otherwise, scope);
  const names = pipeline.declares.length === 1 ? ["", ...pipeline.declares] : pipeline.declares;
  for (const item of items) {
    const variables = new Map(scope.variables);
    for (const [at, name] of names.entries()) if (name !== "") variables.set(name, { value: item[at] });
    renderAll(body, { ...scope, variables, dot: item[1] });
  }
}

function elements(
  value: Value,
  { scope, at }: { readonly scope: Scope; readonly at: number },
): readonly (readonly [Value, Value])[] {
  if (isMap(value)) return sortedEntries(value);
  if (isList(value)) return value.map((one, index) => [index, one]);
  if (value === null || value === undefined) return [];
  throw fail(`range can not go over ${kindOf(value)}`, { scope, at });
}

function pipelineValue({ value, declares, assigns }: Pipeline, scope: Scope): Value {
  const found = valueOf(value, scope);
  for (const name of declares) {
    const known = assigns ? scope.variables.get(name) : undefined;
    if (assigns && !known) throw fail(`undefined variable $${name}`, { scope, at: value.at });
    if (known) known.value = found;
    else scope.variables.set(name, { value: found });
  }
  return found;
}

function valueOf(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "dot":
      return scope.dot;
    case "variable": {
      const known = scope.variables.get(expression.name);
      if (known) return known.value;
      throw fail(`undefined variable $${expression.name}`, { scope, at: expression.at });
    }
    case "field":
      return fieldOf(valueOf(expression.of, scope), { name: expression.name, at: expression.at, scope });
    case "call":
      return called(expression, { scope, last: [] });
    case "pipe":
      return expression.then.reduce<Value>(
        (value, call) => called(call, { scope, last: [value] }),
        valueOf(expression.first, scope),
      );
  }
}

function fieldOf(
  value: Value,
  { name, at, scope }: { readonly name: string; readonly at: number; readonly scope: Scope },
): Value {
  if (isMap(value)) return value.get(name);
  if (!isStruct(value))
    throw fail(`.${name} of ${kindOf(value)}`, { scope, at, hint: "check it by {{if}} or {{with}} first" });
  if (Object.hasOwn(value, name)) return value[name];
  const names = Object.keys(value);
  throw fail(`there is no field .${name}`, {
    scope,
    at,
    hint: `the fields are ${names.map((one) => `.${one}`).join(" ")}; {{json .}} gives all`,
  });
}

function called(
  { name, args, at }: Call,
  { scope, last }: { readonly scope: Scope; readonly last: readonly Value[] },
): Value {
  const known = Object.hasOwn(scope.functions, name) ? scope.functions[name] : undefined;
  if (!known) {
    const names = Object.keys(FUNCTIONS);
    const near = suggest(name, names);
    const hint = near === undefined ? `the functions are ${names.join(" ")}` : `did you mean ${near}?`;
    throw fail(`there is no function ${name}`, { scope, at, hint });
  }
  const values: Value[] = [];
  for (const arg of args) {
    values.push(valueOf(arg, scope));
    // What comes behind may make sense only if this is true.
    if (Object.hasOwn(STOPS, name) && isTrue(values.at(-1)) === STOPS[name]) break;
  }
  if (values.length === args.length) values.push(...last);
  try {
    return known(...values);
  } catch (error) {
    throw fail(`${name}: ${(error as Error).message}`, { scope, at });
  }
}

/** Functions whose value is known once an argument is true, or once one is not. */
const STOPS: Readonly<Record<string, boolean>> = { or: true, and: false };

function fail(
  why: string,
  { scope, at, hint }: { readonly scope: Scope; readonly at: number; readonly hint?: string },
): Error {
  return templateError(why, { template: scope.template, at, ...(hint !== undefined && { hint }) });
}
