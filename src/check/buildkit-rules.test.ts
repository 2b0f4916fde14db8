// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Dockerfiles have this syntax too
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSource, findings } from "./fixtures.ts";
import type { CheckRequest } from "./types.ts";

type Case = readonly [source: string, expected: readonly string[], rest?: Partial<CheckRequest>];

/** Dockerfiles by rule, with the lines and words that `docker build --check` reports. */
const CASES: Readonly<Record<string, readonly Case[]>> = {
  StageNameCasing: [
    ["FROM a AS Foo", ["1 Stage name 'Foo' should be lowercase"]],
    ["\nFROM a AS foo\nFROM b \\\n  AS BAR", ["3-4 Stage name 'BAR' should be lowercase"]],
    ["FROM A/b as foo-1.x_y\nFROM c", []],
  ],
  FromAsCasing: [
    ["FROM a as b", ["1 'as' and 'FROM' keywords' casing do not match"]],
    ["from a AS b\nfrom a as c", ["1 'AS' and 'from' keywords' casing do not match"]],
    ["FROM a As b", ["1 'As' and 'FROM' keywords' casing do not match"]],
    ["FROM --platform=x/y a \\\n# why\n  as \\\n b", ["1-4 'as' and 'FROM' keywords' casing do not match"]],
    ["From a as b\nFrom a AS c", []],
    ["FROM a AS as\nFROM as AS b", []],
  ],
  NoEmptyContinuation: [
    ["FROM a\nCOPY x \\\n\n.\nCOPY x \\\n.", ["4 Empty continuation line"]],
    ["FROM a\nRUN x \\\n\n\n  && y \\\n \n  && z", ["7 Empty continuation line"]],
    ["FROM a\nRUN x \\\n# not empty\n && y", []],
    ["FROM a\nRUN <<A cat \\\n\n && y\none\n\nA", ["4 Empty continuation line"]],
    ["# escape=`\nFROM a\nRUN x `\n\n y", ["5 Empty continuation line"]],
  ],
  ConsistentInstructionCasing: [
    [
      "From a AS b\nFROM a AS c",
      ["1 Command 'From' should match the case of the command majority (uppercase)"],
    ],
    [
      "FROM a\ncopy x /\nCOPY x /",
      ["2 Command 'copy' should match the case of the command majority (uppercase)"],
    ],
    [
      "frOM a as b\nfrom a as c",
      ["1 Command 'frOM' should match the case of the command majority (lowercase)"],
    ],
    [
      "from a\nCOPY x /\ncopy x /",
      ["2 Command 'COPY' should match the case of the command majority (lowercase)"],
    ],
    ["from a\nCOPY x /", ["1 Command 'from' should match the case of the command majority (uppercase)"]],
    ["FROM a\nRUN <<'E'\nenv\nE", []],
    ["arg x\nFROM a", []],
  ],
  DuplicateStageName: [
    ["FROM a AS b\nFROM a AS B", ['2 Duplicate stage name "b", stage names should be unique']],
    ["FROM a AS b\nFROM a\nFROM a", []],
  ],
  ReservedStageName: [
    [
      "FROM scratch AS scratch\nFROM a AS Context",
      [
        '1 Stage name should not use the same name as reserved stage "scratch"',
        '2 Stage name should not use the same name as reserved stage "context"',
      ],
    ],
    ["FROM scratch\nFROM scratch AS a", []],
  ],
  JSONArgsRecommended: [
    [
      "FROM a\nCMD x\nentrypoint y \\\n  z",
      [
        "2 JSON arguments recommended for CMD to prevent unintended behavior related to OS signals",
        "3-4 JSON arguments recommended for entrypoint to prevent unintended behavior related to OS signals",
      ],
    ],
    ['FROM a AS b\nSHELL ["/x"]\nCMD y\nFROM b\nENTRYPOINT z', []],
    ['FROM a\nCMD ["x"]\nHEALTHCHECK CMD y\nRUN z', []],
  ],
  MaintainerDeprecated: [
    ["FROM a\nMAINTAINER me", ["2 Maintainer instruction is deprecated in favor of using label"]],
    ['FROM a\nLABEL org.opencontainers.image.authors="me"', []],
  ],
  UndefinedArgInFrom: [
    [
      "FROM --platform=$BULIDPLATFORM a",
      ["1 FROM argument 'BULIDPLATFORM' is not declared (did you mean BUILDPLATFORM?)"],
    ],
    [
      "ARG MY_OS=linux\nARG MY_ARCH=x\nFROM --platform=linux/${MYARCH} a",
      ["3 FROM argument 'MYARCH' is not declared (did you mean MY_ARCH?)"],
    ],
    ["ARG tag=1\nFROM a:${tag}${version} AS b", ["2 FROM argument 'version' is not declared"]],
    [
      "ARG base=a\nARG empty\nFROM $base$empty\nFROM --platform=$BUILDPLATFORM b\nFROM c${d:-e}",
      ["5 FROM argument 'd' is not declared"],
    ],
  ],
  WorkdirRelativePath: [
    [
      "FROM a\nWORKDIR app/",
      ['2 Relative workdir "app/" can have unexpected results if the base image changes'],
    ],
    [
      "FROM a\nARG x=y\nWORKDIR $x\nWORKDIR z",
      ['3 Relative workdir "y" can have unexpected results if the base image changes'],
    ],
    ["FROM a AS b\nWORKDIR /x\nFROM b\nWORKDIR y", []],
    ["FROM a\nWORKDIR /x\nWORKDIR y", []],
  ],
  UndefinedVar: [
    ["FROM alpine\nCOPY $foo .\nARG foo=bar\nRUN echo $foo", ["2 Usage of undefined variable '$foo'"]],
    [
      "FROM unknown/image\nARG DIR_ASSETS=a/\nCOPY $DIR_ASSET .\nCOPY $JAVA_HOME .\nENV PATH=$GOPATH/bin:$PATH",
      ["3 Usage of undefined variable '$DIR_ASSET' (did you mean $DIR_ASSETS?)"],
    ],
    ["FROM busybox\nENV PATH=$PAHT:/x", ["2 Usage of undefined variable '$PAHT' (did you mean $PATH?)"]],
    [
      "FROM scratch AS a\nARG foo\nCOPY x$foo .\nFROM a\nLABEL x=$foo\nWORKDIR /${bar:-x}",
      ["6 Usage of undefined variable '$bar'"],
    ],
    ["FROM scratch\nRUN echo $nothing\nCMD echo $nothing\nHEALTHCHECK CMD x $y", []],
    [
      "FROM scratch\nCOPY <<A <<'B' /\n$in\nA\n$out\nB\nARG x=$y z\nENV q=$z",
      ["2-6 Usage of undefined variable '$in'", "7 Usage of undefined variable '$y'"],
    ],
    [
      "FROM scratch\nARG x=$y\nENV $k=1",
      ["3 Usage of undefined variable '$k' (did you mean $x?)"],
      { buildArgs: { x: "1" } },
    ],
    [
      "FROM scratch AS a\nCOPY $one .\nFROM scratch AS b\nCOPY $two .",
      ["4 Usage of undefined variable '$two'"],
      { target: "b" },
    ],
    ["FROM scratch AS a\nCOPY $one .\nFROM scratch AS b\n", ["2 Usage of undefined variable '$one'"]],
    [
      "FROM local\nCOPY $HOME_ $FOO .",
      ["2 Usage of undefined variable '$HOME_'"],
      { image: () => ({ platform: { os: "linux", architecture: "amd64" }, config: { Env: ["FOO=x"] } }) },
    ],
    [
      "FROM scratch\nARG ab=1 bc=$ab cd=$Q\nLABEL x=$9",
      [
        "2 Usage of undefined variable '$Q' (did you mean $ab?)",
        "3 Usage of undefined variable '$9' (did you mean $ab?)",
      ],
    ],
    ["FROM scratch AS a\nONBUILD ENV v=1\nONBUILD ARG w\nFROM a\nLABEL a=$v b=$w", []],
    ["FROM scratch\nEXPOSE $port\nUSER $BUILDKIT_SBOM_SCAN_STAGE$BUILDKIT_SBOM_SCAN_CONTEXT", []],
    ["FROM scratch\nRUN --mount=type=cache,target=/$x,from=y true", ["2 Usage of undefined variable '$x'"]],
  ],
  MultipleInstructionsDisallowed: [
    [
      'FROM a\nENTRYPOINT ["/x"]\nCMD ["/x"]\nHEALTHCHECK CMD ["x"]\nCOPY <<E /a\nE\nENTRYPOINT ["/y"]\nCMD ["/y"]\nHEALTHCHECK NONE',
      [
        "2 Multiple ENTRYPOINT instructions should not be used in the same stage because only the last one will be used",
        "3 Multiple CMD instructions should not be used in the same stage because only the last one will be used",
        "4 Multiple HEALTHCHECK instructions should not be used in the same stage because only the last one will be used",
      ],
    ],
    ['FROM a AS b\nCMD ["x"]\nFROM b\nCMD ["y"]', []],
  ],
  LegacyKeyValueFormat: [
    [
      "FROM a\nENV k v\nlabel k v w",
      [
        '2 "ENV key=value" should be used instead of legacy "ENV key value" format',
        '3 "label key=value" should be used instead of legacy "label key value" format',
      ],
    ],
    ["FROM a\nENV k=v\nLABEL k=v l=w", []],
  ],
  InvalidBaseImagePlatform: [
    [
      "FROM a:1 AS x\nFROM x\nFROM --platform=linux/arm64 a:1",
      ['1 Base image a:1 was pulled with platform "linux/arm64", expected "linux/amd64" for current build'],
      { image: () => ({ platform: { os: "linux", architecture: "arm64", variant: "v8" }, config: {} }) },
    ],
    ["FROM a:1", []],
  ],
  RedundantTargetPlatform: [
    [
      "FROM --platform=$TARGETPLATFORM a",
      [
        "1 Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior",
      ],
    ],
    [
      "FROM --platform=${TARGETPLATFORM} a",
      [
        "1 Setting platform to predefined ${TARGETPLATFORM} in FROM is redundant as this is the default behavior",
      ],
    ],
    ["FROM --platform=$TARGETOS/$TARGETARCH a\nFROM --platform=$BUILDPLATFORM a", []],
  ],
  SecretsUsedInArgOrEnv: [
    [
      "FROM a\nARG SECRET_PASSPHRASE\nENV SUPER_Secret=x password=y\nARG a_token=x auth=y\nENV apikey=x flower=y\nENV git_key=",
      [
        '2 Do not use ARG or ENV instructions for sensitive data (ARG "SECRET_PASSPHRASE")',
        '3 Do not use ARG or ENV instructions for sensitive data (ENV "SUPER_Secret")',
        '3 Do not use ARG or ENV instructions for sensitive data (ENV "password")',
        '4 Do not use ARG or ENV instructions for sensitive data (ARG "a_token")',
        '4 Do not use ARG or ENV instructions for sensitive data (ARG "auth")',
        '5 Do not use ARG or ENV instructions for sensitive data (ENV "apikey")',
        '6 Do not use ARG or ENV instructions for sensitive data (ENV "git_key")',
      ],
    ],
    ["FROM a\nENV PUBLIC_KEY=x TOKEN_FILE=y KEY_VERSION=z MONKEY=a KEYS=b\nLABEL secret=x", []],
  ],
  InvalidDefaultArgInFrom: [
    [
      "ARG VERSION\nFROM a:$VERSION",
      ["2 Default value for ARG a:$VERSION results in empty or invalid base image name"],
      { buildArgs: { VERSION: "latest" } },
    ],
    [
      "ARG IMAGE\nFROM $IMAGE",
      ["2 Default value for ARG $IMAGE results in empty or invalid base image name"],
    ],
    [
      'ARG SFX="box:"\nFROM busy${SFX}',
      ["2 Default value for ARG busy${SFX} results in empty or invalid base image name"],
      { buildArgs: { SFX: "box:latest" } },
    ],
    ["ARG V=1\nARG W\nFROM a:${V}\nFROM b:1$W\nFROM c:${X:-3}\nFROM Upper AS x", []],
  ],
  FromPlatformFlagConstDisallowed: [
    ["FROM --platform=linux/amd64 a", ['1 FROM --platform flag should not use constant value "linux/amd64"']],
    ["FROM --platform=linux/amd64 a AS my_amd64_stage\nFROM --platform=linux/arm64 a AS linux", []],
    ["ARG P=linux/amd64\nFROM --platform=$P a", []],
  ],
  CopyIgnoredFile: [
    [
      "FROM a\nCOPY Dockerfile .\nADD ./Dockerfile /windy\nCOPY --from=a Dockerfile /\nADD https://x.y/Dockerfile /",
      [
        '2 Attempting to Copy file "Dockerfile" that is excluded by .dockerignore',
        '3 Attempting to Add file "Dockerfile" that is excluded by .dockerignore',
      ],
      { ignore: ["Dockerfile"] },
    ],
    [
      "FROM a\nARG d=dist\nCOPY $d/x src/y /",
      ['3 Attempting to Copy file "dist/x" that is excluded by .dockerignore'],
      { ignore: ["dist"] },
    ],
    ["FROM a\nCOPY dist /", [], { ignore: ["dist", "!dist/x"] }],
    ["FROM a\nCOPY dist /", []],
  ],
  InvalidDefinitionDescription: [
    [
      "# check=experimental=all\n# bad\nARG x=1 y\n# good stage\nFROM a AS good\n# none\nARG z\n\n# free\n#\nARG q\n# far\n\nARG r",
      [
        "3 Comment for ARG should follow the format: `# <arg_key> <description>`",
        "7 Comment for ARG should follow the format: `# z <description>`",
        "14 Comment for ARG should follow the format: `# r <description>`",
      ],
    ],
    [
      "# check=skip=all;experimental=InvalidDefinitionDescription\n# x\nFROM a AS b",
      ["3 Comment for FROM should follow the format: `# b <description>`"],
    ],
    ["# bad\nFROM a AS b", []],
  ],
  ExposeProtoCasing: [
    [
      "FROM a\nEXPOSE 80/TCP 80/udp 81/Udp",
      [
        "2 Defined protocol '80/TCP' in EXPOSE instruction should be lowercase",
        "2 Defined protocol '81/Udp' in EXPOSE instruction should be lowercase",
      ],
    ],
    [
      "FROM a\nARG p=80/TCP\nEXPOSE $p",
      ["3 Defined protocol '80/TCP' in EXPOSE instruction should be lowercase"],
    ],
    ["FROM a\nEXPOSE 80 81/tcp", []],
  ],
  ExposeInvalidFormat: [
    [
      "FROM a\nEXPOSE 127.0.0.1:80:80 [::1]:8080:8080 5000:5000 8000",
      [
        "2 EXPOSE instruction should not define an IP address or host-port mapping, found '127.0.0.1:80:80'",
        "2 EXPOSE instruction should not define an IP address or host-port mapping, found '5000:5000'",
        "2 EXPOSE instruction should not define an IP address or host-port mapping, found '[::1]:8080:8080'",
      ],
    ],
    ["FROM a\nEXPOSE 8000 9000-9010/udp", []],
  ],
};

