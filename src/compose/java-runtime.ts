import { TareError } from "../base/index.ts";
import { cutRuntime, ofOtherModules } from "../java/index.ts";
import type { Recipe } from "../recipe/index.ts";
import { mergedPath, type PathTest } from "../tree/index.ts";
import type { PackageLayer } from "./package-layer.ts";
import { type Placed, placedStream } from "./placed.ts";

/** A Java runtime that was cut to some modules. */
export interface JavaRuntime {
  /** The file of its modules, in the place of the package's. */
  readonly placed: readonly Placed[];
  /** Whether a file is of no use to the modules that are left. */
  readonly leavesOut: PathTest;
}

/** The file in which a runtime has its modules, from the root of its package; the rest of the runtime is around it. */
const MODULES = /^(usr\/lib\/jvm\/[^/]+\/)lib\/modules$/;

/**
 * Cuts the Java runtime that the packages bring to the modules that the recipe names. `user-bad-recipe` when there is no
 * runtime or no such module.
 */
export async function javaRuntime(
  packages: readonly PackageLayer[],
  { javaModules }: Pick<Recipe, "javaModules">,
): Promise<JavaRuntime> {
  if (!javaModules) return { placed: [], leavesOut: () => false };
  for (const { layer } of packages) {
    const { entries } = await layer.index();
    const found = entries.find(({ path, kind }) => kind === "file" && MODULES.test(mergedPath(path)));
    if (!found) continue;
    const path = mergedPath(found.path);
    const home = MODULES.exec(path)?.[1] as string;
    const { modules, content } = await cutRuntime(() => layer.read(found), javaModules);
    const { mode, uid, gid, mtime } = found;
    return {
      placed: [await placedStream({ path, mode, uid, gid, mtime }, { read: content })],
      leavesOut: (full) =>
        full.startsWith(`/${home}`) && ofOtherModules(full.slice(home.length + 1), modules),
    };
  }
  throw new TareError("user-bad-recipe", "java-modules needs a Java runtime, and no package brings one", {
    hint: "extend the recipe java, or name a package such as openjdk-21-jre-headless",
  });
}
