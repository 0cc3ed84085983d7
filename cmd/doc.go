// Package cmd is the command line: flags, files, terminal, messages and exit codes. Nothing
// below it knows any of these.
//
// A command has a file: call (with check, drive, input, replies and raw), list, describe,
// template, convert, diff (with diffsource and findings), test (with plan), health, version,
// complete. Its flags become options: flags, thriftflags, cacheflags, values and metadata,
// and open makes a session of them. fields adds -f to a request; expression is what filter,
// expect and until ask of replies; many makes a call for each document, jobs at the same
// time, turns in order, outlet what they print. plan makes ways to servers of what suites
// set, and settings flags of what documents say. root.go runs a command and returns the
// process's exit code.
//
// What happened is told in two ways. While a call runs, verbose writes for people and
// events for programs; tally counts for both, secrets masks credentials, visible keeps
// what a peer sends from commanding the terminal. When it has ended, exit has the code,
// explain the text or JSON of an error, grpccode the status that gRPC has for it, and
// hints, connhints, idlhints and thrifthints advise: they alone know flags, and
// commandline tells them which are given already.
//
// lifetime.go ends the process whatever blocks it: signals, --timeout, a stdout that is
// full. Its lock comes before all others.
package cmd
