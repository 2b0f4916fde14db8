import { apkCacheLeft } from "./rules/apk-cache-left.ts";
import { aptInstallRecommends } from "./rules/apt-install-recommends.ts";
import { aptListsLeft } from "./rules/apt-lists-left.ts";
import { buildImageAsFinalBase } from "./rules/build-image-as-final-base.ts";
import { buildToolsInFinalStage } from "./rules/build-tools-in-final-stage.ts";
import { cmdRepeatsEntrypoint } from "./rules/cmd-repeats-entrypoint.ts";
import { consistentInstructionCasing } from "./rules/consistent-instruction-casing.ts";
import { copyIgnoredFile } from "./rules/copy-ignored-file.ts";
import { dnfCacheLeft } from "./rules/dnf-cache-left.ts";
import { duplicateStageName } from "./rules/duplicate-stage-name.ts";
import { dynamicProgramInScratch } from "./rules/dynamic-program-in-scratch.ts";
import { exposeInvalidFormat } from "./rules/expose-invalid-format.ts";
import { exposeProtoCasing } from "./rules/expose-proto-casing.ts";
import { fromAsCasing } from "./rules/from-as-casing.ts";
import { fromPlatformFlagConstDisallowed } from "./rules/from-platform-flag-const-disallowed.ts";
import { fullDistributionBase } from "./rules/full-distribution-base.ts";
import { invalidBaseImagePlatform } from "./rules/invalid-base-image-platform.ts";
import { invalidDefaultArgInFrom } from "./rules/invalid-default-arg-in-from.ts";
import { invalidDefinitionDescription } from "./rules/invalid-definition-description.ts";
import { jsonArgsRecommended } from "./rules/json-args-recommended.ts";
import { legacyKeyValueFormat } from "./rules/legacy-key-value-format.ts";
import { maintainerDeprecated } from "./rules/maintainer-deprecated.ts";
import { multipleInstructionsDisallowed } from "./rules/multiple-instructions-disallowed.ts";
import { noEmptyContinuation } from "./rules/no-empty-continuation.ts";
import { npmDevDependencies } from "./rules/npm-dev-dependencies.ts";
import { pipCacheLeft } from "./rules/pip-cache-left.ts";
import { redundantTargetPlatform } from "./rules/redundant-target-platform.ts";
import { reservedStageName } from "./rules/reserved-stage-name.ts";
import { rootUser } from "./rules/root-user.ts";
import { runWithoutShell } from "./rules/run-without-shell.ts";
import { secretInValue } from "./rules/secret-in-value.ts";
import { secretsUsedInArgOrEnv } from "./rules/secrets-used-in-arg-or-env.ts";
import { shellFormWithoutShell } from "./rules/shell-form-without-shell.ts";
import { stageNameCasing } from "./rules/stage-name-casing.ts";
import { undefinedArgInFrom } from "./rules/undefined-arg-in-from.ts";
import { undefinedVar } from "./rules/undefined-var.ts";
import { unusedStage } from "./rules/unused-stage.ts";
import { workdirRelativePath } from "./rules/workdir-relative-path.ts";
import type { Rule } from "./types.ts";

/** What `docker build --check` looks for. */
const BUILDKIT_RULES: readonly Rule[] = [
  stageNameCasing,
  fromAsCasing,
  noEmptyContinuation,
  consistentInstructionCasing,
  duplicateStageName,
  reservedStageName,
  jsonArgsRecommended,
  maintainerDeprecated,
  undefinedArgInFrom,
  workdirRelativePath,
  undefinedVar,
  multipleInstructionsDisallowed,
  legacyKeyValueFormat,
  invalidBaseImagePlatform,
  redundantTargetPlatform,
  secretsUsedInArgOrEnv,
  invalidDefaultArgInFrom,
  fromPlatformFlagConstDisallowed,
  copyIgnoredFile,
  invalidDefinitionDescription,
  exposeProtoCasing,
  exposeInvalidFormat,
];

/** What makes images small and safe. */
const TARE_RULES: readonly Rule[] = [
  unusedStage,
  cmdRepeatsEntrypoint,
  buildToolsInFinalStage,
  buildImageAsFinalBase,
  fullDistributionBase,
  shellFormWithoutShell,
  runWithoutShell,
  dynamicProgramInScratch,
  aptInstallRecommends,
  aptListsLeft,
  apkCacheLeft,
  dnfCacheLeft,
  pipCacheLeft,
  npmDevDependencies,
  secretInValue,
  rootUser,
];

/** Every rule, in the order of their findings on one line. */
export const RULES: readonly Rule[] = [...BUILDKIT_RULES, ...TARE_RULES];
