// Package cache keeps on disk what took long to make, for the next process.
//
// Nothing depends on it. An entry that is damaged, cut short, of another version or
// somebody else's is as good as none, and a folder that cannot be read or written costs
// nothing but what was to be saved. What is kept under a Key must therefore follow from
// it, or have an age at which its reader gives it up.
//
//	cache.go   Store: Get, Put, Drop, Settle
//	entry.go   Key, and an entry as bytes
//	folder.go  the folder, and whom it must belong to
//	prune.go   what keeps the folder small
//
// A Store may be used by any number of goroutines, and a folder by any number of
// processes: entries are written under a name that nobody reads and then take theirs,
// whole. The lock of a Store is for the list of writes that Settle waits for.
package cache
