# Targets for people who work on idlcall. CI runs .ci/run, which is `make all`
# with everything installed that it needs.

GO ?= go
FUZZTIME ?= 30s

.PHONY: all build source test e2e race conformance fuzz bench servebench published lint generate picture

all: lint test race e2e conformance

# As releases are built: with the patches of deploy/patches, and without Go's profiles, which nobody
# reads (deploy/patches/README.md). Both make it start faster.
GODEBUGS = memprofilerate=0,profstackdepth=0,decoratemappings=0
build: source
	cd bin/source && GOWORK=off CGO_ENABLED=0 $(GO) build -mod=vendor -trimpath -ldflags='-s -w -X=runtime.godebugDefault=$(GODEBUGS)' -o ../idlcall .

source:
	GOOS= GOARCH= $(GO) run ./deploy/source -o bin/source

test:
	$(GO) test ./...

# Packages with goroutines of their own, and programs that many share.
race:
	$(GO) test -race ./pkg/stream/ ./pkg/call/... ./pkg/session/ ./pkg/serve/... ./pkg/proxy/... ./pkg/gateway/ ./pkg/idl/... ./pkg/suite/... ./cmd/
	$(GO) test -race -run Program ./pkg/format/
	$(GO) test -race -run "AtOnce|Ends|Interrupted|Closed|Alarm|Errors|Share" ./pkg/bench/
	$(GO) test -race ./pkg/bench/rpc

e2e:
	cd e2e && $(GO) test ./...

# The public suite for gRPC and gRPC-Web, against its reference servers.
conformance:
	./.ci/conformance

fuzz:
	./.ci/fuzz $(FUZZTIME)

# idlcall beside grpcurl, evans, ghz, grpc-go and Kitex, in one run, with goals: a quarter of an hour.
bench:
	cd e2e && $(GO) run ./bench

# The echo of serve beside grpc-go's and Kitex's, in one run.
servebench:
	cd e2e && $(GO) run ./servebench

# What the compiler inlines: default.pgo, made anew from counts of calls; needs valgrind.
pgo:
	cd e2e && $(GO) run ./profile

# All of googleapis and envoy printed and compiled again; needs protoc.
published:
	cd e2e && IDLCALL_PUBLISHED=all $(GO) test -timeout 30m -run TestPublished -v .

lint:
	./.ci/lint

# Completions and what else is made from the code; CI fails if it is stale.
generate:
	$(GO) test ./cmd/ -run TestCompletions -update

# The picture of README.md, of the session that a test plays; needs tmux.
picture:
	cd e2e && UPDATE_SCRIPTS=1 $(GO) test -count=1 -run TestShellPicture .
