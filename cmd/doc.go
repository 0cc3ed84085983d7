// Package cmd is the command line: flags, files, terminal, messages and exit codes. Nothing
// below it knows any of these.
//
// A command has a file, and some have more:
//
//	call      check, drive, input, replies, raw; fields for -f; expression, and what asks
//	          with it: filter, expect, until; many, jobs, turns and outlet for many calls
//	list, describe, template (templatenotes), convert, diff (diffsource, findings), health
//	http      httprequest, httpanswer, httplisten
//	config    configshow, configschema; configured and settings make flags of files
//	test      plan makes ways to servers of what suites set
//	proxy     proxyevents writes what passes, proxysave is --save
//	shell     shellhost and shellrun run its lines, and inside is what these have of it;
//	          sessionpool, shellcheck, shellhints, shellhistory, shellsave
//	help      topics, man; completion, complete, completebash, shellline
//
// Flags become options: flags, thriftflags, cacheflags, values, metadata and headercommand,
// and open makes a session of them. root.go runs a command and returns the process's exit
// code.
//
// What happened is told in two ways. While a call runs, verbose writes for people and
// events for programs; tally counts for both, secrets masks credentials, visible keeps
// what a peer sends from commanding the terminal. When it has ended, exit has the code,
// explaintext the text of an error and explain its JSON, grpccode the status that gRPC has
// for it, and hints, connhints, httphints, idlhints and thrifthints advise: they alone know
// flags, and commandline tells them which are given already.
//
// What a terminal gets: look decides whether stderr has colours, theme which, and screen
// writes it. statusrow is a line below all that is written, and progress what a call has
// there while it lasts; its lock comes before the row's.
//
// lifetime.go ends the process whatever blocks it: signals, --timeout, a stdout that is
// full. Its lock comes before all others.
package cmd
