//go:build !linux

package bench

// machineTicks are not known.
type machineTicks struct{ idle, all uint64 }

func readMachine() machineTicks { return machineTicks{} }
