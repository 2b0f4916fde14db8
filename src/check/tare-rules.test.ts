// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Dockerfiles have this syntax too
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSource, findings } from "./fixtures.ts";
import { RULES } from "./rules.ts";
import type { CheckRequest } from "./types.ts";

type Case = readonly [source: string, expected: readonly string[], rest?: Partial<CheckRequest>];

const APP = 'USER 1\nCMD ["/app"]';
const SCRATCH = "FROM scratch\nCOPY --from=build /app /app";

/** Dockerfiles by rule with the lines and words of the findings; those without any are what must not alarm. */
const CASES: Readonly<Record<string, readonly Case[]>> = {
  UnusedStage: [
    ["FROM a AS x\nFROM b", ["1 Stage x is used by no other stage, so it is never built"]],
    ["FROM a\nRUN x\nFROM b", ["1 Stage 0 is used by no other stage, so it is never built"]],
    [
      "FROM a AS x\nFROM b AS y\nFROM c",
      ["1 Stage x is used by no other stage, so it is never built"],
      { target: "y" },
    ],
    ["FROM a AS x\nFROM x AS y\nFROM b\nCOPY --from=Y /z /", []],
    ["FROM a\nFROM b\nCOPY --from=0 x /", []],
    ["FROM a AS x\nFROM b\nRUN --mount=from=x,target=/x y", []],
    ["FROM a AS docs\nFROM a AS dev\nFROM a AS api\nEXPOSE 80\nFROM a AS test\nCMD x\nFROM b", []],
    [
      "FROM a AS unit-test\nRUN x\nFROM b",
      ["1 Stage unit-test is used by no other stage, so it is never built"],
    ],
    ["FROM a AS base-amd64\nFROM b AS base-arm64\nFROM base-$TARGETARCH", []],
    ["FROM a AS x\nFROM b AS y\nONBUILD COPY --from=x /z /\nFROM y", []],
    ["FROM a AS x-1\nFROM b AS y-1\nARG V=1\nFROM ${V:-x}-1\n", []],
    ["FROM a AS x\nFROM x AS y\nFROM b", ["2 Stage y is used by no other stage, so it is never built"]],
  ],
  CmdRepeatsEntrypoint: [
    [
      'FROM a\nENTRYPOINT ["node"]\nCMD ["node", "app.js"]',
      ["3 CMD repeats ENTRYPOINT: the container would run node node app.js"],
    ],
    [
      'FROM gcr.io/distroless/python3-debian12\nCMD ["python", "x.py"]',
      ["2 CMD repeats the base's ENTRYPOINT: the container would run /usr/bin/python3 python x.py"],
    ],
    [
      'FROM a AS b\nENTRYPOINT ["/bin/x", "-y"]\nFROM b\nCMD ["x", "z"]',
      ["4 CMD repeats ENTRYPOINT: the container would run /bin/x -y x z"],
    ],
    [
      'FROM local\nCMD ["tool"]',
      ["2 CMD repeats the base's ENTRYPOINT: the container would run /usr/bin/tool tool"],
      {
        image: () => ({
          platform: { os: "linux", architecture: "amd64" },
          config: { Entrypoint: ["/usr/bin/tool"] },
        }),
      },
    ],
    ['FROM node:22\nCMD ["node", "app.js"]', []],
    ['FROM a\nENTRYPOINT ["tini", "--"]\nCMD ["node", "x"]', []],
    ['FROM a AS b\nCMD ["x"]\nFROM b\nENTRYPOINT ["x"]', []],
    ["FROM a\nENTRYPOINT x\nCMD x", []],
    ['FROM a\nENTRYPOINT ["/bin/sh", "-c"]\nCMD ["sh"]', []],
    ['FROM a\nENTRYPOINT ["env"]\nCMD ["env"]', []],
    ['FROM gcr.io/distroless/nodejs22-debian12\nENTRYPOINT ["/app"]\nCMD ["node"]', []],
  ],
  BuildToolsInFinalStage: [
    [
      `FROM debian:13-slim\nRUN apt-get install -y curl \\\n  gcc \\\n  make zsh\n${APP}`,
      ["3-4 The final stage installs a compiler and a shell: gcc, make, zsh"],
    ],
    [
      `FROM alpine AS x\nRUN apk add --no-cache g++=13\nFROM x\n${APP}`,
      ["2 The final stage installs a compiler: g++=13"],
    ],
    [
      `FROM fedora\nRUN dnf -y install golang && dnf clean all\n${APP}`,
      ["2 The final stage installs a compiler: golang"],
    ],
    [`FROM alpine\nRUN apk add --no-cache gcc && make && apk del gcc\n${APP}`, []],
    [`FROM alpine\nRUN apk add --no-cache --virtual .deps gcc && make && apk del .deps\n${APP}`, []],
    [`FROM debian\nRUN x="gcc make"; apt-get install -y $x; apt-get purge -y $x\n${APP}`, []],
    ["FROM debian\nRUN apt-get install -y gcc", []],
    [
      `FROM debian AS build\nRUN apt-get install -y gcc\nFROM debian:13-slim\nCOPY --from=build /app /\n${APP}`,
      [],
    ],
    [
      'FROM alpine\nRUN apk add --no-cache nodejs npm bash\nUSER 1\nCMD ["npm", "run-script", "serve"]',
      ["2 The final stage installs a shell: bash"],
    ],
    ['FROM alpine\nRUN apk add --no-cache bash\nUSER 1\nENTRYPOINT ["/docker-entrypoint.sh"]', []],
    ['FROM debian\nRUN apt-get install -y golang\nUSER 1\nCMD ["go", "run", "."]', []],
    [`FROM alpine\nRUN echo apk add gcc\nRUN pip install cmake\n${APP}`, []],
  ],
  BuildImageAsFinalBase: [
    [
      `FROM golang:1.25-alpine AS x\nFROM x\n${APP}`,
      ["1 The final image stands on golang:1.25-alpine and ships the Go compiler"],
    ],
    [`FROM rust AS build\nFROM debian:13-slim\n${APP}`, []],
    [
      `FROM eclipse-temurin:21-jdk-alpine\n${APP}`,
      ["1 The final image stands on eclipse-temurin:21-jdk-alpine and ships a JDK"],
    ],
    [`FROM openjdk:17-slim\n${APP}`, ["1 The final image stands on openjdk:17-slim and ships a JDK"]],
    [`FROM eclipse-temurin:21-jre\n${APP}`, []],
    [`FROM amazoncorretto:21-headless\n${APP}`, []],
    [`FROM eclipse-temurin:21 AS build\nFROM eclipse-temurin:21-jre\n${APP}`, []],
    ["FROM golang:1.25\nRUN go test ./...", []],
    [`FROM registry.example.com/golang:1\n${APP}`, []],
  ],
  FullDistributionBase: [
    [`FROM node:22\n${APP}`, ["1 The final image stands on node:22, a full distribution"]],
    [
      `FROM docker.io/library/python\n${APP}`,
      ["1 The final image stands on docker.io/library/python, a full distribution"],
    ],
    [
      `ARG V=24.04\nFROM ubuntu:$V\n${APP}`,
      ["2 The final image stands on ubuntu:24.04, a full distribution"],
    ],
    [
      `FROM debian:13\n${APP}`,
      ["1 The final image stands on my/base, a full distribution"].slice(1),
      { namedContexts: { "debian:13": "./x" } },
    ],
    [`FROM debian:13-slim\n${APP}`, []],
    [`FROM node:22-alpine3.22\n${APP}`, []],
    [`FROM debian@sha256:${"a".repeat(64)}\n${APP}`, []],
    [`FROM me/debian\n${APP}`, []],
    [`FROM tare/debian:13\n${APP}`, []],
    ["FROM debian:13\nRUN x", []],
    [`FROM debian:13 AS build\nFROM scratch\nCOPY --from=build /app /\n${APP}`, []],
  ],
  ShellFormWithoutShell: [
    ["FROM scratch\nCOPY app /\nCMD /app", ["3 CMD needs /bin/sh, and scratch has no shell"]],
    [
      'FROM gcr.io/distroless/base AS x\nFROM x\nENTRYPOINT ["sh", "-c", "x"]\nHEALTHCHECK CMD x',
      [
        "3 ENTRYPOINT needs /bin/sh, and gcr.io/distroless/base has no shell",
        "4 HEALTHCHECK needs /bin/sh, and gcr.io/distroless/base has no shell",
      ],
    ],
    ["FROM tare/static\nCMD x", ["2 CMD needs /bin/sh, and tare/static has no shell"]],
    ["FROM gcr.io/distroless/base:debug\nCMD x", []],
    [`FROM gcr.io/distroless/base@sha256:${"a".repeat(64)}\nCMD x`, []],
    ["FROM scratch\nADD rootfs.tar.xz /\nCMD x", []],
    ["FROM alpine AS a\nFROM scratch\nCOPY --from=a / /\nCMD x", []],
    ["FROM alpine AS a\nFROM scratch\nCOPY --from=a /rootfs /\nCMD x", []],
    ["FROM scratch\nCOPY --from=busybox:musl /bin/sh /bin/sh\nCMD x", []],
    ['FROM scratch\nSHELL ["/x", "-c"]\nCMD x', []],
    ["FROM alpine\nCMD x", []],
  ],
  RunWithoutShell: [
    ["FROM scratch\nRUN x", ["2 RUN needs /bin/sh, and scratch has no shell"]],
    [
      'FROM gcr.io/distroless/static:nonroot\nCOPY app /app\nRUN ["/bin/sh", "-c", "x"]',
      ["3 RUN needs /bin/sh, and gcr.io/distroless/static:nonroot has no shell"],
    ],
    ["FROM scratch\nRUN --mount=type=cache,target=/x y", ["2 RUN needs /bin/sh, and scratch has no shell"]],
    ['FROM scratch\nCOPY app /\nRUN ["/app", "--install"]\nRUN x', []],
    ["FROM scratch\nRUN --mount=from=busybox,target=/bin x", []],
    ["FROM scratch\nCOPY rootfs /\nRUN x", []],
    ["FROM scratch\nCOPY . /\nRUN x", []],
    ["FROM unknown/image\nRUN x", []],
  ],
  DynamicProgramInScratch: [
    [
      "FROM scratch\nCOPY bin/app other /x/",
      ["2 app is dynamically linked, and scratch has neither its loader nor its libraries"],
      { program: (path) => (path === "bin/app" ? "dynamic" : "static") },
    ],
    [
      `FROM golang:1.25 AS build\nWORKDIR /src\nRUN go build -o ../app ./cmd\n${SCRATCH}`,
      ["5 app is probably dynamically linked, and scratch has neither its loader nor its libraries"],
    ],
    [
      "FROM golang\nRUN GOOS=linux go build -ldflags '-s -w' -o /out/ .\nFROM gcr.io/distroless/static\nCOPY --from=0 /out/app /",
      [
        "4 app is probably dynamically linked, and gcr.io/distroless/static has neither its loader nor its libraries",
      ],
    ],
    [
      `FROM alpine AS build\nRUN apk add gcc && gcc -O2 x.c -o /app\n${SCRATCH}`,
      ["4 app is probably dynamically linked, and scratch has neither its loader nor its libraries"],
    ],
    [
      "FROM rust:1 AS b\nWORKDIR /s\nRUN cargo build --release\nFROM scratch\nCOPY --from=b /s/target/release/x /",
      ["5 x is probably dynamically linked, and scratch has neither its loader nor its libraries"],
    ],
    [`FROM golang:1.25 AS build\nENV CGO_ENABLED=0\nRUN go build -o /app\n${SCRATCH}`, []],
    [`FROM golang:1.25 AS build\nRUN CGO_ENABLED=0 go build -o /app\n${SCRATCH}`, []],
    [`FROM golang:1.25-alpine AS build\nRUN go build -o /app\n${SCRATCH}`, []],
    [`FROM golang:1.25 AS build\nRUN cd x && go build -o app\n${SCRATCH}`, []],
    [`FROM golang:1.25 AS build\nRUN go build -ldflags '-extldflags "-static"' -o /app\n${SCRATCH}`, []],
    [`FROM golang:1.25 AS build\nRUN GOARCH=arm64 go build -o /app\n${SCRATCH}`, []],
    [`FROM golang:1.25 AS build\nRUN go build -o /app\nFROM debian:13-slim\nCOPY --from=build /app /`, []],
    [`FROM golang:1.25 AS build\nRUN go build -o /app\n${SCRATCH}\nCOPY --from=build /lib64 /lib64`, []],
    [`FROM alpine AS build\nRUN gcc -static x.c -o /app\n${SCRATCH}`, []],
    [
      "FROM rust:1-alpine AS b\nWORKDIR /s\nRUN cargo build --release\nFROM scratch\nCOPY --from=b /s/target/release/x /",
      [],
    ],
    ["FROM scratch\nCOPY a /", [], { program: () => "static" }],
  ],
  AptInstallRecommends: [
    [
      "FROM debian\nRUN apt-get update && \\\n apt-get install -y \\\n a && rm -rf /var/lib/apt/lists/*",
      ["3-4 apt-get install without --no-install-recommends installs packages that are only recommended"],
    ],
    ["FROM debian\nRUN apt-get -o APT::Install-Recommends=0 install -y a", []],
    [
      "FROM debian\nRUN echo 'APT::Install-Recommends \"0\";' > /etc/apt/apt.conf.d/x\nRUN apt-get install a",
      [],
    ],
    ["FROM debian\nRUN apt-get install -yqq --no-install-recommends a", []],
    ["FROM debian AS b\nRUN apt-get install a\nFROM scratch\nCOPY --from=b x /", []],
    ["FROM debian\nRUN apt-get install -f\nRUN echo apt-get install x", []],
    ['FROM debian\nSHELL ["pwsh", "-c"]\nRUN apt-get install x', []],
  ],
  AptListsLeft: [
    [
      "FROM debian\nRUN apt-get update\nRUN rm -rf /var/lib/apt/lists/*",
      ["2 apt-get update leaves /var/lib/apt/lists in the layer"],
    ],
    [
      "FROM debian AS b\nRUN apt update -qq && x\nFROM b",
      ["2 apt-get update leaves /var/lib/apt/lists in the layer"],
    ],
    [
      "FROM debian\nRUN <<E\nset -e\napt-get -qq update\nE",
      ["4 apt-get update leaves /var/lib/apt/lists in the layer"],
    ],
    ["FROM debian\nRUN apt-get update && apt-get clean && rm -rf /var/lib/apt/lists/* /tmp/*", []],
    ["FROM debian\nRUN --mount=type=cache,target=/var/lib/apt/ apt-get update", []],
    ["FROM debian\nRUN --mount=type=tmpfs,target=/var/lib apt-get update", []],
    ["FROM debian AS b\nRUN apt-get update\nFROM scratch\nCOPY --from=b x /", []],
    ["FROM debian\nRUN apt-get update && apt-get dist-clean", []],
    ["FROM debian\nRUN <<E python3\napt-get update\nE\nRUN <<E\n#!/usr/bin/python3\napt-get update\nE", []],
  ],
  ApkCacheLeft: [
    [
      "FROM alpine\nRUN apk update \\\n  && apk add a",
      ["3 apk add without --no-cache leaves the package index in the layer"],
    ],
    ["FROM alpine\nRUN apk --no-cache add a && apk add --update --no-cache b", []],
    ["FROM alpine\nRUN apk add a && rm -rf /var/cache/apk/*", []],
    ["FROM alpine\nRUN --mount=type=cache,target=/var/cache/apk apk add a", []],
    ["FROM alpine AS b\nRUN apk add a\nFROM scratch\nCOPY --from=b x /", []],
  ],
  DnfCacheLeft: [
    [
      "FROM fedora\nRUN yum -y update && yum install -y a",
      ["2 yum leaves its metadata in /var/cache in the layer"],
    ],
    ["FROM fedora\nRUN microdnf install -y a && microdnf clean all", []],
    ["FROM fedora\nRUN dnf install -y a && rm -rf /var/cache/dnf", []],
    ["FROM fedora\nRUN --mount=type=cache,target=/var/cache/libdnf5 dnf install -y a", []],
  ],
  PipCacheLeft: [
    [
      "FROM python:3-slim\nRUN pip3 install -r r.txt",
      ["2 pip install without --no-cache-dir leaves its downloads in the layer"],
    ],
    [
      "FROM python:3-slim\nRUN python -m pip install --upgrade x",
      ["2 pip install without --no-cache-dir leaves its downloads in the layer"],
    ],
    ["FROM python:3-slim\nENV PIP_NO_CACHE_DIR=1\nRUN pip install x", []],
    ["FROM python:3-slim\nRUN pip --no-cache-dir install x", []],
    ["FROM python:3-slim\nRUN --mount=type=cache,target=/root/.cache pip install x", []],
    ["FROM python:3-slim\nRUN pip install x && rm -rf ~/.cache", []],
    ["FROM python:3 AS b\nRUN pip install x\nFROM python:3-slim\nCOPY --from=b /v /v", []],
  ],
  NpmDevDependencies: [
    [
      `FROM node:22-slim\nRUN npm ci\n${APP}`,
      ["2 npm ci installs development dependencies into the final image"],
    ],
    [
      `FROM node:22-slim\nRUN npm i --no-audit && npm run build\n${APP}`,
      ["2 npm i installs development dependencies into the final image"],
    ],
    [`FROM node:22-slim\nRUN npm ci --omit=dev\n${APP}`, []],
    [`FROM node:22-slim\nENV NODE_ENV production\nRUN npm install\n${APP}`, []],
    [`FROM node:22-slim\nRUN NODE_ENV=production npm ci\n${APP}`, []],
    [`FROM node:22-slim\nRUN npm ci && npm run build && npm prune --omit=dev\n${APP}`, []],
    [`FROM node:22-slim\nRUN npm install -g pm2\n${APP}`, []],
    [`FROM node:22 AS b\nRUN npm ci\nFROM node:22-slim\nCOPY --from=b /app /app\n${APP}`, []],
    ["FROM node:22\nRUN npm ci", []],
  ],
  SecretInValue: [
    [`FROM a\nENV X=AKIA${"Q7ZK".repeat(4)}`, ["2 ENV contains what looks like an AWS access key"]],
    [`ARG X=ghp_${"aB3dE9".repeat(6)}\nFROM a`, ["1 ARG contains what looks like a GitHub token"]],
    [
      `FROM a\nRUN <<E\ncurl -H 'PRIVATE-TOKEN: glpat-${"x7Yz".repeat(5)}' x\nE`,
      ["2-4 RUN contains what looks like a GitLab token"],
    ],
    [
      "FROM a\nRUN git clone https://bot:s3cr3tpw@git.corp.io/x",
      ["2 RUN contains what looks like a password in a URL"],
    ],
    ["FROM a\nENV KEY=AKIAIOSFODNN7EXAMPLE TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", []],
    [
      "FROM a\nRUN git clone https://$USER:$TOKEN@git.corp.io/x\nENV Q=amqp://queue:queue0815@rabbit:5672 R=mysql://app-user:app-user@db.corp.io\nENV DB=postgres://user:password@localhost/db",
      [],
    ],
    ["FROM a\nRUN curl https://x.io:8080/a@b\nADD git@github.com:x/y.git /z", []],
  ],
  RootUser: [
    ['FROM scratch\nCMD ["/app"]', ["1 The final image runs as root, as no USER is set"]],
    ['FROM alpine AS b\nUSER 1\nFROM b\nUSER root\nENTRYPOINT ["/app"]', ["4 The final image runs as root"]],
    ['FROM a\nARG U=0:0\nUSER $U\nCMD ["/app"]', ["3 The final image runs as root"]],
    [
      'FROM python:3-slim AS b\nFROM b AS c\nCMD ["python", "x.py"]',
      ["2 The final image runs as root, as no USER is set"],
    ],
    ['FROM gcr.io/distroless/static\nCMD ["/app"]', ["1 The final image runs as root, as no USER is set"]],
    ['FROM gcr.io/distroless/static:nonroot\nCMD ["/app"]', []],
    ['FROM unknown\nCMD ["/app"]', []],
    ['FROM nginx\nCMD ["nginx"]\n', []],
    ['FROM alpine\nENTRYPOINT ["/entrypoint.sh"]', []],
    ['FROM debian\nRUN apt-get install -y gosu\nCMD ["/app"]', []],
    ["FROM alpine\nRUN x", []],
    ['FROM alpine\nUSER app\nCMD ["/app"]', []],
    ['FROM alpine AS b\nUSER 1\nFROM b\nCMD ["/app"]', []],
    ['FROM alpine AS b\nONBUILD USER 1\nFROM b\nCMD ["/app"]', []],
    ['FROM alpine AS b\nUSER 1\nONBUILD USER 0\nFROM b\nCMD ["/app"]', ["4 The final image runs as root"]],
  ],
};

