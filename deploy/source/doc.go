// Source writes the tree of sources that releases are built from:
//
//	go run ./deploy/source -o bin/source
//	cd bin/source && GOWORK=off go build -mod=vendor -trimpath .
//
// It is the tool's module as it stands, and its dependencies in vendor/ with the patches of
// deploy/patches. They make tables that libraries fill when a program starts, and that
// most commands of idlcall never look at, when they are first needed; they change nothing else.
// Go takes no -overlay for files of the module cache, and a replacement in go.mod would break
// go install of a version.
//
// A patch names the module and the version that it was made for; another version in go.mod is an
// error, as is a patch that does not apply. patch.go reads and applies patches, tree.go
// writes the tree.
package main
