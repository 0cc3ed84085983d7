// Profile makes default.pgo, by which go build and go install decide what to inline
// (go.dev/doc/pgo). It counts calls with Valgrind's Callgrind, over whole runs of a
// program that has nothing inlined: most of a short run is the initialisation of
// packages, which a CPU profile from inside does not see, and counts do not depend on
// the machine. Every case weighs the same, a start as much as a long stream.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	out := flag.String("o", "../default.pgo", "the profile")
	share := flag.Float64("share", 0.9, "of all calls; sites of the rest, which are rare, are left out")
	flag.Parse()
	if err := run(*out, *share); err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
		os.Exit(1)
	}
}

func run(out string, share float64) error {
	dir, err := os.MkdirTemp("", "idlcall-profile")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "idlcall")
	if err := build(program); err != nil {
		return err
	}
	lines, err := starts(program)
	if err != nil {
		return err
	}
	all := calls{}
	for _, c := range cases {
		one, err := c.count(program, dir)
		if err != nil {
			return err
		}
		all.addShares(one, lines)
	}
	sites := all.hottest(share)
	profile, err := encode(all, sites, lines)
	if err != nil {
		return err
	}
	fmt.Printf("%d of %d sites, %d bytes\n", len(sites), len(all), len(profile))
	return os.WriteFile(out, profile, 0o644)
}
