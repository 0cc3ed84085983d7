// Package startup lets a process begin on one CPU. Its packages' inits and a call that is over within
// milliseconds have nothing for a second one to do: it takes a thread, which is woken and put to sleep
// a dozen times, and a heap cache, whose pages are touched anew.
//
// A main package imports early, which narrows the process before most other inits; what runs
// longer, or has work for several CPUs, widens it.
//
//	startup.go  Narrow and Widen
//	stack.go    GrowStack, for inits and calls
//	early/      the init for main packages
package startup
