package main

import (
	"fmt"
)

// memory is the peak of streams that get longer by a thousand times.
func memory(p programs, addr string) error {
	for _, count := range []int{10_000, 100_000, 1_000_000, 10_000_000} {
		s := &sample{}
		args := []string{p.idlcall, "call", addr, "bench.Bench/Many", "-d", fmt.Sprintf(`{"count":%d}`, count)}
		if err := s.run(args, "", false); err != nil {
			return err
		}
		fmt.Printf("%-34s %-9s %11s %11s %7s %9.1f\n", fmt.Sprintf("server stream of %d", count), "", show(s.times[0]), "", "", s.memory())
	}
	return nil
}