for (const [id, cases] of Object.entries(CASES))
  test(`${id}: lines and words are BuildKit's`, () => {
    for (const [source, expected, rest] of cases)
      assert.deepEqual(findings(id, source, rest), expected, source);
  });

test("among thousands of variables nobody waits for the one that was meant", () => {
  const names = Array.from({ length: 1000 }, (_, index) => `variable${index}`);
  const set = names.map((name) => `ENV ${name}=1\n`).join("");
  const used = names.map((name) => `LABEL l=$${name}x\n`).join("");
  const found = checkSource(`FROM scratch\n${set}${used}`).warnings.filter(
    ({ rule }) => rule.id === "UndefinedVar",
  );
  assert.deepEqual(
    [found.length, found[0]?.message, found.at(-1)?.message],
    [
      1000,
      "Usage of undefined variable '$variable0x' (did you mean $variable0?)",
      "Usage of undefined variable '$variable999x'",
    ],
  );
});

test("what ONBUILD of a base says is looked at where the base is built on, as BuildKit does it, and is not fixed", () => {
  const triggers = [
    "ENV a b",
    "WORKDIR x",
    "LABEL l=$UNDEFD",
    "CMD foo",
    "EXPOSE 80/TCP",
    "ENV MY_TOKEN=x",
    "ARG MY_PASSWORD",
    "COPY ign /x",
  ];
  const source = `FROM scratch AS base\n${triggers.map((text) => `ONBUILD ${text}\n`).join("")}FROM base\nCMD ["a"]\n`;
  const { warnings } = checkSource(source, { ignore: ["ign"] });
  const own = warnings.filter(({ rule }) => rule.group === "buildkit");
  assert.deepEqual(own.map(({ rule, range }) => `${range.start.line} ${rule.id}`).sort(), [
    "10 CopyIgnoredFile",
    "10 ExposeProtoCasing",
    "10 JSONArgsRecommended",
    "10 LegacyKeyValueFormat",
    "10 MultipleInstructionsDisallowed",
    "10 SecretsUsedInArgOrEnv",
    "10 SecretsUsedInArgOrEnv",
    "10 UndefinedVar",
    "10 WorkdirRelativePath",
  ]);
  assert.deepEqual(
    own.filter(({ fix }) => fix),
    [],
  );
});
