// Package histogram counts times in an HDR histogram: one that keeps three digits of every
// value from a nanosecond to an hour in 260 KB, and adds up without loss. It is the one room
// that knows github.com/HdrHistogram/hdrhistogram-go.
//
//	histogram.go  H: record, ask, add up
//	packed.go     Packed: one in the form that tools for HDR histograms exchange
//
// An H belongs to one goroutine at a time; a Packed does not change.
package histogram
