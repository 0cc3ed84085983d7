package startup

import (
	"runtime"
	"testing"
)

// TestNarrow takes one CPU of several, and gives all back, once.
func TestNarrow(t *testing.T) {
	defer runtime.SetDefaultGOMAXPROCS()
	runtime.GOMAXPROCS(3)
	Narrow()
	if got := runtime.GOMAXPROCS(0); got != 1 || !IsNarrow() {
		t.Errorf("narrow: %d CPUs, %v", got, IsNarrow())
	}
	Narrow()
	Widen(true)
	if got := runtime.GOMAXPROCS(0); got != 3 || IsNarrow() {
		t.Errorf("as chosen: %d CPUs, %v", got, IsNarrow())
	}
	runtime.GOMAXPROCS(2)
	Widen(true)
	Widen(false)
	if got := runtime.GOMAXPROCS(0); got != 2 {
		t.Errorf("widened again: %d CPUs", got)
	}
}

// TestOneCPU leaves a process alone that has one.
func TestOneCPU(t *testing.T) {
	defer runtime.SetDefaultGOMAXPROCS()
	runtime.GOMAXPROCS(1)
	Narrow()
	if IsNarrow() {
		t.Error("narrow, of one CPU")
	}
	Widen(false)
}

// TestDefault gives back what Go itself would take.
func TestDefault(t *testing.T) {
	runtime.SetDefaultGOMAXPROCS()
	all := runtime.GOMAXPROCS(0)
	Narrow()
	Widen(false)
	if got := runtime.GOMAXPROCS(0); got != all {
		t.Errorf("%d CPUs, was %d", got, all)
	}
}