for (const [id, cases] of Object.entries(CASES))
  test(`${id}: finds what is so and is silent otherwise`, () => {
    for (const [source, expected, rest] of cases)
      assert.deepEqual(findings(id, source, rest), expected, source);
  });

test("every rule of Tare's own has its table", () => {
  const own = RULES.filter(({ group }) => group === "tare").map(({ id }) => id);
  assert.deepEqual(Object.keys(CASES).sort(), own.toSorted());
});

/** Dockerfiles that are as they should be, in the styles that people write. */
const GOOD: readonly string[] = [
  `# syntax=docker/dockerfile:1
ARG GO_VERSION=1.25
FROM --platform=$BUILDPLATFORM golang:\${GO_VERSION}-alpine AS base
WORKDIR /src
RUN apk add git make bash
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
FROM base AS bench
RUN go test -bench=. ./...
FROM base AS build
ARG TARGETOS TARGETARCH
RUN --mount=target=. --mount=type=cache,target=/root/.cache \\
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /out/app ./cmd/app
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/app /usr/bin/app
EXPOSE 8080
ENTRYPOINT ["/usr/bin/app"]
`,
  `FROM node:22-slim AS deps
WORKDIR /app
COPY package.json package-lock.json* ./
RUN \\
  if [ -f package-lock.json ]; then npm ci; \\
  else echo "Lockfile not found." && exit 1; \\
  fi
FROM node:22-slim AS builder
WORKDIR /app
COPY --from=deps /app/node_modules ./node_modules
COPY . .
RUN npm run build
FROM node:22-slim AS runner
WORKDIR /app
ENV NODE_ENV=production
COPY --from=builder --chown=node:node /app/.next/standalone ./
USER node
CMD ["node", "server.js"]
`,
  `FROM debian:13-slim
RUN set -eux; \\
    # what the server needs
    apt-get update; \\
    apt-get install -y --no-install-recommends ca-certificates tzdata; \\
    case "$(dpkg --print-architecture)" in \\
        amd64) arch=x64;; \\
        *) echo "unsupported" >&2; exit 1;; \\
    esac; \\
    rm -rf /var/lib/apt/lists/*
COPY --chmod=755 <<'EOF' /usr/local/bin/hello
#!/bin/sh
exec echo "hello $1"
EOF
USER 65532:65532
ENTRYPOINT ["hello"]
CMD ["world"]
`,
  "from alpine:3.22 as a\nrun apk add --no-cache curl\nfrom scratch\ncopy --from=a /etc/ssl/certs /etc/ssl/certs\n",
];

test("good Dockerfiles have no findings", () => {
  for (const source of GOOD) {
    const { warnings } = checkSource(source);
    assert.deepEqual(
      warnings.map(({ rule, range, message }) => `${range.start.line} ${rule.id}: ${message}`),
      [],
      source,
    );
  }
});

test("where a user is to be set is told by what the file has: CMD, or else ENTRYPOINT", () => {
  for (const [last, keyword] of [
    ['CMD ["/app"]', "CMD"],
    ['ENTRYPOINT ["/app"]', "ENTRYPOINT"],
    ['ENTRYPOINT ["/app"]\nCMD ["x"]', "CMD"],
  ]) {
    const found = checkSource(`FROM scratch\n${last}`).warnings.find(({ rule }) => rule.id === "RootUser");
    assert.match(found?.hint ?? "", new RegExp(`^add USER 65532:65532 in front of ${keyword}, `), last);
  }
});
